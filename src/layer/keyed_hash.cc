#include "layer/keyed_hash.hh"

#include <bit>
#include <cstdint>
#include <cstring>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer::layer {

namespace {

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32) + v3;
        v2 += v1;
        v3 = std::rotl(v3, 21) ^ v0;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    void absorb(std::uint64_t word) {
        v3 ^= word;
        round();
        v0 ^= word;
    }
};

} // namespace

KeyedHash::KeyedHash() {
    if (getentropy(m_key, sizeof m_key) != 0) throw systemError("cannot get random bytes");
}

std::uint64_t KeyedHash::operator()(std::string_view bytes) const {
    SipState state{m_key[0] ^ 0x736f6d6570736575, m_key[1] ^ 0x646f72616e646f6d,
                   m_key[0] ^ 0x6c7967656e657261, m_key[1] ^ 0x7465646279746573};
    const auto length = static_cast<std::uint64_t>(bytes.size());
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), sizeof word);
        state.absorb(word);
    }
    std::uint64_t last = length << 56;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    state.absorb(last);
    state.v2 ^= 0xff;
    for (int i = 0; i < 3; ++i)
        state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

void HashSet::insert(std::uint64_t hash) {
    if (hash == 0) hash = 1;
    if (4 * (m_count + 1) > 3 * m_slots.size()) grow();
    auto& place = m_slots[slot(hash)];
    if (place == hash) return;
    place = hash;
    ++m_count;
}

bool HashSet::contains(std::uint64_t hash) const {
    if (hash == 0) hash = 1;
    return !m_slots.empty() && m_slots[slot(hash)] == hash;
}

std::size_t HashSet::slot(std::uint64_t hash) const {
    const auto mask = m_slots.size() - 1;
    auto at = hash & mask;
    while (m_slots[at] != 0 && m_slots[at] != hash)
        at = (at + 1) & mask;
    return at;
}

void HashSet::grow() {
    std::vector<std::uint64_t> old(m_slots.empty() ? 64 : 2 * m_slots.size());
    old.swap(m_slots);
    for (const auto hash : old)
        if (hash != 0) m_slots[slot(hash)] = hash;
}

} // namespace rootlayer::layer
