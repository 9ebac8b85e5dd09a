#include "images/vmlinux.hh"

#include <cstdint>
#include <cstring>
#include <elf.h>

#include <rootlayer/error.hh>

#include "images/decompressor.hh"

namespace rootlayer::images {

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kSetupSectors = 0x1F1;
constexpr std::size_t kMagic = 0x202;
constexpr std::size_t kProtocol = 0x206;
constexpr std::size_t kVersionPointer = 0x20E;
constexpr std::size_t kPayloadOffset = 0x248;
constexpr std::size_t kPayloadLength = 0x24C;
constexpr unsigned kProtocolWithPayload = 0x208;
constexpr std::uint64_t kMaxKernel = std::uint64_t{256} << 20;
constexpr std::uint32_t kNotePhys32Entry = 18; // XEN_ELFNOTE_PHYS32_ENTRY

template <typename Value>
std::optional<Value> at(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(Value)) return std::nullopt;
    Value value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

bool isBzImage(std::string_view bytes) {
    return bytes.size() > kPayloadLength + 4 && bytes.substr(kMagic, 4) == "HdrS" &&
           *at<std::uint16_t>(bytes, kProtocol) >= kProtocolWithPayload;
}

std::string_view payloadOf(std::string_view bytes) {
    const std::size_t sectors = static_cast<unsigned char>(bytes[kSetupSectors]);
    // 0 means 4, according to the boot protocol.
    const std::uint64_t start =
        ((sectors == 0 ? 4 : sectors) + 1) * kSector + *at<std::uint32_t>(bytes, kPayloadOffset);
    const auto length = *at<std::uint32_t>(bytes, kPayloadLength);
    if (start > bytes.size() || bytes.size() - start < length || length < 8) return {};
    return bytes.substr(start, length);
}

bool hasPvhNote(std::string_view notes) {
    while (const auto header = at<Elf64_Nhdr>(notes, 0)) {
        const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
        const std::uint64_t size = sizeof *header + padded(header->n_namesz) + padded(header->n_descsz);
        const auto name = notes.substr(sizeof *header, header->n_namesz);
        if (header->n_type == kNotePhys32Entry && name == std::string_view("Xen\0", 4)) return true;
        if (size > notes.size()) return false;
        notes.remove_prefix(size);
    }
    return false;
}

bool isPvhKernel(std::string_view elf) {
    const auto header = at<Elf64_Ehdr>(elf, 0);
    if (!header || elf.substr(0, SELFMAG) != ELFMAG || header->e_machine != EM_X86_64) return false;
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        const auto segment = at<Elf64_Phdr>(elf, header->e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment) return false;
        if (segment->p_type != PT_NOTE || segment->p_offset > elf.size()) continue;
        if (hasPvhNote(elf.substr(segment->p_offset, segment->p_filesz))) return true;
    }
    return false;
}

} // namespace

std::optional<std::string> extractVmlinux(std::string_view bzImage) {
    if (!isBzImage(bzImage)) return std::nullopt;
    auto payload = payloadOf(bzImage);
    if (payload.empty()) return std::nullopt;
    const auto size = *at<std::uint32_t>(payload, payload.size() - 4);
    // The last 4 bytes are the uncompressed size. Gzip has them as part of its format; for others the kernel
    // build appends them, so they must be removed.
    const bool gzip = payload.starts_with("\x1f\x8b");
    if (!gzip) payload.remove_suffix(4);
    std::string elf;
    try {
        elf = decompressed(payload, kMaxKernel, "the kernel");
    } catch (const Error&) {
        return std::nullopt; // unknown compression: boot the bzImage, which decompresses itself
    }
    if (elf.size() != size || !isPvhKernel(elf)) return std::nullopt;
    return elf;
}

std::optional<std::string> kernelRelease(std::string_view bzImage) {
    if (!isBzImage(bzImage)) return std::nullopt;
    const std::uint64_t start = *at<std::uint16_t>(bzImage, kVersionPointer) + kSector;
    if (start >= bzImage.size()) return std::nullopt;
    const auto version = bzImage.substr(start, 256);
    const auto release = version.substr(0, version.find_first_of(std::string_view(" \0", 2)));
    if (release.empty()) return std::nullopt;
    return std::string(release);
}

} // namespace rootlayer::images
