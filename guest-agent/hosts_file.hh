#pragma once

#include <string>

namespace rootlayer::guest {

/// The /etc/hosts that a script finds where its base has none, as containers do: localhost, and this
/// machine's name. It is no mount: `lower`, the lowest lower of the root, gets it, so that a script can
/// change, replace and remove it like any other file. A `base` without accounts (/etc/passwd) is no system,
/// and gets none: false. Throws Error{System}.
bool offerHosts(const std::string& base, const std::string& lower);

/// Takes it from `upper` again where it is as it was made: something only touched it ([W15]). Both are open
/// directories.
void withdrawHosts(int upper, int lower);

} // namespace rootlayer::guest
