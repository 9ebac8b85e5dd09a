#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/unique_fd.hh"

namespace rootlayer::fuzz {

/// A file in memory, for code that takes a path or a descriptor.
class MemoryFile final {
  public:
    explicit MemoryFile(std::string_view bytes) : m_fd(::memfd_create("fuzz", MFD_CLOEXEC)) {
        if (!m_fd) throw std::runtime_error("memfd_create");
        writeAt(m_fd.get(), bytes, 0, "a file in memory");
    }
    std::string path() const { return "/proc/self/fd/" + std::to_string(m_fd.get()); }
    int fd() const { return m_fd.get(); }
    UniqueFd take() { return std::move(m_fd); }

  private:
    UniqueFd m_fd;
};

} // namespace rootlayer::fuzz
