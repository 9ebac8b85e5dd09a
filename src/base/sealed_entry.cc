#include "base/sealed_entry.hh"

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/file_age.hh"
#include "base/output_file.hh"

namespace rootlayer {

namespace {

constexpr const char* kSeal = "seal";
constexpr const char* kVerified = "verified";
constexpr std::string_view kVerifiedLine = "rootlayer-verified 1";
constexpr std::uint64_t kMaxSeal = std::uint64_t{1} << 20;
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * kSecond + time.tv_nsec;
}

std::optional<struct stat> statusOf(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
    return status;
}

/// Would a change after the read be visible in the file's times?
bool isSettledFile(const std::string& path) {
    const auto status = statusOf(path);
    return status && isSettled(*status);
}

std::string readIfThere(const std::string& path) {
    const auto status = statusOf(path);
    if (!status || !S_ISREG(status->st_mode) || static_cast<std::uint64_t>(status->st_size) > kMaxSeal)
        return {};
    try {
        return readFile(path, "cache entry", kMaxSeal);
    } catch (const Error&) {
        return {};
    }
}

Seal::File readAgain(const std::string& directory, const Seal::File& file, const CancelToken* cancel) {
    Seal seal;
    file.sparse ? seal.addSparse(directory, file.name, cancel) : seal.add(directory, file.name, cancel);
    return seal.files.at(0);
}

} // namespace

SealedEntry::SealedEntry(std::string directory, std::vector<uid_t> otherOwners)
    : m_directory(std::move(directory)), m_otherOwners(std::move(otherOwners)) {
    m_exists = ::access(m_directory.c_str(), F_OK) == 0;
    if (!m_exists) return;
    m_text = readIfThere(path(kSeal));
    m_seal = decodeSeal(m_text);
}

bool SealedEntry::mayOwn(uid_t user) const {
    return user == ::geteuid() ||
           std::find(m_otherOwners.begin(), m_otherOwners.end(), user) != m_otherOwners.end();
}

std::string SealedEntry::damage() const {
    if (!m_seal) return "its seal is missing or damaged";
    const auto own = statusOf(m_directory);
    if (!own || !S_ISDIR(own->st_mode) || !mayOwn(own->st_uid))
        return "its directory belongs to another user";
    if ((own->st_mode & (S_IWGRP | S_IWOTH)) != 0) return "other users can write to its directory";
    const bool reachable = (own->st_mode & (S_IXGRP | S_IXOTH)) != 0;
    for (const auto& file : m_seal->files) {
        const auto status = statusOf(path(file.name));
        if (!status || !S_ISREG(status->st_mode))
            return fmt::format("its file {} is missing", quote(file.name));
        if (static_cast<std::uint64_t>(status->st_size) != file.size)
            return fmt::format("its file {} has {} bytes instead of {}", quote(file.name), status->st_size,
                               file.size);
        // The owner could change the file later.
        if (!mayOwn(status->st_uid))
            return fmt::format("its file {} belongs to the user {}", quote(file.name), status->st_uid);
        if (reachable && (status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
            return fmt::format("other users can write to its file {}", quote(file.name));
    }
    return {};
}

std::string SealedEntry::state() const {
    auto text = fmt::format("{}\nseal {}\n", kVerifiedLine, sha256(m_text).hex());
    for (const auto& file : m_seal->files) {
        struct stat status {};
        ::lstat(path(file.name).c_str(), &status);
        text += fmt::format("{:x} {} {} {} {}\n", status.st_ino, status.st_size, nanoseconds(status.st_mtim),
                            nanoseconds(status.st_ctim), file.name);
    }
    return text;
}

std::string SealedEntry::contentDamage(const CancelToken* cancel) const {
    for (const auto& file : m_seal->files) {
        try {
            if (readAgain(m_directory, file, cancel).digest != file.digest)
                return fmt::format("its file {} does not match its seal", quote(file.name));
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Cancelled) throw;
            return fmt::format("its file {} cannot be read: {}", quote(file.name), error.message());
        }
    }
    return {};
}

std::string SealedEntry::verify(const CancelToken* cancel) const {
    if (auto wrong = damage(); !wrong.empty()) return wrong;
    if (m_seal->files.empty() || readIfThere(path(kVerified)) == state()) return {};
    return readAll(cancel);
}

std::string SealedEntry::readAll(const CancelToken* cancel) const {
    if (auto wrong = damage(); !wrong.empty()) return wrong;
    const auto before = state();
    if (auto wrong = contentDamage(cancel); !wrong.empty()) return wrong;
    if (state() == before && readIfThere(path(kVerified)) != before) remember();
    return {};
}

void SealedEntry::remember() const noexcept {
    const auto& files = m_seal->files;
    // Seal::add() has waited for this before it read, if that takes only milliseconds.
    if (!std::all_of(files.begin(), files.end(),
                     [&](const auto& file) { return isSettledFile(path(file.name)); }))
        return;
    try {
        // By rename(2): another process may be reading it.
        OutputFile file(path(kVerified));
        file.write(state());
        file.commit();
    } catch (const std::exception&) {
        // Without the record the files are read again.
    }
}

void sealEntry(const std::string& directory, const Seal& seal) {
    writeFile(fmt::format("{}/{}", directory, kSeal), encodeSeal(seal));
    if (!seal.files.empty()) SealedEntry(directory).remember();
}

void touchSeal(const std::string& directory) {
    ::utimensat(AT_FDCWD, fmt::format("{}/{}", directory, kSeal).c_str(), nullptr, 0);
}

} // namespace rootlayer
