// The fuzz target of the reader of a disk's header, with rules of QEMU's documents as its oracle. What it
// takes for a qcow2 must have no other file and no key; what it takes for raw must be a disk's size and no
// format that QEMU would see.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>

#include "disk/disk_format.hh"
#include "fuzz.hh"
#include "memory_file.hh"

using namespace rootlayer;
using namespace rootlayer::disk;
using namespace rootlayer::fuzz;

namespace {

constexpr std::string_view kQcow2{"QFI\xfb", 4};

std::uint64_t bigEndian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes)
        value = value * 256 + static_cast<unsigned char>(byte);
    return value;
}

/// docs/interop/qcow2.txt
void checkQcow2(std::string_view bytes, std::uint64_t size) {
    require(bytes.starts_with(kQcow2) && bytes.size() >= 104);
    const auto version = bigEndian(bytes.substr(4, 4));
    require(version == 2 || version == 3);
    require(bigEndian(bytes.substr(8, 8)) == 0);                         // no backing file
    require(bigEndian(bytes.substr(32, 4)) == 0);                        // not encrypted
    require(version == 2 || (bigEndian(bytes.substr(72, 8)) & 4U) == 0); // no external data file
    require(bigEndian(bytes.substr(40, 8)) <= size);
}

void checkRaw(std::string_view bytes, std::uint64_t size) {
    require(size >= 64 << 10 && size % 512 == 0);
    for (const auto magic : {kQcow2, std::string_view("KDMV"), std::string_view("QED\0", 4),
                             std::string_view("vhdxfile"), std::string_view("LUKS\xba\xbe")})
        require(!bytes.starts_with(magic));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The last two bytes are the file's size, in KiB: a small input can be a disk. It does not become longer.
    const auto bytes = text(data, size);
    const MemoryFile file(bytes);
    auto length = static_cast<std::uint64_t>(size);
    if (size > 2) length = std::max(length, bigEndian(bytes.substr(size - 2)) << 10U);
    if (::ftruncate(file.fd(), static_cast<off_t>(length)) != 0) return 0;
    std::string head(bytes.substr(0, 512));
    head.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, 512)));
    const auto error = refusal([&] {
        if (checkedDiskFormat(file.path()) == DiskFormat::Qcow2)
            checkQcow2(head, length);
        else
            checkRaw(head, length);
    });
    require(!error || error->code() == ErrorCode::Image);
    return 0;
}
