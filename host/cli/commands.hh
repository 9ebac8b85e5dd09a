#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// What the chosen subcommand does; returns the exit status. Set by the one that was named.
using Action = std::function<int()>;

/// Each adds one subcommand to the application.
void addRunCommand(CLI::App& app, Action& chosen);
void addBuildCommand(CLI::App& app, Action& chosen);
/// pull, push and merge.
void addCopyCommands(CLI::App& app, Action& chosen);
void addCacheCommand(CLI::App& app, Action& chosen);
void addDiffCommand(CLI::App& app, Action& chosen);
void addDoctorCommand(CLI::App& app, Action& chosen);
void addExportCommand(CLI::App& app, Action& chosen);
void addGuestCommand(CLI::App& app, Action& chosen);
void addInspectCommand(CLI::App& app, Action& chosen);
void addVerifyCommand(CLI::App& app, Action& chosen);

} // namespace rootlayer::cli
