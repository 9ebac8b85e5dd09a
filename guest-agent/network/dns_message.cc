#include "guest-agent/network/dns_message.hh"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

namespace rootlayer::guest {

namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMaxMessage = 65535;
constexpr std::size_t kMaxName = 255; // with the lengths of the labels, and the root's
constexpr std::size_t kMaxLabel = 63; // a larger length is a pointer or reserved
constexpr std::size_t kTypeAndClass = 4;
constexpr std::size_t kRecordHead = 12;
constexpr std::uint16_t kNameOfQuestion = 0xc00c; // a pointer behind the header
constexpr std::uint32_t kTimeToLive = 60;

// The bits of a header's second number.
constexpr unsigned kResponse = 0x8000;
constexpr unsigned kOpcodeShift = 11;
constexpr unsigned kOpcodeMask = 0xf;
constexpr unsigned kRecursionDesired = 0x0100;
constexpr unsigned kRecursionAvailable = 0x0080;

std::uint8_t byteAt(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::uint16_t numberAt(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>((byteAt(bytes, at) << 8U) | byteAt(bytes, at + 1));
}

void append(std::string& bytes, std::size_t number) {
    bytes += static_cast<char>((number >> 8U) & 0xffU);
    bytes += static_cast<char>(number & 0xffU);
}

bool isPlain(char byte) {
    return byte > ' ' && byte <= '~' && byte != '.' && byte != '\\';
}

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// The size of the name at the front of the bytes. Nothing if it is too long, compressed or cut off.
std::optional<std::size_t> sizeOfName(std::string_view bytes) {
    for (std::size_t at = 0; at < std::min(bytes.size(), kMaxName);) {
        const std::size_t label = byteAt(bytes, at);
        if (label == 0) return at + 1;
        if (label > kMaxLabel) return std::nullopt;
        at += 1 + label;
    }
    return std::nullopt;
}

/// Reads a whole name into the query.
void readName(DnsQuery& query, std::string_view bytes) {
    for (std::size_t label = byteAt(bytes, 0); label != 0; label = byteAt(bytes, 0)) {
        const auto text = bytes.substr(1, label);
        bytes.remove_prefix(1 + label);
        if (!std::all_of(text.begin(), text.end(), isPlain)) query.odd = true;
        if (!query.name.empty()) query.name += '.';
        std::transform(text.begin(), text.end(), std::back_inserter(query.name), lower);
    }
    if (query.odd) query.name.clear();
}

std::string response(const DnsQuery& query, std::size_t answers, unsigned code) {
    std::string bytes;
    append(bytes, query.id);
    append(bytes, kResponse | ((query.opcode & kOpcodeMask) << kOpcodeShift) |
                      (query.recursionDesired ? kRecursionDesired : 0) | kRecursionAvailable | code);
    append(bytes, query.question.empty() ? 0 : 1);
    append(bytes, answers);
    append(bytes, 0);
    append(bytes, 0);
    return bytes + query.question;
}

} // namespace

DnsRequest parseDnsQuery(std::string_view message) {
    if (message.size() < kHeader || message.size() > kMaxMessage) return {};
    const unsigned flags = numberAt(message, 2);
    if ((flags & kResponse) != 0) return {};

    DnsRequest request{DnsRequest::Kind::Malformed, {}};
    auto& query = request.query;
    query.id = numberAt(message, 0);
    query.opcode = static_cast<std::uint8_t>((flags >> kOpcodeShift) & kOpcodeMask);
    query.recursionDesired = (flags & kRecursionDesired) != 0;
    if (query.opcode != 0) {
        request.kind = DnsRequest::Kind::NotImplemented;
        return request;
    }
    if (numberAt(message, 4) != 1) return request;

    const auto rest = message.substr(kHeader);
    const auto name = sizeOfName(rest);
    if (!name || rest.size() - *name < kTypeAndClass) return request;
    readName(query, rest);
    query.type = numberAt(rest, *name);
    query.klass = numberAt(rest, *name + 2);
    query.question = rest.substr(0, *name + kTypeAndClass);
    request.kind = DnsRequest::Kind::Query;
    return request;
}

std::string dnsAnswer(const DnsQuery& query, const std::vector<std::string>& addresses) {
    std::string records;
    std::size_t count = 0;
    for (const auto& address : addresses) {
        const auto used = kHeader + query.question.size() + records.size();
        if (used + kRecordHead + address.size() > kMaxDnsResponse) break;
        append(records, kNameOfQuestion);
        append(records, query.type);
        append(records, kClassIn);
        append(records, kTimeToLive >> 16U);
        append(records, kTimeToLive);
        append(records, address.size());
        records += address;
        ++count;
    }
    return response(query, count, 0) + records;
}

std::string dnsFailure(const DnsQuery& query, DnsFailure failure) {
    return response(query, 0, static_cast<unsigned>(failure));
}

} // namespace rootlayer::guest
