#pragma once

#include "base/process.hh"

namespace rootlayer::image {

/// skopeo needs a policy and certificates. A host that has none gets those that are installed with this code,
/// if there are any (installedDirectory()). The command is `skopeo COMMAND ...`.
void supplySettings(Command& skopeo);

} // namespace rootlayer::image
