// The fuzz target of the DNS messages, for libFuzzer. The input is messages as over TCP, each with its size
// before it. Any bytes must be dropped, or have responses that fit and that repeat the question.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "guest-agent/network/dns_message.hh"

using namespace rootlayer::guest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// A response without the bit that makes it one is a request with the same header and question.
void checkResponse(std::string response, const DnsRequest& request) {
    require(response.size() >= 12 && response.size() <= kMaxDnsResponse);
    require(parseDnsQuery(response).kind == DnsRequest::Kind::Drop);
    response[2] = static_cast<char>(response[2] & 0x7f);
    const auto again = parseDnsQuery(response);
    const auto& was = request.query;
    require(again.kind == request.kind && again.query.question == was.question);
    require(again.query.name == was.name && again.query.odd == was.odd && again.query.type == was.type);
    require(again.query.id == was.id && again.query.opcode == was.opcode && again.query.klass == was.klass);
    require(again.query.recursionDesired == was.recursionDesired);
}

void tryMessage(std::string_view message) {
    const auto request = parseDnsQuery(message);
    if (request.kind == DnsRequest::Kind::Drop) return;
    const auto& query = request.query;
    require((request.kind == DnsRequest::Kind::Query) == !query.question.empty());
    require(message.substr(12).starts_with(query.question) && query.name.size() <= 253);
    require(std::all_of(query.name.begin(), query.name.end(),
                        [](char c) { return c > ' ' && c < 0x7f && c != '\\' && (c < 'A' || c > 'Z'); }));
    checkResponse(dnsFailure(query, DnsFailure::FormErr), request);
    for (const std::size_t count : {0, 1, 8, 40})
        checkResponse(dnsAnswer(query, std::vector<std::string>(count, std::string(16, 'a'))), request);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (std::string_view rest(reinterpret_cast<const char*>(data), size); rest.size() > 2;) {
        const std::size_t announced =
            (static_cast<std::uint8_t>(rest[0]) << 8U) | static_cast<std::uint8_t>(rest[1]);
        // A copy of its own, for the address sanitizer to see a read beyond its end.
        const std::string message(rest.substr(2, announced));
        tryMessage(message);
        rest.remove_prefix(2 + message.size());
    }
    return 0;
}
