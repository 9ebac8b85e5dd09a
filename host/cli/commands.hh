#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// What the chosen subcommand does; set when it is parsed. Returns the exit status.
using Action = std::function<int()>;

/// Each adds one subcommand to the application. `scriptArguments` are those after "--", and must outlive the
/// application.
void addRunCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments);
void addBuildCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments);
/// pull, push and merge.
void addCopyCommands(CLI::App& app, Action& chosen);
void addCacheCommand(CLI::App& app, Action& chosen);
void addDiffCommand(CLI::App& app, Action& chosen);
void addDigestCommand(CLI::App& app, Action& chosen);
void addDoctorCommand(CLI::App& app, Action& chosen);
void addExportCommand(CLI::App& app, Action& chosen);
void addGuestCommand(CLI::App& app, Action& chosen);
void addInspectCommand(CLI::App& app, Action& chosen);
void addLayerCommand(CLI::App& app, Action& chosen);
void addVerifyCommand(CLI::App& app, Action& chosen);

} // namespace rootlayer::cli
