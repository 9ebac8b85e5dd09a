#include <catch2/catch.hpp>
#include <cstdint>

#include <cstring>
#include <elf.h>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "images/vmlinux.hh"

using namespace rootlayer;
using namespace rootlayer::images;

namespace {

template <typename Value>
void put(std::string& bytes, std::size_t offset, Value value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

/// An ELF file with one note of the given type.
std::string elfWithNote(std::uint32_t type) {
    std::string elf(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 20, '\0');
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_machine = EM_X86_64;
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    put(elf, 0, header);
    Elf64_Phdr segment{};
    segment.p_type = PT_NOTE;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = 20;
    put(elf, sizeof header, segment);
    put(elf, segment.p_offset, Elf64_Nhdr{4, 4, type});
    std::memcpy(elf.data() + segment.p_offset + sizeof(Elf64_Nhdr), "Xen", 4);
    return elf;
}

std::string zstd(const std::string& bytes) {
    const TempDir temp("/tmp");
    writeFile(temp.file("plain"), bytes);
    return requireCommand(Command{{"zstd", "-q", "-c", temp.file("plain")}},
                          Deadline::after(std::chrono::seconds(30)), "compressing");
}

std::string bzImage(const std::string& elf) {
    auto payload = zstd(elf);
    payload.append(4, '\0');
    put(payload, payload.size() - 4, static_cast<std::uint32_t>(elf.size()));
    std::string image(1024, '\0');
    image[0x1F1] = 1;
    image.replace(0x202, 4, "HdrS");
    put(image, 0x206, std::uint16_t{0x20F});
    put(image, 0x20E, std::uint16_t{0x100});
    image.replace(0x300, 8, "6.1.0 x ");
    put(image, 0x248, std::uint32_t{0});
    put(image, 0x24C, static_cast<std::uint32_t>(payload.size()));
    return image + payload;
}

constexpr std::uint32_t kPvh = 18;

} // namespace

TEST_CASE("a bzImage names its release, and other files name none") {
    if (!findProgram("zstd")) return;
    CHECK(kernelRelease(bzImage("x")) == "6.1.0");
    CHECK_FALSE(kernelRelease("MZ something"));
    CHECK_FALSE(kernelRelease(std::string(4096, '\0')));
}

TEST_CASE("the kernel in a bzImage is taken out when it can be started without real mode") {
    if (!findProgram("zstd")) return;
    CHECK(extractVmlinux(bzImage(elfWithNote(kPvh))) == elfWithNote(kPvh));
}

TEST_CASE("a kernel without the PVH note, or that is damaged, is left to start itself") {
    if (!findProgram("zstd")) return;
    CHECK_FALSE(extractVmlinux(bzImage(elfWithNote(1))));
    CHECK_FALSE(extractVmlinux("not a kernel"));
    auto image = bzImage(elfWithNote(kPvh));
    CHECK_FALSE(extractVmlinux(image.substr(0, image.size() - 8)));
    image.replace(1024, 4, "junk");
    CHECK_FALSE(extractVmlinux(image));
}
