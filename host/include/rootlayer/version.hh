#pragma once

#include <string>

#include <rootlayer/api.hh>

namespace rootlayer {

/// The version of the library, such as "0.1.0" (semver.org). A static string.
ROOTLAYER_API const char* version();

/// The licences of rootlayer and of what is installed with it, and where their sources are. Text for people.
ROOTLAYER_API std::string licenses();

/// Whether this build has libvirt, which Settings::connectUri needs.
ROOTLAYER_API bool hasLibvirt();

} // namespace rootlayer
