#include "base/nameless_file.hh"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer {

UniqueFd namelessFile(const std::string& directory) {
    UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd) return fd;
    // The file system has no O_TMPFILE: create a named file, which is unlinked at once.
    const TempDir there(directory);
    UniqueFd named(::open(there.file("file").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!named) throw systemError(fmt::format("cannot make a file in {}", quote(directory)));
    return named;
}

} // namespace rootlayer
