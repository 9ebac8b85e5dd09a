#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::image {

inline constexpr std::size_t kTarBlock = 512;

/// What the outer archive of an image needs of a tar header (POSIX pax(1); GNU and V7 tars as well).
struct TarHeader {
    std::string name;
    std::string linkTarget;
    std::uint64_t size = 0; ///< of the data behind the header
    char type = '0';

    /// Throws Error{Image} naming `what` and the offset for a bad checksum or number.
    static TarHeader parse(std::string_view block, std::uint64_t offset, const std::string& what);
};

/// What pax and GNU extensions say of the next member.
struct TarExtensions {
    std::optional<std::string> name;
    std::optional<std::string> linkTarget;
    std::optional<std::uint64_t> size;

    /// Throws Error{Image} for records that cannot be read, a key that is there twice, and sparse files.
    void addPax(std::string_view records, const std::string& what);
    /// Puts them over the header. Throws Error{Image} when the two sizes differ, though the header could hold
    /// it.
    void applyTo(TarHeader& header, const std::string& what) const;
};

bool isZeroBlock(std::string_view block);

} // namespace rootlayer::image
