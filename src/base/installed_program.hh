#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer {

/// The path of a program that is installed with this code, or nullopt: in bin of installedDirectory() if it
/// needs no libraries, else in tools, with them.
std::optional<std::string> installedProgram(std::string_view name);

/// A program in tools is started by the loader that is among its libraries: the one whose path is in the
/// program may be older, or missing. Returns the file to execute, and changes the arguments for it.
std::string loadedBy(const std::string& program, std::vector<std::string>& argv);

} // namespace rootlayer
