#include "builder/foreign_archive.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <sys/stat.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/slice.hh"
#include "builder/archive_tool.hh"
#include "compress/compression.hh"

namespace rootlayer::builder {

namespace {

using Named = std::pair<std::string_view, ArchiveFormat>;

constexpr std::array<Named, 7> kFormats = {{{"tar", ArchiveFormat::Tar},
                                            {"zip", ArchiveFormat::Zip},
                                            {"cpio", ArchiveFormat::Cpio},
                                            {"7z", ArchiveFormat::SevenZip},
                                            {"deb", ArchiveFormat::Deb},
                                            {"rpm", ArchiveFormat::Rpm},
                                            {"apk", ArchiveFormat::Apk}}};
constexpr std::array<Named, 15> kEndings = {{{".tar", ArchiveFormat::Tar},
                                             {".tar.gz", ArchiveFormat::Tar},
                                             {".tgz", ArchiveFormat::Tar},
                                             {".tar.xz", ArchiveFormat::Tar},
                                             {".tar.zst", ArchiveFormat::Tar},
                                             {".tar.bz2", ArchiveFormat::Tar},
                                             {".zip", ArchiveFormat::Zip},
                                             {".cpio", ArchiveFormat::Cpio},
                                             {".cpio.gz", ArchiveFormat::Cpio},
                                             {".cpio.xz", ArchiveFormat::Cpio},
                                             {".cpio.zst", ArchiveFormat::Cpio},
                                             {".7z", ArchiveFormat::SevenZip},
                                             {".deb", ArchiveFormat::Deb},
                                             {".rpm", ArchiveFormat::Rpm},
                                             {".apk", ArchiveFormat::Apk}}};
constexpr std::string_view kNewApk = "ADB"; // of apk-tools 3
constexpr std::array<Named, 10> kBeginnings = {{{{"PK\3\4", 4}, ArchiveFormat::Zip},
                                                {{"PK\5\6", 4}, ArchiveFormat::Zip},
                                                {"070701", ArchiveFormat::Cpio},
                                                {"070702", ArchiveFormat::Cpio},
                                                {"070707", ArchiveFormat::Cpio},
                                                {"\xc7\x71", ArchiveFormat::Cpio},
                                                {"7z\xbc\xaf\x27\x1c", ArchiveFormat::SevenZip},
                                                {"!<arch>\n", ArchiveFormat::Deb},
                                                {"\xed\xab\xee\xdb", ArchiveFormat::Rpm},
                                                {kNewApk, ArchiveFormat::Apk}}};
constexpr std::size_t kBeginning = 512;
constexpr std::size_t kMagicAt = 257; // "ustar" in a tar

/// The first bytes, without compression.
std::string beginningOf(const std::string& path) {
    std::string bytes(kBeginning, '\0');
    const auto source = compress::decompress(std::make_unique<FileSource>(path, "--contents"), path);
    bytes.resize(readFully(*source, bytes));
    return bytes;
}

ArchiveFormat formatByContent(const std::string& path) {
    const auto bytes = beginningOf(path);
    for (const auto& [beginning, format] : kBeginnings) {
        if (bytes.starts_with(beginning)) return format;
    }
    if (!bytes.substr(std::min(kMagicAt, bytes.size())).starts_with("ustar")) return ArchiveFormat::None;
    const bool isApk = bytes.starts_with(".SIGN.") || bytes.starts_with(".PKGINFO");
    return isApk ? ArchiveFormat::Apk : ArchiveFormat::Tar;
}

bool isTool(ArchiveFormat format) {
    return format == ArchiveFormat::Zip || format == ArchiveFormat::Cpio ||
           format == ArchiveFormat::SevenZip || format == ArchiveFormat::Rpm;
}

[[noreturn]] void damaged(const std::string& path, std::string_view why) {
    throw Error(ErrorCode::Input, fmt::format("the archive {} is damaged: {}", quote(path), why),
                "get it again, or add it as a file with unpack=no");
}

ArchiveFormat named(const Contents& contents) {
    for (const auto& [name, format] : kFormats) {
        if (contents.format == name) return format;
    }
    throw Error(ErrorCode::Usage,
                fmt::format("--contents does not take the format {}", quote(contents.format)),
                "format=tar, zip, cpio, 7z, deb, rpm or apk; name or auto to find out");
}

/// libarchive would read a zip without its directory as far as it goes, and take no modes from it.
void requireZipDirectory(const std::string& path) {
    constexpr std::size_t length = 22; // of the end record, whose last field is the length of a comment
    constexpr std::uint64_t most = 65535 + length;
    const UniqueFd fd = openInput(path, "--contents");
    const auto size = fileSize(fd.get());
    const auto part = std::min(size, most);
    const Slice slice{std::make_shared<const UniqueFd>(openInput(path, "--contents")), size - part, part,
                      path};
    const auto end = slice.readAll(most);
    const auto at = end.rfind(std::string("PK\5\6", 4));
    if (at == std::string::npos) damaged(path, "it has no central directory");
    const auto byte = [&](std::size_t number) { return static_cast<unsigned char>(end[at + number]); };
    if (end.size() - at < length || end.size() - at - length < byte(20) + std::size_t{256} * byte(21))
        damaged(path, "its central directory is cut off");
}

/// The member data.tar.* of a Debian package, an ar archive (deb(5)).
Slice payloadOfDeb(const std::string& path) {
    constexpr std::size_t magic = 8;
    constexpr std::size_t header = 60;
    constexpr std::size_t sizeAt = 48;
    constexpr std::size_t sizeLength = 10;
    const auto fd = std::make_shared<const UniqueFd>(openInput(path, "--contents"));
    const auto whole = fileSize(fd->get());
    for (std::uint64_t at = magic; whole - at >= header;) {
        const auto text = Slice{fd, at, header, path}.readAll(header);
        std::uint64_t size = 0;
        const auto read = std::from_chars(text.data() + sizeAt, text.data() + sizeAt + sizeLength, size);
        if (read.ec != std::errc() || !text.ends_with("`\n") || size > whole - at - header) break;
        at += header;
        if (text.starts_with("data.tar")) return {fd, at, size, path};
        at += size + size % 2;
        if (at > whole) break;
    }
    damaged(path, "it has no data.tar");
}

} // namespace

ArchiveFormat archiveFormatOf(const Contents& contents) {
    struct stat status {};
    if (!contents.unpack || ::stat(contents.source.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return ArchiveFormat::None;
    if (contents.format == "auto") {
        const auto found = formatByContent(contents.source);
        if (found != ArchiveFormat::None) return found;
        throw Error(ErrorCode::Input, fmt::format("{} is no archive that is known", quote(contents.source)),
                    "name its format, such as format=apk, or unpack=no");
    }
    if (!contents.format.empty() && contents.format != "name") return named(contents);
    const auto ending = std::find_if(kEndings.begin(), kEndings.end(), [&](const Named& each) {
        return contents.source.ends_with(each.first);
    });
    if (ending == kEndings.end()) return ArchiveFormat::None;
    if (contents.format.empty() && ending->second != ArchiveFormat::Tar) return ArchiveFormat::None;
    if (ending->second == ArchiveFormat::Tar || ending->second == ArchiveFormat::Apk) return ending->second;
    const auto found = formatByContent(contents.source);
    return found == ArchiveFormat::None ? ending->second : found;
}

bool hasOwners(ArchiveFormat format) {
    return format != ArchiveFormat::None && format != ArchiveFormat::Zip && format != ArchiveFormat::SevenZip;
}

bool isPayload(ArchiveFormat format, const std::string& path) {
    constexpr std::array control = {".PKGINFO",       ".INSTALL",        ".pre-install",
                                    ".post-install",  ".pre-upgrade",    ".post-upgrade",
                                    ".pre-deinstall", ".post-deinstall", ".trigger"};
    if (format != ArchiveFormat::Apk) return true;
    return !path.starts_with(".SIGN.") && std::find(control.begin(), control.end(), path) == control.end();
}

std::unique_ptr<Source> openArchive(const std::string& path, ArchiveFormat format,
                                    const std::string& directory, CancelToken cancel) {
    // bsdtar knows formats that refer to other files: it gets only what begins as one of these does.
    if (isTool(format) && formatByContent(path) != format)
        damaged(path, "it does not begin as an archive of its format does");
    if (format == ArchiveFormat::Zip) requireZipDirectory(path);
    if (format == ArchiveFormat::Apk && beginningOf(path).starts_with(kNewApk)) {
        throw Error(
            ErrorCode::Input,
            fmt::format("the archive {} is an apk of apk-tools 3, which is not a tar", quote(path)),
            "unpack it with `apk extract`, and give the directory; or add it as a file with unpack=no");
    }
    if (isTool(format)) return convertedArchive(path, directory, std::move(cancel));
    if (format == ArchiveFormat::Deb) {
        return std::make_unique<CancellableSource>(
            compress::decompress(std::make_unique<SliceSource>(payloadOfDeb(path), cancel), path), cancel);
    }
    return std::make_unique<CancellableSource>(
        compress::decompress(std::make_unique<FileSource>(path, "--contents"), path), cancel);
}

} // namespace rootlayer::builder
