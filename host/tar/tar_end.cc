#include "tar/tar_end.hh"

#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "tar/tar_header.hh"

namespace rootlayer::tar {

namespace {

constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;
constexpr std::uint64_t kMaxZeros = std::uint64_t{16} << 20;
// eStargz puts its table of contents there, about 400 bytes of JSON for each file.
constexpr std::uint64_t kMaxTrailing = std::uint64_t{1} << 30;

constexpr const char* kZeroBlocks = "tar-end-blocks";
constexpr const char* kTrailing = "after-tar-end";

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

} // namespace

void TarEnd::writeTo(std::map<std::string, std::string>& facts) const {
    if (missing()) facts[kZeroBlocks] = std::to_string(zeroBlocks);
    if (junk) facts[kTrailing] = std::to_string(trailing);
}

TarEnd TarEnd::readFrom(const std::map<std::string, std::string>& facts) {
    const auto number = [&](const char* key, std::uint64_t otherwise) {
        const auto found = facts.find(key);
        if (found == facts.end()) return otherwise;
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), otherwise);
        return otherwise;
    };
    TarEnd end;
    end.zeroBlocks = static_cast<unsigned>(number(kZeroBlocks, 2));
    end.trailing = number(kTrailing, 0);
    end.junk = end.trailing > 0;
    return end;
}

TarEnd readTarEnd(const std::function<std::string_view(std::uint64_t most)>& piece) {
    TarEnd end{1};
    std::size_t second = 0;
    while (second < kTarBlock) {
        const auto bytes = piece(kTarBlock - second);
        if (bytes.empty() && second == 0) return end;
        if (bytes.empty()) refuse("the tar is cut off within its end");
        if (!isZeroBlock(bytes)) refuse("the first end block is followed by other data");
        second += bytes.size();
    }
    end.zeroBlocks = 2;
    for (;;) {
        const auto bytes = piece(kPiece);
        if (bytes.empty()) return end;
        end.trailing += bytes.size();
        end.junk = end.junk || !isZeroBlock(bytes);
        if (!end.junk && end.trailing > kMaxZeros) refuse("there is endless padding after the tar's end");
        if (end.trailing > kMaxTrailing)
            refuse(fmt::format("more than {} bytes follow the tar's end", kMaxTrailing));
    }
}

void requireNothingAfter(const TarEnd& end) {
    if (end.junk) refuse(fmt::format("there is junk after the tar's end ({} bytes)", end.trailing));
}

std::string warningOf(const TarEnd& end, std::string_view what) {
    if (!end.missing()) return {};
    return fmt::format("{} does not end with two zero blocks as a tar must; it may be truncated", what);
}

} // namespace rootlayer::tar
