#include <catch2/catch.hpp>

#include "manual/completion.hh"
#include "sample_command.hh"

using namespace rootlayer::manual;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("help texts are quoted for each shell") {
    const auto tool = sampleCommand();
    CHECK(has(zshCompletion(tool),
              "'(-o --output)--output=[where to write; \\[default\\]: it'\\''s out.tar]:FILE|-:_files'"));
    CHECK(has(fishCompletion(tool), "-s o -l output -d 'where to write; [default]: it\\'s out.tar' -r -F\n"));
    CHECK(singleQuoted("it's") == "'it'\\''s'");
}

TEST_CASE("a completion has what a value can be") {
    const auto tool = sampleCommand();
    CHECK(has(bashCompletion(tool), "'tool run --accel')\n        takes=yes values='auto kvm'\n"));
    CHECK(has(zshCompletion(tool), "'(--accel)--accel=[the accelerator]:auto|kvm:(auto kvm)'"));
    CHECK(has(fishCompletion(tool), "-l accel -d 'the accelerator' -r -f -a 'auto kvm'\n"));
}
