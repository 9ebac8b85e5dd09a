#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <rootlayer/file_digest.hh>

#include "base/file.hh"
#include "cli/choice.hh"
#include "cli/commands.hh"
#include "cli/help_footer.hh"
#include "cli/option.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

constexpr std::array<Choice<DigestAlgorithm>, 3> kAlgorithms{{{"sha256", DigestAlgorithm::Sha256},
                                                              {"tarsum-v0", DigestAlgorithm::TarSumV0},
                                                              {"tarsum-v1", DigestAlgorithm::TarSumV1}}};

struct Options {
    std::string file;
    std::string algorithm = "sha256";
    std::string json;
};

int printDigest(const Options& options) {
    constexpr std::uint64_t most = std::uint64_t{1} << 20;
    const auto algorithm = chosenFrom(kAlgorithms, options.algorithm, "--algorithm");
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const auto json = options.json.empty() ? "" : readFile(options.json, "--layer-json", most);
    toStdout(fileDigest(options.file, algorithm, json, cancel) + "\n");
    return 0;
}

} // namespace

void addDigestCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("digest", "show the digest of a file or of the entries of a tar");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->file, "file; - is standard input")->type_name("FILE|-")->required();
    beginGroup(*command, "Output");
    addOption(*command, "--algorithm " + placeholderOf(kAlgorithms), options->algorithm,
              "sha256 of the file's bytes, or docker's TarSum of a tar, plain or compressed:\n"
              "tarsum-v1, or tarsum-v0 with mtimes and without extended attributes\n"
              "(default: sha256)");
    addOption(*command, "--layer-json FILE", options->json,
              "file whose bytes a TarSum hashes first: a layer's legacy json, which docker's\n"
              "checksums of layers include (default: none)");
    command->footer("The sha256 of an uncompressed layer is its diff_id.\n\n" +
                    helpFooter("  rootlayer digest layer.tar\n"
                               "  rootlayer digest layer.tar --algorithm tarsum-v1\n"));
    command->callback([&chosen, options] { chosen = [options] { return printDigest(*options); }; });
}

} // namespace rootlayer::cli
