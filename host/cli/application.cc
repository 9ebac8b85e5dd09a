#include "cli/application.hh"

#include <array>
#include <cstdlib>
#include <fmt/format.h>

#include <rootlayer/version.hh>

#include "cli/arguments.hh"
#include "cli/choice.hh"
#include "cli/command_line.hh"
#include "cli/command_table.hh"
#include "cli/exit_status.hh"
#include "cli/help_footer.hh"
#include "cli/json_events.hh"
#include "cli/option_file.hh"
#include "cli/standard_streams.hh"
#include "manual/completion.hh"

namespace rootlayer::cli {

namespace {

constexpr const char* kAbout = "run a script as root on a container image, in a virtual machine";

constexpr const char* kDescription =
    "Runs a script as root on top of a container image, inside a throw-away virtual machine (VM), and saves "
    "its changes as one OCI layer or as an image. Needs no root, no daemon, no container runtime and no KVM "
    "(KVM makes it faster). 'rootlayer COMMAND --help' shows the options and exit statuses of a command.\n\n";

constexpr const char* kExamples =
    "  rootlayer doctor                                        # check this host\n"
    "  rootlayer run --script setup.sh                         # on an empty base\n"
    "  rootlayer run --from tar:debian.tar --script setup.sh -o layer.tar\n"
    "  rootlayer build --from docker://debian:12 --script setup.sh --cmd /usr/bin/app \\\n"
    "      --name app:1.0 -o docker-archive:app.tar\n"
    "  rootlayer inspect --layers docker-archive:app.tar\n";

using Completion = std::string (*)(const manual::Command&);
constexpr std::array<Choice<Completion>, 3> kShells{
    {{"bash", manual::bashCompletion}, {"zsh", manual::zshCompletion}, {"fish", manual::fishCompletion}}};

/// Whether an error is to be told as an event. The arguments may be ones that cannot be parsed.
bool wantsEvents(const std::vector<std::string>& arguments) {
    constexpr std::string_view option = "--progress";
    const char* variable = std::getenv("ROOTLAYER_PROGRESS");
    std::string style = variable != nullptr ? variable : "";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        if (word == option && i + 1 < arguments.size()) style = arguments[i + 1];
        if (word.starts_with("--progress=")) style = word.substr(option.size() + 1);
    }
    return style == "json";
}

std::string aboutVersion() {
    return fmt::format("rootlayer {}{}", version(), hasLibvirt() ? "" : " (without libvirt)");
}

std::string topicsOf(CLI::App& app) {
    std::string topics;
    for (const auto* command : app.get_subcommands([](CLI::App*) { return true; }))
        topics += (topics.empty() ? "" : "|") + command->get_name();
    return topics;
}

} // namespace

Application::Application() : m_app{kAbout, "rootlayer"} {
    m_app.option_defaults()->group("Options"); // CLI11 2.5 and later call it OPTIONS
    m_app.set_help_flag("-h,--help", "show this help and exit");
    m_app.require_subcommand(1);
    m_app.set_version_flag("--version", aboutVersion(), "show the version and exit");
    addRunCommand(m_app, m_chosen, m_scriptArguments);
    addBuildCommand(m_app, m_chosen, m_scriptArguments);
    addLayerCommand(m_app, m_chosen);
    addExportCommand(m_app, m_chosen);
    addInspectCommand(m_app, m_chosen);
    addVerifyCommand(m_app, m_chosen);
    addDiffCommand(m_app, m_chosen);
    addDigestCommand(m_app, m_chosen);
    addCopyCommands(m_app, m_chosen);
    addCacheCommand(m_app, m_chosen);
    addGuestCommand(m_app, m_chosen);
    addDoctorCommand(m_app, m_chosen);
    addCompletionCommand();
    addVersionCommand();
    addHelpCommand();
    // After the commands, which would inherit it.
    m_app.footer(kDescription + helpFooter(kExamples, "that of the command"));
}

void Application::addVersionCommand() {
    auto* command = m_app.add_subcommand("version", "show the version");
    command->add_flag("--licenses", m_withLicenses,
                      "show the licences and sources of rootlayer and its parts instead");
    command->footer(helpFooter("  rootlayer version\n"
                               "  rootlayer version --licenses\n"));
    command->callback([this] {
        m_chosen = [this] {
            toStdout(m_withLicenses ? licenses() : aboutVersion() + "\n");
            return 0;
        };
    });
}

void Application::addHelpCommand() {
    auto* command = m_app.add_subcommand("help", "show the help of a command");
    command->add_option("COMMAND", m_words, "command, e.g. run or cache ls")->type_name(topicsOf(m_app));
    command->footer(helpFooter("  rootlayer help run\n"
                               "  rootlayer help cache ls\n"));
    command->callback([this] {
        m_chosen = [this] {
            printHelp(m_app, m_words);
            return 0;
        };
    });
}

void Application::addCompletionCommand() {
    auto* command = m_app.add_subcommand("completion", "print what makes a shell complete rootlayer's words");
    command->add_option("SHELL", m_words, "bash, zsh or fish")
        ->type_name(placeholderOf(kShells))
        ->expected(1)
        ->required();
    command->footer(
        "An installed rootlayer has these files already.\n\n" +
        helpFooter("  rootlayer completion bash >~/.local/share/bash-completion/completions/rootlayer\n"
                   "  rootlayer completion zsh >/usr/local/share/zsh/site-functions/_rootlayer\n"
                   "  rootlayer completion fish >~/.config/fish/completions/rootlayer.fish\n"));
    command->callback([this] {
        m_chosen = [this] {
            toStdout(chosenFrom(kShells, m_words.front(), "rootlayer completion")(describe(m_app)));
            return 0;
        };
    });
}

int Application::run(std::vector<std::string> arguments) {
    m_scriptArguments = takeScriptArguments(arguments);
    m_arguments = std::move(arguments);
    const auto* build = m_app.get_subcommand("build");
    m_arguments = withEmptyValues(withOptionFiles(m_arguments, [&](const std::string& name) {
        return build->get_option_no_throw("--" + name) != nullptr;
    }));
    try {
        return parseCommandLine(m_app, m_arguments) ? m_chosen() : 0;
    } catch (Error& error) {
        if (error.code() != ErrorCode::Usage && error.code() != ErrorCode::Input) throw;
        const auto variable = variableBehind(m_app, m_arguments, error.message());
        if (!variable.empty()) error.addContext(variable);
        throw;
    }
}

int Application::tell(const Error& error) {
    const int status = exitStatusOf(error);
    if (!wantsEvents(m_arguments)) {
        report(error);
        return status;
    }
    const auto elapsed = std::chrono::steady_clock::now() - m_began;
    toStderr(jsonLine(error, status, std::chrono::duration_cast<std::chrono::microseconds>(elapsed),
                      optionToTry(m_app, error)));
    return status;
}

} // namespace rootlayer::cli
