#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// Reads the content of regular files, through buffers that are allocated once.
class FileContent final {
  public:
    FileContent();

    using Taker = std::function<void(std::string_view)>;

    /// Passes exactly `size` bytes of a file, starting at `at`, to `take` in pieces of up to 1 MiB. Throws
    /// Error{System} naming `path` if the file cannot be read or is shorter.
    void read(int file, const std::string& path, std::uint64_t at, std::uint64_t size, const Taker& take);

    /// The same, but holes of 64 KiB and more, and space that was never written, are passed to `hole` as
    /// their size in bytes. All ranges come in order.
    void readSparse(int file, const std::string& path, std::uint64_t at, std::uint64_t size,
                    const Taker& take, const std::function<void(std::uint64_t)>& hole);

    /// Do the files of the same name in directories `a` and `b` have the same `size` bytes of content? Throws
    /// Error{System} naming `path`.
    bool same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size);

  private:
    std::string m_buffer;
    std::string m_other;
};

} // namespace rootlayer::guest
