#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::audit {

/// Takes one fault of the entry at hand: the number of the rule that it breaks (docs/rules.md), and what is
/// wrong, for people.
using ReportFault = std::function<void(std::string_view rule, std::string message)>;

} // namespace rootlayer::audit
