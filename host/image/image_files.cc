#include "image/image_files.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kSomeNames = 5;

// A layout is untrusted: its links must not lead out of it, and opening a FIFO in it must not block.
UniqueFd openBeneath(int directory, const std::string& name) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how)));
}

std::string whyNot(int number) {
    return number == ENOENT  ? "it is missing"
           : number == EXDEV ? "it is a link out of the directory"
                             : ::strerror(number);
}

} // namespace

ImageFiles ImageFiles::inArchive(const Slice& archive, const CancelToken& cancel,
                                 const DocumentLimits& limits) {
    ImageFiles files(cancel, limits);
    files.m_what = archive.name;
    files.m_archive = tar::TarIndex::read(archive, cancel);
    return files;
}

ImageFiles ImageFiles::inDirectory(const std::string& path, std::string_view what, const CancelToken& cancel,
                                   const DocumentLimits& limits) {
    ImageFiles files(cancel, limits);
    files.m_what = fmt::format("the {} {}", what, quote(path));
    files.m_directory = UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (files.m_directory) return files;
    throw Error(ErrorCode::Input, fmt::format("cannot open {}: {}", files.m_what, ::strerror(errno)),
                errno == ENOTDIR
                    ? fmt::format("for a file use oci-archive:{0} or docker-archive:{0}", escaped(path))
                    : "check the path");
}

ImageFiles ImageFiles::called(std::string what) && {
    m_what = std::move(what);
    return std::move(*this);
}

bool ImageFiles::has(const std::string& name) const {
    if (m_archive) return m_archive->has(name);
    return ::faccessat(m_directory.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Slice ImageFiles::open(const std::string& name) const {
    return m_archive ? m_archive->find(name) : openInDirectory(name);
}

Slice ImageFiles::openInDirectory(const std::string& name) const {
    UniqueFd fd = openBeneath(m_directory.get(), name);
    const std::string what = fmt::format("the file {} of {}", quote(name), m_what);
    if (!fd) {
        const int number = errno;
        throw Error(ErrorCode::Image, fmt::format("cannot open {}: {}", what, whyNot(number)));
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Image, fmt::format("{} is not a regular file", what));
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    return {std::make_shared<const UniqueFd>(std::move(fd)), 0, size, what};
}

std::string ImageFiles::resolve(const std::string& name) const {
    return m_archive ? m_archive->resolve(name) : name;
}

std::string ImageFiles::document(const std::string& name) const {
    m_cancel.check();
    const Slice slice = open(name);
    m_budget->takeDocument(slice.name, m_what, slice.size);
    return slice.readAll(m_budget->limits().document);
}

std::string ImageFiles::blobDocument(const oci::Descriptor& descriptor) const {
    m_cancel.check();
    const Slice slice = blob(descriptor);
    m_budget->takeDocument(slice.name, m_what, slice.size);
    std::string bytes = slice.readAll(m_budget->limits().document);
    verify(bytes, {descriptor.digest, descriptor.size, ~std::uint64_t{}, slice.name, "its descriptor"});
    return bytes;
}

Json ImageFiles::parse(std::string_view text, const std::string& name) const {
    m_cancel.check();
    const std::string what = fmt::format("{} of {}", name, m_what);
    Json json = Json::parse(text, what);
    m_budget->takeValues(what, m_what, json.valueCount());
    return json;
}

Slice ImageFiles::blob(const oci::Descriptor& descriptor) const {
    Slice slice = open(blobName(descriptor.digest));
    if (slice.size == descriptor.size) return slice;
    throw Error(
        ErrorCode::Image,
        fmt::format("{} has {} bytes, but its descriptor says {}", slice.name, slice.size, descriptor.size),
        "the image is damaged or forged: download it again");
}

std::vector<std::string> ImageFiles::someNames() const {
    return m_archive ? m_archive->someNames(kSomeNames) : std::vector<std::string>();
}

std::string blobName(const Digest& digest) {
    return "blobs/sha256/" + digest.hex();
}

} // namespace rootlayer::image
