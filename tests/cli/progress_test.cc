#include <catch2/catch.hpp>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "cli/progress.hh"

using namespace rootlayer;
using namespace rootlayer::cli;
using Kind = Event::Kind;

namespace {

/// What is printed on stderr while it lives.
class CapturedStderr final {
  public:
    CapturedStderr() : m_saved(::dup(STDERR_FILENO)) {
        const auto file = ::fopen(m_folder.file("err").c_str(), "w");
        ::dup2(::fileno(file), STDERR_FILENO);
        ::fclose(file);
    }
    ~CapturedStderr() { restore(); }

    std::string text() {
        restore();
        return readFile(m_folder.file("err"), "output", 1 << 20);
    }

  private:
    void restore() {
        std::fflush(stderr);
        if (m_saved) ::dup2(m_saved.get(), STDERR_FILENO);
        m_saved.reset();
    }

    TempDir m_folder{"/tmp"};
    UniqueFd m_saved;
};

std::string printed(ProgressStyle style, const std::vector<Event>& events, bool verbose = false) {
    CapturedStderr captured;
    {
        const auto progress = makeProgress(style, verbose);
        for (const auto& event : events)
            progress->onEvent(event);
    }
    return captured.text();
}

const Event kEscapes{.kind = Kind::Output, .text = "red \x1b[31m\nbell \x07 \xff\ttab\n", .stream = 1};

} // namespace

TEST_CASE("on a terminal what the script prints cannot move the cursor", "[A8][B16]") {
    CHECK(printed(ProgressStyle::Tty, {kEscapes}) == "red \\x1b[31m\nbell \\x07 \\xff\ttab\n");
}

TEST_CASE("into a file the script's output goes as it is") {
    CHECK(printed(ProgressStyle::Plain, {kEscapes}) == kEscapes.text);
    CHECK(printed(ProgressStyle::Quiet, {kEscapes}) == kEscapes.text);
}

TEST_CASE("plain progress has a line for each phase and warning") {
    const std::vector<Event> events{{.kind = Kind::PhaseStarted, .phase = "pack"},
                                    {.kind = Kind::Warning, .text = "a socket was left out"},
                                    {.kind = Kind::PhaseFinished, .phase = "pack"}};
    CHECK(printed(ProgressStyle::Plain, events) ==
          "rootlayer: packing the layer\nrootlayer: warning: a socket was left out\n");
    CHECK(printed(ProgressStyle::Plain, events, true).ends_with("rootlayer: pack took 0.000 s\n"));
}

TEST_CASE("quiet progress has the script's output and nothing else") {
    CHECK(printed(ProgressStyle::Quiet, {{.kind = Kind::PhaseStarted, .phase = "pack"},
                                         {.kind = Kind::Note, .text = "n"},
                                         {.kind = Kind::Warning, .text = "w"}})
              .empty());
}

TEST_CASE("JSON progress is one object a line, whatever the script prints", "[B16]") {
    const auto text = printed(ProgressStyle::Json, {kEscapes, {.kind = Kind::PhaseStarted, .phase = "pack"}});
    const auto end = text.find('\n');
    CHECK(nlohmann::json::parse(text.substr(0, end))["event"] == "output");
    CHECK(nlohmann::json::parse(text.substr(end + 1)) ==
          nlohmann::json{{"event", "phase-started"}, {"phase", "pack"}});
}

TEST_CASE("the status line is wiped away before anything else is printed") {
    const auto text = printed(ProgressStyle::Tty, {{.kind = Kind::PhaseStarted, .phase = "pack"}, kEscapes});
    CHECK(text.starts_with("\x1b[2mpacking the layer ...\x1b[0m\r\x1b[Kred "));
    CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("an unknown style of progress is refused with the known ones") {
    CHECK(progressStyleFromName("json") == ProgressStyle::Json);
    try {
        progressStyleFromName("fancy");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.hint() == "auto, tty, plain, json or quiet");
    }
}
