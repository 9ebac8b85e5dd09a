// fmt itself, compiled once for what links it statically: Debian has no libfmt.a. With the header-only fmt
// every file would take four times as long to compile.
#include <fmt/format-inl.h>

namespace fmt::detail {

// The templates that fmt's headers declare and the library defines.
template auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl<char>(locale_ref) -> char;
#if FMT_VERSION >= 100000 && FMT_VERSION < 110000
template void vformat_to<char>(buffer<char>&, string_view, vformat_args<char>::type, locale_ref);
#endif
#if FMT_VERSION < 110000 || defined(ROOTLAYER_FMT_LOCALE)
template auto locale_ref::get<std::locale>() const -> std::locale; // the static command also formats times
#endif

} // namespace fmt::detail
