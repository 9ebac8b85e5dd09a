#pragma once

#include <string>
#include <vector>

#include "layer/entry.hh"

namespace rootlayer::builder {

/// A file that a preset adds where it is absent. A file has `bytes`.
struct PresetFile {
    layer::Entry entry;
    std::string bytes;
};

/// A preset, as given in BuildSpec::presets.
struct Preset {
    std::string name; ///< "sh"
    std::string file; ///< of the host; empty: the preset's own
};

/// Parses "NAME" or "NAME=FILE". Throws Error{Usage} that lists the presets.
Preset parsePreset(const std::string& text);

/// Whether its files are a name for the host's busybox, first, and busybox itself. Busybox is then not needed
/// if the name exists already.
bool usesBusybox(const Preset& preset);

/// The files of a preset. Reads those of the host. Throws Error{Input} naming the package that is missing.
std::vector<PresetFile> presetFiles(const Preset& preset);

} // namespace rootlayer::builder
