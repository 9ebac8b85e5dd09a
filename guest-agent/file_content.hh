#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// Reads what regular files hold, through buffers that are made once.
class FileContent final {
  public:
    FileContent();

    /// Hands exactly `size` bytes of a file to `take`, in pieces of up to 1 MiB. Throws Error{System} naming
    /// `path` when it cannot be read, or ends before.
    void read(int file, const std::string& path, std::uint64_t size,
              const std::function<void(std::string_view)>& take);

    /// Do files of the same name in two directories hold the same `size` bytes?
    bool same(int a, int b, const std::string& name, const std::string& path, std::uint64_t size);

  private:
    struct Free {
        void operator()(char* pages) const;
    };
    using Pages = std::unique_ptr<char, Free>;
    static Pages makePages();

    Pages m_buffer; ///< aligned, as direct reads want it
    Pages m_other;
};

} // namespace rootlayer::guest
