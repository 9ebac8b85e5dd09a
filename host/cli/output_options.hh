#pragma once

#include <array>
#include <string>

#include <rootlayer/build_spec.hh>

#include "cli/choice.hh"

namespace rootlayer::cli {

/// The values of --compression.
inline constexpr std::array<Choice<LayerCompression>, 3> kCompressions{
    {{"none", LayerCompression::None}, {"gzip", LayerCompression::Gzip}, {"zstd", LayerCompression::Zstd}}};

/// "none", "gzip" or "zstd". Throws Error{Usage} for others.
LayerCompression compressionFromName(const std::string& name);

/// Parses SRC[:DST][,uid=N][,gid=N][,mode=OOO][,unpack=no][,format=WHICH][,dirlinks=WHAT]; the rest is as in
/// `usual`. Throws Error{Usage} that says what is wrong.
Contents contentsOption(const std::string& text, const Contents& usual = {});

} // namespace rootlayer::cli
