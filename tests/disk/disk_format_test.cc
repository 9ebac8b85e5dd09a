#include <catch2/catch.hpp>
#include <cstdint>

#include <random>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "disk/disk_format.hh"

using namespace rootlayer;
using disk::checkedDiskFormat;
using disk::DiskFormat;
using namespace std::string_literals;

namespace {

std::string bigEndian(std::uint64_t value, std::size_t bytes) {
    std::string text;
    for (std::size_t i = bytes; i-- > 0;)
        text += static_cast<char>(value >> (8U * i) & 0xFFU);
    return text;
}

/// A qcow2 header of version 3 (QEMU docs/interop/qcow2.txt) in a file of 256 KiB, changed at one place.
std::string qcow2(std::size_t at = 0, const std::string& bytes = {}) {
    std::string file(256 << 10, '\0');
    file.replace(0, 8, "QFI\xfb" + bigEndian(3, 4));
    file.replace(36, 4, bigEndian(1, 4));        // L1 entries
    file.replace(40, 8, bigEndian(64 << 10, 8)); // where they are
    file.replace(100, 4, bigEndian(104, 4));     // header's length
    return file.replace(at, bytes.size(), bytes);
}

class Disk final {
  public:
    explicit Disk(const std::string& bytes) { writeFile(path(), bytes); }
    std::string path() const { return m_temp.file("disk"); }
    DiskFormat format() const { return checkedDiskFormat(path()); }
    std::string refusal() const {
        try {
            format();
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Image);
            CHECK_FALSE(error.hint().empty());
            return error.message();
        }
        return "accepted";
    }

  private:
    TempDir m_temp{"/tmp"};
};

} // namespace

TEST_CASE("a disk is a qcow2 by its magic, else raw") {
    CHECK(Disk(qcow2()).format() == DiskFormat::Qcow2);
    CHECK(Disk(std::string(1 << 20, '\0')).format() == DiskFormat::Raw);
    CHECK(disk::name(DiskFormat::Qcow2) == "qcow2");
    CHECK(disk::name(DiskFormat::Raw) == "raw");
}

TEST_CASE("a qcow2 that names another file, or is encrypted, is refused") {
    CHECK_THAT(Disk(qcow2(8, bigEndian(512, 8))).refusal(), Catch::Contains("backing file"));
    CHECK_THAT(Disk(qcow2(72, bigEndian(4, 8))).refusal(), Catch::Contains("in another file"));
    CHECK_THAT(Disk(qcow2(32, bigEndian(2, 4))).refusal(), Catch::Contains("encrypted"));
    // Version 2 has no feature bits; these bytes have another meaning.
    auto old = qcow2(72, bigEndian(4, 8));
    CHECK(Disk(old.replace(4, 4, bigEndian(2, 4))).format() == DiskFormat::Qcow2);
}

TEST_CASE("a qcow2 that is cut off, or of an unknown version, is refused") {
    for (const std::size_t size : {4U, 5U, 71U, 111U})
        CHECK_THAT(Disk(qcow2().substr(0, size)).refusal(), Catch::Contains("cut off"));
    CHECK_THAT(Disk(qcow2().substr(0, 64 << 10)).refusal(), Catch::Contains("cut off"));
    CHECK_THAT(Disk(qcow2(40, bigEndian(~std::uint64_t{0}, 8))).refusal(), Catch::Contains("cut off"));
    CHECK_THAT(Disk(qcow2(36, bigEndian(0xFFFFFFFF, 4))).refusal(), Catch::Contains("cut off"));
    for (const std::uint64_t version : {0U, 1U, 4U, 0xFFFFFFFFU})
        CHECK_THAT(Disk(qcow2(4, bigEndian(version, 4))).refusal(), Catch::Contains("version"));
}

TEST_CASE("a file that is often mistaken for a raw disk is named") {
    const auto named = [](const std::string& head, std::size_t at = 0) {
        return Disk(std::string(1 << 20, '\0').replace(at, head.size(), head)).refusal();
    };
    CHECK_THAT(named("KDMV"), Catch::Contains("VMDK"));
    CHECK_THAT(named("# Disk DescriptorFile"), Catch::Contains("VMDK"));
    CHECK_THAT(named("vhdxfile"), Catch::Contains("VHDX"));
    CHECK_THAT(named("conectix"), Catch::Contains("VHD"));
    CHECK_THAT(named("\x7f\x10\xda\xbe", 64), Catch::Contains("VDI"));
    CHECK_THAT(named("LUKS\xba\xbe"), Catch::Contains("encrypted"));
    CHECK_THAT(named("\x1f\x8b"), Catch::Contains("gzip"));
    CHECK_THAT(named("\x28\xb5\x2f\xfd"), Catch::Contains("zstd"));
}

TEST_CASE("a file without the size of a disk is refused, and so is anything but a file") {
    for (const auto size : {0, 1, 512, 65535, 65537, 66000})
        CHECK_THAT(Disk(std::string(static_cast<std::size_t>(size), 'x')).refusal(),
                   Catch::Contains("not a disk"));
    CHECK_THROWS_WITH(checkedDiskFormat("/dev/null"), Catch::Contains("not a file"));
    CHECK_THROWS_WITH(checkedDiskFormat("/tmp"), Catch::Contains("not a file"));
    CHECK_THROWS_WITH(checkedDiskFormat("/nowhere"), Catch::Contains("cannot open"));
    const TempDir temp("/tmp");
    REQUIRE(::mkfifo(temp.file("pipe").c_str(), 0600) == 0);
    CHECK_THROWS_WITH(checkedDiskFormat(temp.file("pipe")), Catch::Contains("not a file"));
}

TEST_CASE("any bytes in a header give a qcow2 or an image error") {
    std::mt19937 random(7); // NOLINT: the same bytes every time
    const Disk disk(qcow2());
    for (int round = 0; round < 300; ++round) {
        auto bytes = qcow2();
        for (std::size_t at = 4; at < 112; ++at) {
            if (random() % 4 == 0) bytes[at] = static_cast<char>(random());
        }
        writeFile(disk.path(), bytes);
        bool isQcow2 = false;
        try {
            isQcow2 = checkedDiskFormat(disk.path()) == DiskFormat::Qcow2;
        } catch (const Error& error) {
            isQcow2 = error.code() == ErrorCode::Image;
        }
        CHECK(isQcow2);
    }
}
