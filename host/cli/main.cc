#include <CLI/CLI.hpp>
#include <exception>
#include <fmt/format.h>

#include <rootlayer/error.hh>
#include <rootlayer/version.hh>

#include "cli/arguments.hh"
#include "cli/command_line.hh"
#include "cli/commands.hh"
#include "cli/exit_status.hh"
#include "cli/option_file.hh"
#include "cli/standard_streams.hh"

using namespace rootlayer;

namespace {

constexpr const char* kAbout =
    "Runs a script as root on top of a container image, inside a throw-away virtual\n"
    "machine, and gives back what it changed as one OCI layer. Needs no root, no\n"
    "daemon, no container runtime, and no KVM (with KVM it is fast).";

constexpr const char* kFooter =
    "\nExamples:\n"
    "  rootlayer run --script setup.sh                                # from nothing\n"
    "  rootlayer run --from tar:debian.tar --script setup.sh -o layer.tar\n"
    "  rootlayer run --from docker-archive:alpine.tar.gz --script - < setup.sh\n"
    "  rootlayer run --from oci:layout:latest -e KEY=VALUE --script setup.sh -o - | tar tv\n"
    "  rootlayer run --from docker://alpine:3.20 -c 'echo hello >/greeting'\n"
    "  rootlayer run --script setup.sh -- first second                # $1 and $2\n"
    "  rootlayer build --from tar:debian.tar --script setup.sh --cmd /usr/bin/app \\\n"
    "                  --name app:1.0 -o docker-archive:app.tar\n"
    "  rootlayer doctor                                               # is all there?\n"
    "\nExit status: the script's own; 125 rootlayer failed; 126 the script could not be\n"
    "executed; 127 its interpreter was not found; 128+N ended by signal N.\n";

int parseAndAct(int argc, char** argv) {
    CLI::App app{kAbout, "rootlayer"};
    app.footer(kFooter);
    app.require_subcommand(1);
    app.set_version_flag("--version", std::string("rootlayer ") + version());

    cli::Action chosen;
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto scriptArguments = cli::takeScriptArguments(arguments);
    cli::addRunCommand(app, chosen, scriptArguments);
    cli::addBuildCommand(app, chosen, scriptArguments);
    cli::addCacheCommand(app, chosen);
    cli::addDiffCommand(app, chosen);
    cli::addDoctorCommand(app, chosen);
    cli::addExportCommand(app, chosen);
    cli::addGuestCommand(app, chosen);
    cli::addInspectCommand(app, chosen);
    cli::addVerifyCommand(app, chosen);
    cli::addCopyCommands(app, chosen);
    app.add_subcommand("version", "print the version")->callback([&] {
        chosen = [] {
            cli::toStdout(fmt::format("rootlayer {}\n", version()));
            return 0;
        };
    });

    std::vector<std::string> words;
    auto* help = app.add_subcommand("help", "show the help of a command");
    help->add_option("COMMAND", words, "such as run, or cache ls");
    help->callback([&] {
        chosen = [&] {
            cli::printHelp(app, words);
            return 0;
        };
    });

    const auto* build = app.get_subcommand("build");
    arguments = cli::withEmptyValues(cli::withOptionFiles(std::move(arguments), [&](const std::string& name) {
        return build->get_option_no_throw("--" + name) != nullptr;
    }));
    try {
        return cli::parseCommandLine(app, arguments) ? chosen() : 0;
    } catch (Error& error) {
        if (error.code() != ErrorCode::Usage && error.code() != ErrorCode::Input) throw;
        const auto variable = cli::variableBehind(app, arguments, error.message());
        if (!variable.empty()) error.addContext(variable);
        throw;
    }
}

} // namespace

int main(int argc, char** argv) {
    cli::prepareStandardStreams();
    try {
        const int status = parseAndAct(argc, argv);
        cli::flushStdout();
        return status;
    } catch (const Error& error) {
        if (cli::isReaderGone(error)) cli::endBySigpipe();
        cli::report(error);
        return cli::exitStatusOf(error);
    } catch (const std::exception& error) {
        cli::report(Error(ErrorCode::Internal, error.what(), "report this: it is a fault of rootlayer's"));
        return cli::kFailed;
    }
}
