#include "cli/output_options.hh"

#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"

namespace rootlayer::cli {

namespace {

constexpr std::int64_t kLastId = 4294967294; // the one after it is lchown's "no change"
constexpr std::uint32_t kModeBits = 07777;

[[noreturn]] void refuse(const std::string& text, std::string_view why) {
    throw Error(
        ErrorCode::Usage, fmt::format("--contents {}: {}", quote(text), why),
        "--contents "
        "SRC[:/DST][,uid=N][,gid=N][,mode=0644][,unpack=no][,format=zip][,dirlinks=copy|keep|follow]");
}

std::uint32_t octal(const std::string& text, std::string_view value) {
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
    if (error != std::errc() || end != value.data() + value.size() || mode > kModeBits)
        refuse(text, "mode is not an octal number up to 7777");
    return mode;
}

DirectoryLinks directoryLinks(const std::string& text, std::string_view value) {
    if (value == "copy") return DirectoryLinks::Copy;
    if (value == "keep") return DirectoryLinks::Keep;
    if (value == "follow") return DirectoryLinks::Follow;
    refuse(text, "dirlinks is copy, keep or follow");
}

void setField(Contents& contents, const std::string& text, std::string_view field) {
    const auto equals = field.find('=');
    const auto name = field.substr(0, equals);
    const auto value =
        equals == std::string_view::npos ? std::string() : std::string(field.substr(equals + 1));
    if (name == "uid") {
        contents.uid = static_cast<std::uint32_t>(parseInteger(value, "--contents uid", 0, kLastId));
    } else if (name == "gid") {
        contents.gid = static_cast<std::uint32_t>(parseInteger(value, "--contents gid", 0, kLastId));
    } else if (name == "mode") {
        contents.mode = octal(text, value);
    } else if (name == "unpack") {
        if (value != "no" && value != "yes") refuse(text, "unpack is yes or no");
        contents.unpack = value == "yes";
    } else if (name == "format") {
        if (value.empty()) refuse(text, "format is empty");
        contents.format = value;
    } else if (name == "dirlinks") {
        contents.directoryLinks = directoryLinks(text, value);
    } else {
        refuse(text, field.empty() ? "a field is empty" : fmt::format("unknown field {}", quote(field)));
    }
}

} // namespace

LayerCompression compressionFromName(const std::string& name) {
    return chosenFrom(kCompressions, name, "--compression");
}

Contents contentsOption(const std::string& text, const Contents& usual) {
    Contents contents = usual;
    const auto comma = std::min(text.find(','), text.size());
    const auto place = text.substr(0, comma);
    const auto colon = std::min(place.find(":/"), place.size());
    contents.source = place.substr(0, colon);
    if (colon < place.size()) contents.destination = place.substr(colon + 1);
    if (contents.source.empty()) refuse(text, "the source is missing");
    for (std::size_t begin = comma; begin < text.size();) {
        const auto end = std::min(text.find(',', begin + 1), text.size());
        setField(contents, text, std::string_view(text).substr(begin + 1, end - begin - 1));
        begin = end;
    }
    return contents;
}

} // namespace rootlayer::cli
