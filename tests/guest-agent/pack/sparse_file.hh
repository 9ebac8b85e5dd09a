#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "base/temp_dir.hh"
#include "base/unique_fd.hh"

namespace rootlayer::test {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// A file on a disk, and the bytes that it must have.
struct SparseFile {
    TempDir directory{"/var/tmp"};
    UniqueFd fd{::open((directory.path() + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    std::string bytes;

    /// What is added is a hole.
    void resize(std::uint64_t size) {
        bytes.resize(size);
        REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
    }
    void write(std::uint64_t at, std::uint64_t size) {
        if (bytes.size() < at + size) bytes.resize(at + size);
        bytes.replace(at, size, size, 'x');
        const char* from = bytes.data() + at;
        REQUIRE(::pwrite(fd.get(), from, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size));
    }
};

} // namespace rootlayer::test
