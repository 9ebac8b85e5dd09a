#pragma once

#include <cstdint>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::images {

/// Writes a cpio archive in the "newc" format, which Linux reads as an initramfs (kernel buffer-format.rst).
/// Owners and times are 0 and inodes are numbered in order, so the same calls give the same bytes.
class CpioWriter final {
  public:
    /// `out` is not owned.
    explicit CpioWriter(Sink& out) : m_out(out) {}

    /// Paths are relative. A directory must be written before its contents. Throws Error{Internal} for a file
    /// of 4 GiB or more.
    void directory(std::string_view path);
    void file(std::string_view path, std::string_view bytes, bool executable = false);
    void characterDevice(std::string_view path, std::uint32_t major, std::uint32_t minor);
    /// Writes the trailer. Nothing may be written afterwards.
    void finish();

  private:
    struct Device {
        std::uint32_t major = 0;
        std::uint32_t minor = 0;
    };
    void entry(std::string_view path, std::uint32_t mode, std::string_view bytes, Device device);
    void pad();

    Sink& m_out;
    std::uint32_t m_inode = 0;
    std::uint64_t m_written = 0;
};

} // namespace rootlayer::images
