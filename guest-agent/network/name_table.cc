#include "guest-agent/network/name_table.hh"

#include <algorithm>
#include <cstdint>

namespace rootlayer::guest {

namespace {

constexpr std::size_t kMaxNames = 65536;
/// Of the last 32 bits of an address: the first one is the machine's own (loopback.hh).
constexpr std::uint32_t kFirst = 2;
constexpr std::array<std::uint8_t, 4> kRange4{198, 18, 0, 0};
constexpr std::array<std::uint8_t, 16> kRange6{0x20, 0x01, 0x00, 0x02};

template <std::size_t Size>
void addTo(std::array<std::uint8_t, Size>& address, std::uint32_t number) {
    for (std::size_t i = 0; i < 3; ++i)
        address.at(Size - 1 - i) =
            static_cast<std::uint8_t>(address.at(Size - 1 - i) + ((number >> (8 * i)) & 0xFFU));
}

NameTable::Addresses addressesOf(std::uint32_t number) {
    auto v4 = kRange4;
    auto v6 = kRange6;
    addTo(v4, number + kFirst);
    addTo(v6, number + kFirst);
    return {IpAddress::v4(v4), IpAddress::v6(v6)};
}

} // namespace

std::optional<NameTable::Addresses> NameTable::add(const std::string& name) {
    if (const auto known = find(name)) return known;
    if (m_names.size() == kMaxNames) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(m_names.size());
    m_names.push_back(&m_numbers.emplace(name, number).first->first);
    return addressesOf(number);
}

std::optional<NameTable::Addresses> NameTable::find(const std::string& name) const {
    const auto found = m_numbers.find(name);
    if (found == m_numbers.end()) return std::nullopt;
    return addressesOf(found->second);
}

const std::string* NameTable::nameOf(const IpAddress& address) const {
    const auto& bytes = address.bytes();
    const std::uint32_t number =
        (std::uint32_t{bytes[13]} << 16U) | (std::uint32_t{bytes[14]} << 8U) | bytes[15];
    // Of IPv4 the first of these three bytes has a bit of the range: 198.18 or 198.19.
    const auto index = (address.isV4() ? number - (std::uint32_t{kRange4[1]} << 16U) : number) - kFirst;
    if (index >= m_names.size()) return nullptr;
    const auto own = addressesOf(index);
    return address == own.v4 || address == own.v6 ? m_names[index] : nullptr;
}

} // namespace rootlayer::guest
