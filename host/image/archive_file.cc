#include "image/archive_file.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/nameless_file.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"
#include "compress/compression.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

namespace {

/// A pipe whose read() can be cancelled.
class PipeSource final : public Source {
  public:
    PipeSource(int fd, std::string what, CancelToken cancel)
        : m_source(fd, std::move(what)), m_fd(fd), m_cancel(std::move(cancel)) {}

    std::size_t read(std::span<char> buffer) override {
        std::array<pollfd, 2> waits{{{m_fd, POLLIN, 0}, {m_cancel.pollFd(), POLLIN, 0}}};
        while (::poll(waits.data(), waits.size(), -1) < 0) {
            if (errno != EINTR) throw systemError("cannot wait for a pipe");
        }
        m_cancel.check();
        return m_source.read(buffer);
    }

  private:
    FdSource m_source;
    int m_fd;
    CancelToken m_cancel;
};

UniqueFd openOrInput(const std::string& path, std::string_view what, int standardInput) {
    if (path != "-") return openInput(path, what);
    UniqueFd fd(::fcntl(standardInput, F_DUPFD_CLOEXEC, 3));
    if (!fd) throw Error(ErrorCode::Input, fmt::format("cannot read the {} from stdin: it is closed", what));
    return fd;
}

// Whether the descriptor is a regular file at its start. Stdin may be a file that is partly read.
bool isInPlace(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ::lseek(fd, 0, SEEK_CUR) == 0;
}

Slice wholeFile(UniqueFd fd, std::string name) {
    const std::uint64_t size = fileSize(fd.get());
    return {std::make_shared<const UniqueFd>(std::move(fd)), 0, size, std::move(name)};
}

Slice spool(std::unique_ptr<Source> source, const std::string& name, const OpenOptions& options) {
    UniqueFd file = namelessFile(options.workspace.directory);
    auto cancellable = std::make_unique<CancellableSource>(std::move(source), options.cancel);
    VerifiedSource bounded(std::move(cancellable), {{}, {}, options.limits.archive, name, {}});
    FdSink sink(file.get(), "a temporary file in " + quote(options.workspace.directory));
    inTemporarySpace([&] { copy(bounded, sink); });
    return wholeFile(std::move(file), name);
}

bool isCompressed(const Slice& file) {
    std::array<char, compress::kMagicSize> magic{};
    return compress::detectCompression({magic.data(), file.read(0, magic)}) != compress::Compression::None;
}

std::string describe(const std::string& path, std::string_view what) {
    return path == "-" ? fmt::format("the {} from stdin", what) : fmt::format("the {} {}", what, quote(path));
}

Slice open(const std::string& path, std::string_view what, const OpenOptions& options, bool unpack) {
    UniqueFd fd = openOrInput(path, what, options.workspace.standardInput);
    const std::string name = describe(path, what);
    if (!isInPlace(fd.get())) {
        std::unique_ptr<Source> pipe = std::make_unique<PipeSource>(fd.get(), name, options.cancel);
        return spool(unpack ? compress::decompress(std::move(pipe), name) : std::move(pipe), name, options);
    }
    Slice file = wholeFile(std::move(fd), name);
    if (!unpack || !isCompressed(file)) return file;
    return spool(compress::decompress(std::make_unique<SliceSource>(file, options.cancel), name), name,
                 options);
}

} // namespace

Slice openArchive(const std::string& path, std::string_view what, const OpenOptions& options) {
    return open(path, what, options, true);
}

Slice openStored(const std::string& path, std::string_view what, const OpenOptions& options) {
    return open(path, what, options, false);
}

} // namespace rootlayer::image
