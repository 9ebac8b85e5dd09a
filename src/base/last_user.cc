#include "base/last_user.hh"

#include <algorithm>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/output_file.hh"

namespace rootlayer {

namespace {

constexpr std::size_t kMax = 512;
constexpr const char* kFile = "/used-by";
constexpr std::string_view kCut = "...";

std::string bounded(const std::string& user) {
    // Cut before escaping, so that no escape sequence is split.
    auto text = escaped(user);
    for (auto most = kMax; text.size() > kMax; --most)
        text = escaped(std::string_view(user).substr(0, most)) + std::string(kCut);
    return text;
}

std::string read(const std::string& directory) {
    try {
        return readFile(directory + kFile, "cache entry's user", kMax);
    } catch (const Error&) {
        return {};
    }
}

} // namespace

void rememberUser(const std::string& directory, const std::string& user) {
    const auto text = bounded(user);
    if (text.empty() || read(directory) == text) return;
    try {
        OutputFile file(directory + kFile);
        file.write(text);
        file.commit();
    } catch (const Error&) {
        // The entry is complete without it.
    }
}

std::string rememberedUser(const std::string& directory) {
    const auto text = read(directory);
    // Our own text is escaped; text that somebody else wrote may not be.
    const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    return printable ? text : escaped(text).substr(0, kMax);
}

} // namespace rootlayer
