#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer {

/// A sha256 digest in the OCI form (OCI descriptor.md, "Digests"). Always well-formed, or empty.
class Digest final {
  public:
    Digest() = default;
    /// Strict: "sha256:" and 64 lower-case hex digits. Throws Error{Image} naming the text.
    static Digest parse(std::string_view text);
    /// Takes 64 lower-case hex digits, as Sha256 produces them. Throws Error{Internal} otherwise.
    static Digest fromHex(std::string_view hex);

    const std::string& hex() const { return m_hex; }
    std::string str() const { return "sha256:" + m_hex; }
    bool empty() const { return m_hex.empty(); }

    friend bool operator==(const Digest&, const Digest&) = default;
    friend auto operator<=>(const Digest&, const Digest&) = default;

  private:
    std::string m_hex;
};

/// An incremental sha256; also a Sink.
class Sha256 final : public Sink {
  public:
    Sha256();
    void write(std::string_view bytes) override;
    std::uint64_t bytes() const { return m_bytes; }
    /// The digest of everything written. Call it once.
    Digest finish();

  private:
    static constexpr std::size_t kStateSize = 128;
    alignas(16) char m_state[kStateSize] = {};
    std::uint64_t m_bytes = 0;
};

/// The digest of bytes in memory.
Digest sha256(std::string_view bytes);

/// The digest of everything the source yields.
Digest sha256(Source& source);

} // namespace rootlayer
