#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer {

/// An Error that says what failed and the text of errno: "cannot open 'a': No such file or directory". The
/// code is Resource for lack of space, memory or descriptors, else System.
Error systemError(int number, std::string_view what, std::string hint = {});

/// The same for the current errno.
Error systemError(std::string_view what, std::string hint = {});

/// Whether a program's message says that a disk or a quota is full, in the locale C.
bool saysNoSpace(std::string_view message);

} // namespace rootlayer
