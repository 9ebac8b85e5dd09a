#pragma once

#include <cstdint>
#include <string_view>

#include "base/stream.hh"

namespace rootlayer::images {

/// Writes a cpio archive of the "newc" kind, the form in which Linux takes an initramfs (kernel
/// buffer-format.rst). Owner and times are 0 and inodes are numbered in order, so that same calls give same
/// bytes.
class CpioWriter final {
  public:
    /// `out` is not owned.
    explicit CpioWriter(Sink& out) : m_out(out) {}

    /// Paths are relative; a parent is written before what it holds. Sizes are below 4 GiB (Error{Internal}
    /// above).
    void directory(std::string_view path);
    void file(std::string_view path, std::string_view bytes, bool executable = false);
    void characterDevice(std::string_view path, std::uint32_t major, std::uint32_t minor);
    /// The trailer. Nothing is written after it.
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
