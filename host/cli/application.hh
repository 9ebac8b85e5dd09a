#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "cli/commands.hh"

namespace rootlayer::cli {

/// All commands and their options, and the one that was called.
class Application final {
  public:
    Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// Does what the arguments (without the program's name) say, and returns the exit status. Throws Error.
    int run(std::vector<std::string> arguments);

    /// Tells an error that run() threw: text, or with --progress json its last event. Returns the exit
    /// status.
    int tell(const Error& error);

    CLI::App& commands() { return m_app; }

  private:
    void addVersionCommand();
    void addHelpCommand();
    void addCompletionCommand();
    int act(const std::vector<std::string>& arguments);

    CLI::App m_app;
    Action m_chosen;
    std::vector<std::string> m_arguments;
    std::vector<std::string> m_scriptArguments;
    std::vector<std::string> m_words; ///< of the commands help and completion
    bool m_withLicenses = false;      ///< of the command version
    std::chrono::steady_clock::time_point m_began = std::chrono::steady_clock::now();
};

} // namespace rootlayer::cli
