#include <catch2/catch.hpp>

#include "manual/manual_page.hh"
#include "manual/roff.hh"
#include "sample_command.hh"

using namespace rootlayer::manual;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a manual page has the sections of one, in their order") {
    const auto tool = sampleCommand();
    const auto page = manualPage(tool.commands[0], tool, "1.2.3");
    CHECK(page.starts_with(".TH \"TOOL\\-RUN\" 1 \"\" \"rootlayer 1.2.3\""));
    std::size_t at = 0;
    for (const char* title : {"NAME", "SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "ENVIRONMENT",
                              "EXIT STATUS", "EXAMPLES", "SEE ALSO"}) {
        CAPTURE(title);
        const auto found = page.find(std::string(".SH ") + title + "\n");
        REQUIRE(found != std::string::npos);
        CHECK(found > at);
        at = found;
    }
    CHECK(has(page, "\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIFILE\\fR|\\fB\\-\\fR\n"));
    CHECK(has(page, "\\fBTOOL_OUTPUT\\fR\nthe value of \\fB\\-\\-output\\fR\n"));
    CHECK(has(page, ".TP\n\\fB125\\fR\ntool failed\n.TP\nothers\nthe script\\(aqs own\n"));
}

TEST_CASE("the pages of a command and of those below it refer to each other") {
    const auto tool = sampleCommand();
    CHECK(has(manualPage(tool, tool, "1"), ".BR tool\\-cache (1)\nthe cache\n"));
    CHECK(has(manualPage(tool.commands[1].commands[0], tool, "1"), ".SH SEE ALSO\n.BR tool\\-cache (1),\n"));
}

TEST_CASE("text stays as it is in roff") {
    CHECK(roff("a\\b") == "a\\eb");
    CHECK(roff(".TH\n'x\n--o") == "\\&.TH\n\\&\\(aqx\n\\-\\-o");
    const auto tool = sampleCommand();
    CHECK(has(manualPage(tool.commands[0], tool, "1"),
              ".nf\ntool run \\-o out.tar\n\\&.hidden \\(aqfile\\(aq\n.fi\n"));
}
