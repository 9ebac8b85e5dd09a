#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::guest {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypePtr = 12;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeSrv = 33;
inline constexpr std::uint16_t kTypeSvcb = 64;
inline constexpr std::uint16_t kTypeHttps = 65;
inline constexpr std::uint16_t kTypeAny = 255;
inline constexpr std::uint16_t kClassIn = 1;
/// What a message over UDP can have without EDNS (RFC 1035, 2.3.4). No response is longer.
inline constexpr std::size_t kMaxDnsResponse = 512;

/// The question of a client (RFC 1035), and what of its header a response repeats.
struct DnsQuery {
    std::uint16_t id = 0;
    std::uint8_t opcode = 0;
    bool recursionDesired = false;
    /// In lower case, with a dot between labels and none at the end. Empty for the root, and for an odd name.
    std::string name;
    /// A label has a byte that is not printable ASCII, or a dot, a backslash or a blank.
    bool odd = false;
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    /// The question section as it was received. A response repeats it, with the case that was asked.
    std::string question;
};

/// What a client's message is. The header fields of `query` are set unless the kind is Drop, and the rest of
/// it if the kind is Query.
struct DnsRequest {
    enum class Kind {
        /// Not to be answered: no whole header, a response, or more than 65535 bytes.
        Drop,
        /// To be answered with FormErr: not exactly one question, or one that is not well-formed.
        Malformed,
        /// To be answered with NotImp: not a standard query.
        NotImplemented,
        Query,
    };

    Kind kind = Kind::Drop;
    DnsQuery query;
};

/// Reads any bytes. Records after the question are ignored, EDNS (RFC 6891) included.
DnsRequest parseDnsQuery(std::string_view message);

/// The response codes of failures (RFC 1035, 4.1.1).
enum class DnsFailure : std::uint8_t { FormErr = 1, ServFail = 2, NxDomain = 3, NotImp = 4, Refused = 5 };

/// A response with one record of the asked type for each address: 4 bytes for A, 16 for AAAA (RFC 3596), in
/// network order. Without addresses it says that the name has no such record. Addresses that would make it
/// longer than kMaxDnsResponse are left out; 8 always fit.
std::string dnsAnswer(const DnsQuery& query, const std::vector<std::string>& addresses);

/// A response without records.
std::string dnsFailure(const DnsQuery& query, DnsFailure failure);

} // namespace rootlayer::guest
