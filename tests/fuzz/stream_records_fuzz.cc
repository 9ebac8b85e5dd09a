// The fuzz target of the short messages about streams and connections, for libFuzzer. Each line of the input
// is given to each reader. What a reader takes must be written as it was read.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/ip_address.hh"
#include "network/connection_record.hh"
#include "network/host_name.hh"
#include "protocol/stream_messages.hh"

using namespace rootlayer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMaxMessage = 250; ///< that is written

void require(bool holds) {
    if (!holds) std::abort();
}

bool isPrintable(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
}

void tryRecord(std::string_view line) {
    const auto record = network::decodeRecord(line);
    if (!record) return;
    require(IpAddress::parse(record->host) || network::canonicalName(record->host) == record->host);
    require(record->address.empty() || IpAddress::parse(record->address));
    require(isPrintable(record->tlsName) && isPrintable(record->message));
    if (record->message.size() > kMaxMessage || std::max(record->sent, record->received) > INT64_MAX) return;
    const auto again = network::decodeRecord(network::encodeRecord(*record));
    require(again && again->host == record->host && again->port == record->port);
    require(again->address == record->address && again->tlsName == record->tlsName);
    require(again->sent == record->sent && again->received == record->received);
    require(again->outcome == record->outcome && again->message == record->message);
}

void tryLine(const std::string& line) {
    tryRecord(line);
    if (const auto target = protocol::decodeTcpTarget(line)) require(protocol::encode(*target) == line);
    if (const auto answer = protocol::decodeNameAnswer(line)) require(protocol::encode(*answer) == line);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        // A copy of its own, for the address sanitizer to see a read beyond its end.
        const std::string line(rest.substr(0, rest.find('\n')));
        tryLine(line);
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return 0;
}
