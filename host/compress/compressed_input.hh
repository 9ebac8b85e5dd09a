#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::compress {

/// The input of a decompressor: a source with lookahead.
class CompressedInput final {
  public:
    CompressedInput(std::unique_ptr<Source> source, std::string what);

    /// The bytes that have been read but not taken; reads more if there are none. Empty only at the end.
    std::string_view peek();
    /// At least `count` bytes, fewer only at the end. `count` must be at most 128 KiB, the buffer's size.
    std::string_view peekAtLeast(std::size_t count);
    void take(std::size_t count) { m_begin += count; }

    /// These throw Error{Image} naming the input.
    [[noreturn]] void failTruncated() const;
    [[noreturn]] void failJunk() const;
    [[noreturn]] void fail(std::string_view why) const;

  private:
    std::unique_ptr<Source> m_source;
    std::string m_what;
    std::unique_ptr<char[]> m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
};

std::unique_ptr<Source> decompressGzip(CompressedInput input);
std::unique_ptr<Source> decompressZstd(CompressedInput input);
std::unique_ptr<Source> decompressXz(CompressedInput input);
std::unique_ptr<Source> decompressBzip2(CompressedInput input);

inline constexpr std::string_view kGzipMagic = "\x1f\x8b";
inline constexpr std::string_view kBzip2Magic = "BZh";

} // namespace rootlayer::compress
