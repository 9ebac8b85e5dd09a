#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A file that appears complete under its final name, or not at all. It is written without a name in the
/// target's directory; commit() gives it the name and replaces an existing file. A target that exists and is
/// not a regular file (a fifo, /dev/null, /dev/stdout, /dev/fd/N) is written directly.
class OutputFile final : public Sink {
  public:
    /// Throws Error{Input} if the directory is missing or not writable, or if the target is a directory.
    /// `what` names the output in errors, for example as an option's name.
    explicit OutputFile(std::string path, std::string what = "the output");
    OutputFile(OutputFile&&) = default;
    ~OutputFile() override;

    /// In a regular file, blocks of 64 KiB with only zeros become holes.
    void write(std::string_view bytes) override;
    /// Bytes that still fit in the file system of a regular file. nullopt: unknown, or it is none.
    std::optional<std::uint64_t> room() const;
    /// Call it when everything is written: does all of commit() that can fail, except the rename.
    void prepare();
    /// Puts the file in place (rename(2)). Nothing may be written afterwards. Mode 0666 less the umask.
    void commit();

    const std::string& path() const { return m_path; }
    int fd() const { return m_fd.get(); }

  private:
    void openUnnamed();
    void writeSparse(std::string_view bytes);

    std::string described() const;
    [[noreturn]] void refuse(int number) const;

    std::string m_path;
    std::string m_what;
    std::string m_directory;
    std::string m_temporary; ///< the temporary name next to the target; empty if there is none
    UniqueFd m_fd;
    std::uint64_t m_at = 0; ///< bytes written
    bool m_endsInHole = false;
    bool m_direct = false;
};

} // namespace rootlayer
