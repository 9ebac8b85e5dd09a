#include "image/layout_writer.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/output_file.hh"
#include "base/system_error.hh"
#include "image/image_files.hh"
#include "image/image_name.hh"
#include "image/index_entries.hh"
#include "image/layout_documents.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

namespace {

constexpr std::uint64_t kMaxIndex = std::uint64_t{8} << 20;

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

bool isEmptyDirectory(const std::string& path) {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return false;
    bool empty = true;
    while (const dirent* entry = ::readdir(directory))
        empty = empty && (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0);
    ::closedir(directory);
    return empty;
}

[[noreturn]] void refuse(const std::string& path, int number) {
    throw Error(number == ENOSPC ? ErrorCode::Resource : ErrorCode::Input,
                fmt::format("cannot write the OCI layout {}: {}", quote(path), ::strerror(number)),
                number == ENOENT ? "create its parent directory first"
                                 : "choose a directory that you can write");
}

} // namespace

LayoutWriter::LayoutWriter(const oci::Reference& target, const WriteOptions& options)
    : m_target(target), m_options(options) {
    if (!m_target.selector.empty()) requireTag(m_target.selector);
    requireLayoutOrNothing();
}

void LayoutWriter::requireLayoutOrNothing() const {
    const auto& path = m_target.path;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const auto slash = path.find_last_not_of('/') == std::string::npos
                               ? std::string::npos
                               : path.rfind('/', path.find_last_not_of('/'));
        const auto parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
        if (::access(parent.c_str(), W_OK | X_OK) != 0) refuse(path, errno);
        return;
    }
    if (!S_ISDIR(status.st_mode)) refuse(path, ENOTDIR);
    if (::access(path.c_str(), W_OK | X_OK) != 0) refuse(path, errno);
    if (!exists(file(kLayoutName)) && !exists(file("blobs")) && !isEmptyDirectory(path)) {
        throw Error(ErrorCode::Input,
                    fmt::format("the directory {} is not an OCI layout and not empty", quote(path)),
                    "choose another directory");
    }
}

LayoutWriter::~LayoutWriter() {
    if (!m_lock) return;
    m_indexFile.reset();
    removeAdded();
}

void LayoutWriter::removeAdded() noexcept {
    for (const auto& path : m_madeFiles)
        ::unlink(path.c_str());
    for (auto path = m_madeDirectories.rbegin(); path != m_madeDirectories.rend(); ++path)
        ::rmdir(path->c_str()); // fails if another process has put something into it
}

void LayoutWriter::makeDirectory(const std::string& path) {
    constexpr mode_t mode = 0777;
    if (::mkdir(path.c_str(), mode) == 0) {
        m_madeDirectories.push_back(path);
    } else if (errno != EEXIST) {
        refuse(path, errno);
    }
}

/// Locks the directory. The process that created it may remove it again before we get the lock, so check that
/// the locked directory still has the name.
void LayoutWriter::lock() {
    while (true) {
        m_options.cancel.check();
        makeDirectory(m_target.path);
        UniqueFd directory(::open(m_target.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory && errno != ENOENT) refuse(m_target.path, errno);
        if (!directory) continue;
        while (::flock(directory.get(), LOCK_EX) != 0) {
            if (errno != EINTR) throw systemError("cannot lock " + quote(m_target.path));
            m_options.cancel.check();
        }
        struct stat locked {};
        struct stat named {};
        if (::fstat(directory.get(), &locked) == 0 && ::stat(m_target.path.c_str(), &named) == 0 &&
            locked.st_ino == named.st_ino && locked.st_dev == named.st_dev) {
            m_lock = std::move(directory);
            return;
        }
        m_madeDirectories.clear();
    }
}

bool LayoutWriter::holds(const std::string& path, const Blob& blob) const {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd || fileSize(fd.get()) != blob.descriptor.size) return false;
    FdSource source(fd.get(), path);
    return sha256(source) == blob.descriptor.digest;
}

void LayoutWriter::add(const Blob& blob) {
    m_options.cancel.check();
    const auto path = file(blobName(blob.descriptor.digest));
    if (holds(path, blob)) return;
    const bool isNew = !exists(path);
    OutputFile output(path);
    VerifiedSource verified(blob.open(),
                            {blob.descriptor.digest, blob.descriptor.size, ~std::uint64_t{},
                             fmt::format("the blob {}", blob.descriptor.digest.str()), "its descriptor"});
    copy(verified, output);
    output.commit();
    if (isNew) m_madeFiles.push_back(path);
}

void LayoutWriter::write(const std::vector<ImageDraft>& images) {
    lock();
    makeDirectory(file("blobs"));
    makeDirectory(file("blobs/sha256"));
    const auto path = file(kIndexName);
    const auto what = quote(path);
    Json index = exists(path) ? Json::parse(readFile(path, "index", kMaxIndex), what) : emptyIndex();
    for (const ImageDraft& image : images) {
        const auto documents = documentsOf(image);
        for (const Blob& layer : image.layers)
            add(layer);
        add(documents.config);
        add(documents.manifest);
        putEntries(index, indexEntries(documents.manifest.descriptor, image.names, m_target.selector), what);
    }
    m_index = index.write();
}

void LayoutWriter::prepare() {
    if (m_indexFile) return;
    if (!exists(file(kLayoutName))) {
        OutputFile layout(file(kLayoutName));
        layout.write(kLayoutFile);
        layout.commit();
        m_madeFiles.push_back(file(kLayoutName));
    }
    m_indexFile.emplace(file(kIndexName));
    m_indexFile->write(m_index);
    m_indexFile->prepare();
}

void LayoutWriter::commit() {
    prepare();
    m_indexFile->commit();
    m_lock.reset();
}

} // namespace rootlayer::image
