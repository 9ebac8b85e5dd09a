#pragma once

#include <string>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A file that appears whole under its final name, or not at all: written without a name in the directory of
/// the target, and put in place by commit(). What stands there is replaced only then. A target that exists
/// and is no regular file (a fifo, /dev/null, /dev/stdout, /dev/fd/N) is written directly.
class OutputFile final : public Sink {
  public:
    /// Throws Error{Input} at once when the directory is missing or cannot be written, or the target is a
    /// directory. `what` says in errors what it is for: an option's name.
    explicit OutputFile(std::string path, std::string what = "the output");
    OutputFile(OutputFile&&) = default;
    ~OutputFile() override;

    void write(std::string_view bytes) override;
    /// All is written: what can fail of putting it in place is done now, but for the rename itself.
    void prepare();
    /// Puts the file in place (rename(2)); nothing may be written after it. Mode 0666 less the umask.
    void commit();

    const std::string& path() const { return m_path; }
    int fd() const { return m_fd.get(); }

  private:
    void openUnnamed();

    std::string described() const;
    [[noreturn]] void refuse(int number) const;

    std::string m_path;
    std::string m_what;
    std::string m_directory;
    std::string m_temporary; ///< the name beside the target, where one had to be made; else empty
    UniqueFd m_fd;
    bool m_direct = false;
};

} // namespace rootlayer
