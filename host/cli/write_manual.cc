// Writes the manual pages and completions that are installed: write_manual DOCS DIRECTORY. It runs while
// rootlayer is built.

#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/version.hh>

#include "base/file.hh"
#include "base/output_file.hh"
#include "cli/application.hh"
#include "cli/command_table.hh"
#include "cli/standard_streams.hh"
#include "manual/completion.hh"
#include "manual/manual_page.hh"
#include "manual/markdown_page.hh"

using namespace rootlayer;

namespace {

constexpr std::uint64_t kMaxDocument = std::uint64_t{1} << 20;

void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    OutputFile file(path.string(), "page");
    file.write(text);
    file.prepare();
    file.commit();
}

std::string document(const std::filesystem::path& path) {
    return readFile(path.string(), "document", kMaxDocument);
}

void writeAll(const std::filesystem::path& docs, const std::filesystem::path& to) {
    cli::Application application;
    const auto root = cli::describe(application.commands());
    for (const auto* command : manual::allCommands(root)) {
        write(to / "man1" / (manual::pageName(*command) + ".1"),
              manual::manualPage(*command, root, version()));
    }
    write(to / "man5/rootlayer-build-file.5",
          manual::markdownPage(document(docs / "build-file.md"), "rootlayer-build-file", 5,
                               "options of rootlayer build in a JSON file", version()));
    write(to / "man7/rootlayer-references.7",
          manual::markdownPage(document(docs / "references.md"), "rootlayer-references", 7,
                               "names of images that rootlayer reads and writes", version()));
    write(to / "bash/rootlayer", manual::bashCompletion(root));
    write(to / "zsh/_rootlayer", manual::zshCompletion(root));
    write(to / "fish/rootlayer.fish", manual::fishCompletion(root));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    try {
        writeAll(argv[1], argv[2]);
        return 0;
    } catch (const std::exception& error) {
        cli::toStderr(fmt::format("write_manual: {}\n", error.what()));
        return 1;
    }
}
