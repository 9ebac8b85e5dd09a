#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer {

/// An Error that says what failed and what errno says of it: "cannot open 'a': No such file or directory".
/// Resource for a lack of space, memory or descriptors, else System.
Error systemError(int number, std::string_view what, std::string hint = {});

/// The same, of the present errno.
Error systemError(std::string_view what, std::string hint = {});

} // namespace rootlayer
