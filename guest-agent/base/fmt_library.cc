// fmt itself, compiled once for the agent: it is static, and Debian has no libfmt.a. As a header-only library
// fmt would be compiled in every file, which then takes four times as long.
#include <fmt/format-inl.h>

namespace fmt::detail {

// What fmt's headers declare and leave to the library.
template auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl<char>(locale_ref) -> char;

} // namespace fmt::detail
