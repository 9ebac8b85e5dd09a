#include "base/seal.hh"

#include <fmt/format.h>
#include <sstream>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/file_age.hh"
#include "base/page_digest.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kFirstLine = "rootlayer-seal 2";
constexpr std::string_view kFirstLineWithoutDigest = "rootlayer-seal 1";
constexpr std::string_view kEnd = "end";

bool isHexDigest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The lines between the first and the last; nullopt if one of those two is wrong.
std::optional<std::string> bodyOf(const std::string& text) {
    const auto first = text.find('\n');
    if (first == std::string::npos || !text.ends_with('\n')) return std::nullopt;
    const auto last = text.rfind('\n', text.size() - 2);
    if (last == std::string::npos || last < first) return std::nullopt;
    const auto above = text.substr(0, last + 1);
    const auto end = text.substr(last + 1, text.size() - last - 2);
    const bool whole = text.starts_with(fmt::format("{}\n", kFirstLine))
                           ? end == fmt::format("{} {}", kEnd, sha256(above).hex())
                           : text.starts_with(fmt::format("{}\n", kFirstLineWithoutDigest)) && end == kEnd;
    if (!whole) return std::nullopt;
    return above.substr(first + 1);
}

std::optional<Seal::File> parseFile(const std::string& kind, const std::string& hex, std::istream& rest) {
    Seal::File file;
    if ((kind != "file" && kind != "pages") || !isHexDigest(hex) || !(rest >> file.size >> file.name))
        return std::nullopt;
    file.digest = Digest::fromHex(hex);
    file.sparse = kind == "pages";
    return file;
}

} // namespace

void Seal::add(const std::string& directory, const std::string& fileName, const CancelToken* cancel) {
    auto source = std::make_unique<FileSource>(directory + "/" + fileName, "cache file");
    settle(source->fd());
    const auto size = fileSize(source->fd());
    if (cancel == nullptr) {
        files.push_back({fileName, size, sha256(*source)});
    } else {
        CancellableSource cancellable(std::move(source), *cancel);
        files.push_back({fileName, size, sha256(cancellable)});
    }
}

void Seal::addSparse(const std::string& directory, const std::string& fileName, const CancelToken* cancel) {
    const auto file = openInput(directory + "/" + fileName, "cache file");
    settle(file.get());
    const auto digest = pageDigest(file.get(), quote(fileName), cancel);
    files.push_back({fileName, fileSize(file.get()), digest, true});
}

const std::string& Seal::fact(const std::string& key) const {
    if (const auto found = facts.find(key); found != facts.end()) return found->second;
    throw Error(ErrorCode::Internal, fmt::format("the seal of a cache entry has no {}", key),
                "remove the cache");
}

const Seal::File& Seal::file(const std::string& fileName) const {
    for (const auto& file : files) {
        if (file.name == fileName) return file;
    }
    throw Error(ErrorCode::Internal, fmt::format("a cache entry has no file {}", quote(fileName)));
}

std::string encodeSeal(const Seal& seal) {
    auto text = fmt::format("{}\n", kFirstLine);
    for (const auto& [key, value] : seal.facts)
        text += fmt::format("fact {} {}\n", key, value);
    for (const auto& file : seal.files)
        text += fmt::format("{} {} {} {}\n", file.sparse ? "pages" : "file", file.digest.hex(), file.size,
                            file.name);
    return text + fmt::format("{} {}\n", kEnd, sha256(text).hex());
}

std::optional<Seal> decodeSeal(const std::string& text) {
    const auto body = bodyOf(text);
    if (!body) return std::nullopt;
    std::istringstream lines(*body);
    std::string line;
    Seal seal;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string kind;
        std::string first;
        words >> kind >> first;
        if (kind == "fact") {
            std::getline(words >> std::ws, seal.facts[first]);
            continue;
        }
        auto file = parseFile(kind, first, words);
        if (!file) return std::nullopt;
        seal.files.push_back(*std::move(file));
    }
    return seal;
}

} // namespace rootlayer
