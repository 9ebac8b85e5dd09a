#pragma once

#include <cstdint>
#include <rapidcheck.h>

#include "sample_layer.hh"

namespace rootlayer::test {

/// Ascii is for libarchive: paths of ASCII, and names of attributes of less than 100 bytes.
enum class Names { Any, Ascii };

/// Layers with every kind of entry, odd names, and numbers around the limits of their fields.
rc::Gen<Items> randomLayers(Names names = Names::Any);

/// One of these layers, always the same for a seed.
Items randomLayer(std::uint64_t seed, Names names = Names::Any);

} // namespace rootlayer::test
