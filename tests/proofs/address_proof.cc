#include <algorithm>
#include <cstdint>

#include "base/ip_address.hh"
#include "network/address_floor.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

using Wide = unsigned __int128;
using Groups = std::vector<unsigned>;

Wide numberOf(const IpAddress& address) {
    Wide number = 0;
    for (const auto byte : address.bytes())
        number = number * 256 + byte;
    return number;
}

IpAddress addressOf(Wide number) {
    IpAddress::Bytes bytes{};
    for (std::size_t i = bytes.size(); i-- > 0; number /= 256)
        bytes[i] = static_cast<std::uint8_t>(number % 256);
    return IpAddress::v6(bytes);
}

constexpr Wide kV4 = Wide{0xffff} << 32;

/// Four numbers without leading zeros.
std::optional<Wide> v4Of(const std::string& text) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) return std::nullopt;
    Wide number = 0;
    for (const auto& part : parts) {
        if (part.empty() || part.size() > 3 || part.find_first_not_of("0123456789") != std::string::npos ||
            (part.size() > 1 && part[0] == '0') || std::stoi(part) > 255)
            return std::nullopt;
        number = number * 256 + static_cast<unsigned>(std::stoi(part));
    }
    return number;
}

/// Groups of one to four hex digits; `last`: an IPv4 address may stand for the last two.
std::optional<Groups> groupsOf(const std::string& text, bool last) {
    Groups groups;
    if (text.empty()) return groups;
    const auto parts = split(text, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (part.find('.') != std::string::npos) {
            const auto v4 = v4Of(part);
            if (!last || i + 1 < parts.size() || !v4) return std::nullopt;
            groups.push_back(static_cast<unsigned>(*v4 >> 16));
            groups.push_back(static_cast<unsigned>(*v4 & 0xffff));
            continue;
        }
        if (part.empty() || part.size() > 4 ||
            part.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
            return std::nullopt;
        groups.push_back(static_cast<unsigned>(std::stoul(part, nullptr, 16)));
    }
    return groups;
}

/// RFC 4291, 2.2.
std::optional<Wide> v6Of(const std::string& text) {
    const auto gap = text.find("::");
    Groups groups;
    if (gap == std::string::npos) {
        const auto all = groupsOf(text, true);
        if (!all || all->size() != 8) return std::nullopt;
        groups = *all;
    } else {
        const auto left = groupsOf(text.substr(0, gap), false);
        const auto right = groupsOf(text.substr(gap + 2), true);
        if (!left || !right || left->size() + right->size() > 7) return std::nullopt;
        groups = *left;
        groups.resize(8 - right->size(), 0);
        groups.insert(groups.end(), right->begin(), right->end());
    }
    Wide number = 0;
    for (const auto group : groups)
        number = number << 16 | group;
    return number;
}

void checkAddress(const std::string& text) {
    const auto read = IpAddress::parse(text);
    auto expected = v6Of(text);
    if (text.find(':') == std::string::npos) {
        expected = v4Of(text);
        if (expected) *expected += kV4;
    }
    bool right = read.has_value() == expected.has_value() && (!read || numberOf(*read) == *expected);
    if (read) right &= IpAddress::parse(read->str()) == read;
    holds(right, [&] { return text; });
}

/// Refused addresses as ranges of numbers, from the tables of IANA; everything else is public.
struct Range {
    const char* first;
    const char* last;
};
constexpr Range kRefusedV4[] = {{"0.0.0.0", "0.255.255.255"},       {"10.0.0.0", "10.255.255.255"},
                                {"100.64.0.0", "100.127.255.255"},  {"127.0.0.0", "127.255.255.255"},
                                {"168.63.129.16", "168.63.129.16"}, {"169.254.0.0", "169.254.255.255"},
                                {"172.16.0.0", "172.31.255.255"},   {"192.0.0.0", "192.0.0.255"},
                                {"192.0.2.0", "192.0.2.255"},       {"192.88.99.0", "192.88.99.255"},
                                {"192.168.0.0", "192.168.255.255"}, {"198.18.0.0", "198.19.255.255"},
                                {"198.51.100.0", "198.51.100.255"}, {"203.0.113.0", "203.0.113.255"},
                                {"224.0.0.0", "255.255.255.255"}};
/// What is not refused of IPv6 is 2000::/3 without these.
constexpr Range kRefusedV6[] = {{"2001:0::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"},
                                {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
                                {"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
                                {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"}};

struct Numbers {
    Wide first;
    Wide last;
};

const std::vector<Numbers>& refused() {
    static const auto ranges = [] {
        std::vector<Numbers> made;
        for (const auto& [first, last] : kRefusedV4)
            made.push_back({kV4 + *v4Of(first), kV4 + *v4Of(last)});
        for (const auto& [first, last] : kRefusedV6)
            made.push_back({*v6Of(first), *v6Of(last)});
        return made;
    }();
    return ranges;
}

bool isPublic(Wide number) {
    const bool v4 = number >> 32 == 0xffff;
    if (!v4 && number >> 125 != 1) return false;
    for (const auto& [first, last] : refused()) {
        if (number >= first && number <= last) return false;
    }
    // An IPv4 address behind 0:5efe or 200:5efe (ISATAP).
    const auto middle = static_cast<std::uint32_t>(number >> 32);
    return v4 || (middle != 0x00005efe && middle != 0x02005efe);
}

void checkFloor(Wide number) {
    const auto address = addressOf(number);
    holds(!network::floorReason(address) == isPublic(number), [&] { return address.str(); });
}

} // namespace

TEST_CASE("every text of up to seven characters is an address as RFC 4291 says, or refused") {
    eachTextUpTo(":.01fg", 7, checkAddress);
}

TEST_CASE("every four numbers with points, and every nine groups with colons, are read as they should") {
    const std::vector<std::string> numbers{"0",    "00",  "1",   "01",  "9",   "10",  "99",
                                           "100",  "199", "249", "250", "255", "256", "300",
                                           "1000", "",    "-1",  "+1",  " 1",  "1f"};
    eachList(numbers, 4, [](const auto& parts) { checkAddress(join(parts, ".")); });
    const std::vector<std::string> groups{"", "0", "fFff"};
    for (std::size_t size = 1; size <= 9; ++size) {
        eachList(groups, size, [](const std::vector<std::string>& parts) {
            const auto text = join(parts, ":");
            checkAddress(text);
            checkAddress(text + ":1.2.3.4");
        });
    }
}

TEST_CASE("every prefix length of IPv4 and IPv6 contains what lies from its first address to its last") {
    for (const auto* text : {"0.0.0.0", "255.255.255.255", "10.11.12.13", "170.85.170.85",
                             "::", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                             "aaaa:5555:aaaa:5555:aaaa:5555:aaaa:5555", "2001:db8::1"}) {
        const bool v4 = std::string(text).find(':') == std::string::npos;
        for (unsigned length = 0; length <= (v4 ? 32U : 128U); ++length) {
            const auto prefix = IpPrefix::parse(std::string(text) + "/" + std::to_string(length));
            if (!prefix) FAIL(text << "/" << length << " is not read");
            const unsigned free = (v4 ? 32 : 128) - length;
            const Wide number = numberOf(*IpAddress::parse(text));
            const Wide size = free == 128 ? 0 : Wide{1} << free;
            const Wide first = size == 0 ? 0 : number - number % size;
            const Wide last = first + size - 1;
            holds(numberOf(prefix->address) == first && IpPrefix::parse(prefix->str()) == prefix,
                  [&] { return prefix->str(); });
            for (const Wide other : {first, first - 1, first + 1, last, last - 1, last + 1, number, kV4,
                                     kV4 + 0xffffffff, Wide{0}, ~Wide{0}}) {
                const bool otherV4 = other >> 32 == 0xffff;
                const bool in = otherV4 == v4 && other >= first && other <= last;
                holds(prefix->contains(addressOf(other)) == in,
                      [&] { return prefix->str() + " and " + addressOf(other).str(); });
            }
        }
    }
}

TEST_CASE("every prefix length of up to three characters is a number without leading zeros, or refused") {
    eachTextUpTo("0123456789-+ x/", 3, [](const std::string& length) {
        for (const auto* address : {"10.0.0.0", "::"}) {
            const auto prefix = IpPrefix::parse(std::string(address) + "/" + length);
            const bool digits =
                !length.empty() && length.find_first_not_of("0123456789") == std::string::npos;
            const bool is = digits && length == std::to_string(std::stoi(length)) &&
                            std::stoi(length) <= (address[0] == ':' ? 128 : 32);
            holds(prefix.has_value() == is, [&] { return address + ("/" + length); });
        }
    });
}

TEST_CASE("every /16 of IPv4 and IPv6, and every border in IANA's tables, is public only if IANA says so") {
    for (Wide upper = 0; upper < 0x10000; ++upper) {
        for (const Wide lower : {Wide{0}, Wide{1}, Wide{0xffff}})
            checkFloor(kV4 + (upper << 16) + lower);
        const Wide ones = (Wide{1} << 112) - 1;
        for (const Wide lower : {Wide{0}, Wide{1}, ones})
            checkFloor((upper << 112) + lower);
        for (const Wide group : {0x2001, 0x3fff}) {
            checkFloor((group << 112) + (upper << 96));
            checkFloor((group << 112) + (upper << 96) + (ones >> 16));
        }
        for (const unsigned byte : {168U, 192U, 198U, 203U})
            checkFloor(kV4 + (Wide{byte} << 24) + (upper << 8) + 16);
    }
    for (const auto& [first, last] : refused()) {
        for (const Wide number : {first - 1, first, first + 1, last - 1, last, last + 1})
            checkFloor(number);
    }
    // The interface identifiers of ISATAP and their neighbours.
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (const Wide middle : {Wide{0x5efe}, Wide{0x02005efe}, Wide{0x01005efe}, Wide{0x5eff}})
            for (const unsigned shift : {0U, 8U, 16U, 24U})
                checkFloor((Wide{0x2a00} << 112) + ((middle ^ (Wide{byte} << shift)) << 32) + 0x01020304);
    }
}
