// fmt_library.cc for the command, which also formats times. With them the agent would have all of the C++
// library's locales.
#include "base/fmt_library.cc"

namespace fmt::detail {

template auto locale_ref::get<std::locale>() const -> std::locale;

} // namespace fmt::detail
