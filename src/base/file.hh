#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// Opens a file of the caller's for reading. Throws Error{Input} that names `what` ("script") and the path,
/// when it is missing, unreadable, or a directory.
UniqueFd openInput(const std::string& path, std::string_view what);

/// A file as a Source that owns its descriptor; the same errors as openInput.
class FileSource final : public Source {
  public:
    FileSource(const std::string& path, std::string_view what);
    std::size_t read(std::span<char> buffer) override { return m_source.read(buffer); }
    int fd() const { return m_fd.get(); }

  private:
    UniqueFd m_fd;
    FdSource m_source;
};

/// The whole file; throws Error{Resource} when it is larger than `limit` bytes.
std::string readFile(const std::string& path, std::string_view what, std::uint64_t limit);

/// Makes or replaces a file of our own, mode 0644 less umask. Not atomic: for temporary directories; see
/// OutputFile.
void writeFile(const std::string& path, std::string_view bytes);

/// The size of a regular file or 0.
std::uint64_t fileSize(int fd);

/// Writes at an offset until all is written.
void writeAt(int fd, std::string_view bytes, std::uint64_t offset, std::string_view what);

} // namespace rootlayer
