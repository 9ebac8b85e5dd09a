#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.hh"
#include "base/stream.hh"

namespace rootlayer::image {

/// The expected properties of a stream.
struct Expectation {
    Digest digest;                          ///< empty: any
    std::optional<std::uint64_t> size;      ///< bytes
    std::uint64_t limit = ~std::uint64_t{}; ///< maximum bytes
    std::string what;                       ///< for errors: member "layer.tar" of docker-archive "x.tar"
    std::string claim;                      ///< the origin of digest and size: "the diff_id", "the manifest"
};

/// Passes bytes through. If they do not match the expectation, the last read() throws Error{Image} instead of
/// returning 0; too many bytes throw at once.
class VerifiedSource final : public Source {
  public:
    VerifiedSource(std::unique_ptr<Source> source, Expectation expected)
        : m_source(std::move(source)), m_expected(std::move(expected)) {}
    std::size_t read(std::span<char> buffer) override;

  private:
    void checkCount() const;
    void checkEnd();

    std::unique_ptr<Source> m_source;
    Expectation m_expected;
    Sha256 m_hash;
    bool m_ended = false;
};

/// The same for bytes in memory.
void verify(std::string_view bytes, const Expectation& expected);

/// The same for a digest alone; an empty `expected` is any.
void requireDigest(const Digest& found, const Digest& expected, const std::string& what,
                   const std::string& claim);

} // namespace rootlayer::image
