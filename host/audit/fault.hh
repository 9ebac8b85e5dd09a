#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::audit {

/// Takes one fault of the current entry: the number of the broken rule (docs/rules.md) and a message for
/// people.
using ReportFault = std::function<void(std::string_view rule, std::string message)>;

} // namespace rootlayer::audit
