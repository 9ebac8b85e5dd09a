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
    "Run a script as root on top of a container image, inside a throw-away virtual\n"
    "machine (VM), and save its changes as one OCI layer or as an image. Needs no\n"
    "root, no daemon, no container runtime and no KVM (KVM makes it faster).";

constexpr const char* kFooter =
    "Examples:\n"
    "  rootlayer doctor                                        # check this host\n"
    "  rootlayer run --script setup.sh                         # on an empty base\n"
    "  rootlayer run --from tar:debian.tar --script setup.sh -o layer.tar\n"
    "  rootlayer build --from docker://debian:12 --script setup.sh --cmd /usr/bin/app \\\n"
    "      --name app:1.0 -o docker-archive:app.tar\n"
    "  rootlayer inspect --layers docker-archive:app.tar\n"
    "\nExit status: that of the command; 125 if rootlayer failed. 'rootlayer COMMAND --help'\n"
    "shows the options and exit statuses of a command.";

std::string aboutVersion() {
    return fmt::format("rootlayer {}{}", version(), hasLibvirt() ? "" : " (without libvirt)");
}

int parseAndAct(int argc, char** argv) {
    CLI::App app{kAbout, "rootlayer"};
    app.set_help_flag("-h,--help", "show this help and exit");
    app.require_subcommand(1);
    app.set_version_flag("--version", aboutVersion(), "show the version and exit");

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
    bool withLicenses = false;
    auto* about = app.add_subcommand("version", "show the version");
    about->add_flag("--licenses", withLicenses, "show the licences and sources of rootlayer and its parts instead");
    about->footer(cli::helpFooter("  rootlayer version\n"
                                  "  rootlayer version --licenses\n"));
    about->callback([&] {
        chosen = [&withLicenses] {
            cli::toStdout(withLicenses ? licenses() : aboutVersion() + "\n");
            return 0;
        };
    });

    std::vector<std::string> words;
    auto* help = app.add_subcommand("help", "show the help of a command");
    help->add_option("COMMAND", words, "command, e.g. run or cache ls");
    help->footer(cli::helpFooter("  rootlayer help run\n"
                                 "  rootlayer help cache ls\n"));
    help->callback([&] {
        chosen = [&] {
            cli::printHelp(app, words);
            return 0;
        };
    });

    app.footer(kFooter); // after the commands, which would inherit it

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
        cli::report(Error(ErrorCode::Internal, error.what(), "report this as a bug in rootlayer"));
        return cli::kFailed;
    }
}
