#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// Opens an input file for reading. Throws Error{Input}, naming `what` ("script") and the path, if it is
/// missing, unreadable or a directory.
UniqueFd openInput(const std::string& path, std::string_view what);

/// A Source that reads a file and owns its descriptor. Throws the same errors as openInput().
class FileSource final : public Source {
  public:
    FileSource(const std::string& path, std::string_view what);
    std::size_t read(std::span<char> buffer) override { return m_source.read(buffer); }
    int fd() const { return m_fd.get(); }

  private:
    UniqueFd m_fd;
    FdSource m_source;
};

/// Reads the whole file. Throws Error{Resource} if it is larger than `limit` bytes, and like openInput().
std::string readFile(const std::string& path, std::string_view what, std::uint64_t limit);

/// Creates or replaces a file, mode 0644 less the umask. Not atomic: for temporary directories only. See
/// OutputFile.
void writeFile(const std::string& path, std::string_view bytes);

/// The size of a regular file in bytes; 0 for other kinds of files.
std::uint64_t fileSize(int fd);

/// Writes all bytes at an offset. `what` names the target in errors.
void writeAt(int fd, std::string_view bytes, std::uint64_t offset, std::string_view what);

} // namespace rootlayer
