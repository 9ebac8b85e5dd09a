#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/network_options.hh>

namespace rootlayer::network {

/// "done", "not-allowed", ...
std::string_view name(NetworkConnection::Outcome outcome);
/// One line of JSON, without the newline. The texts may be any bytes.
std::string encodeRecord(NetworkConnection connection);
/// The same for a record that was read: its texts are printable.
std::string recordLine(const NetworkConnection& connection);
/// Reads a line of the helper, which the guest may have taken over: every field is checked and bounded.
/// nullopt: malformed.
std::optional<NetworkConnection> decodeRecord(std::string_view line);

/// The options as one line of JSON, for the helper: without the paths, which are the caller's.
std::string encodeOptions(const NetworkOptions& options);
/// Throws Error{Input} if the text is malformed.
NetworkOptions decodeOptions(std::string_view text);

} // namespace rootlayer::network
