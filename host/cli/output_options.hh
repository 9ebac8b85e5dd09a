#pragma once

#include <string>

#include <rootlayer/build_spec.hh>

namespace rootlayer::cli {

/// "none", "gzip" or "zstd". Throws Error{Usage} for others.
LayerCompression compressionFromName(const std::string& name);

/// Parses SRC[:DST][,uid=N][,gid=N][,mode=OOO][,unpack=no]. Throws Error{Usage} that says what is wrong.
Contents contentsOption(const std::string& text);

} // namespace rootlayer::cli
