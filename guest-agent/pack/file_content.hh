#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// Reads what regular files hold, through buffers that are made once.
class FileContent final {
  public:
    FileContent();

    using Taker = std::function<void(std::string_view)>;

    /// Hands exactly `size` bytes of a file, from `at` on, to `take`, in pieces of up to 1 MiB. Throws
    /// Error{System} naming `path` when it cannot be read, or ends before.
    void read(int file, const std::string& path, std::uint64_t at, std::uint64_t size, const Taker& take);

    /// Do files of the same name in two directories hold the same `size` bytes?
    bool same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size);

  private:
    std::string m_buffer;
    std::string m_other;
};

} // namespace rootlayer::guest
