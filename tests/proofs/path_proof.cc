#include <cstring>
#include <filesystem>
#include <regex>

#include "layer/order.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"
#include "tar/entry_path.hh"
#include "tar/member_name.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

const std::string kLongest(255, 'n');
const std::string kTooLong(256, 'n');

const std::vector<std::string> kComponents{"",   ".",   "..",  "...",   "a",     "b",      ".a",    "..a",
                                           "a.", "a..", "a b", ".wh.a", ".wh..", kLongest, kTooLong};

std::string normal(const std::string& path) {
    auto text = std::filesystem::path(path).lexically_normal().string();
    if (text.ends_with('/')) text.pop_back();
    return text;
}

bool hasLongComponent(const std::string& path) {
    for (const auto& part : split(path, '/')) {
        if (part.size() > 255U + (part.starts_with(".wh.") ? 4 : 0)) return true;
    }
    return false;
}

void checkEntryPath(const std::string& name) {
    const auto path = unlessRefused(ErrorCode::Image, [&] { return tar::joined(tar::entryPath(name)); });
    std::optional<std::string> expected;
    if (!hasLongComponent(name)) {
        expected = normal("/" + name);
        while (expected->starts_with('/'))
            expected->erase(0, 1);
    }
    holds(path == expected, [&] { return name; });
}

void checkMemberName(const std::string& name) {
    const auto read = unlessRefused(ErrorCode::Image, [&] { return tar::memberName(name, "the archive"); });
    static const std::regex leading(R"(^(\./)+)");
    auto rest = std::regex_replace(name, leading, "");
    if (rest.ends_with('/')) rest.pop_back();
    std::optional<std::string> expected;
    if (rest.empty() || rest == ".") {
        expected = "";
    } else if (rest == normal(rest) && !rest.starts_with('/') && rest.substr(0, rest.find('/')) != "..") {
        expected = rest;
    }
    if (name.starts_with('/')) expected.reset();
    holds(read == expected, [&] { return name; });
}

void checkSymlink(const std::string& link, const std::string& target) {
    const auto read =
        unlessRefused(ErrorCode::Image, [&] { return tar::symlinkTarget(link, target, "the archive"); });
    std::optional<std::string> expected;
    const auto parent = std::filesystem::path(link).parent_path().string();
    auto path = normal((parent.empty() ? "./" : parent + "/") + target);
    if (path == ".") path.clear();
    if (!target.empty() && !target.starts_with('/') && path.substr(0, path.find('/')) != "..")
        expected = path;
    holds(read == expected, [&] { return link + " -> " + target; });
}

void checkLayerPath(const std::string& path) {
    const bool taken = unlessRefused(ErrorCode::Layer, [&] {
                           layer::checkPath(path);
                           return true;
                       }).has_value();
    const bool canonical = !path.empty() && path == std::filesystem::path(path).lexically_normal().string() &&
                           !path.starts_with('/') && !path.ends_with('/') && path != "." &&
                           path.substr(0, path.find('/')) != ".." && !hasLongComponent(path);
    holds(taken == canonical, [&] { return path; });
}

/// Whiteouts first, then bytewise, component by component.
std::vector<std::pair<bool, std::string>> orderKey(const std::string& path) {
    std::vector<std::pair<bool, std::string>> key;
    for (const auto& part : split(path, '/'))
        key.emplace_back(part.compare(0, 4, ".wh.") != 0, part);
    return key;
}

} // namespace

TEST_CASE("every path of four components in a tar stays in the root, where lexical resolution puts it",
          "[A1]") {
    for (std::size_t size = 1; size <= 4; ++size) {
        eachList(kComponents, size, [](const std::vector<std::string>& parts) {
            const auto path = join(parts, "/");
            checkEntryPath(path);
            checkEntryPath("/" + path);
        });
    }
}

TEST_CASE("a path in a tar may have 4095 bytes after its resolution, and not one more", "[A1]") {
    for (std::size_t size = 1; size < 20; ++size) {
        for (const std::size_t last : {1, 253, 254, 255}) {
            for (const auto* prefix : {"", "./", "../../", "/x/../"}) {
                std::vector<std::string> parts(size, kLongest);
                parts.back().resize(last);
                const auto plain = join(parts, "/");
                const auto path = unlessRefused(ErrorCode::Image,
                                                [&] { return tar::joined(tar::entryPath(prefix + plain)); });
                holds(path == (plain.size() <= 4095 ? std::optional(plain) : std::nullopt),
                      [&] { return plain; });
            }
        }
    }
}

TEST_CASE("every name of four components of an archive's member is in its simplest form, or refused",
          "[A1]") {
    for (std::size_t size = 1; size <= 4; ++size) {
        eachList(kComponents, size,
                 [](const std::vector<std::string>& parts) { checkMemberName(join(parts, "/")); });
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string name{'a', static_cast<char>(byte), 'b'};
        const bool taken =
            unlessRefused(ErrorCode::Image, [&] { return tar::memberName(name, "the archive"); }).has_value();
        holds(taken == (byte >= 0x20 && byte != 0x7f), [&] { return std::to_string(byte); });
    }
}

TEST_CASE("no symbolic link of four components leads out of an archive", "[A1]") {
    const std::vector<std::string> parts{"", ".", "..", "a", "b", "...", "..a"};
    for (std::size_t size = 1; size <= 4; ++size) {
        eachList(parts, size, [](const std::vector<std::string>& target) {
            for (const auto* link : {"l", "d/l", "d/e/l"})
                checkSymlink(link, join(target, "/"));
        });
    }
}

TEST_CASE("every path of four components of a layer's entry is canonical, or refused", "[A8]") {
    for (std::size_t size = 1; size <= 4; ++size) {
        eachList(kComponents, size,
                 [](const std::vector<std::string>& parts) { checkLayerPath(join(parts, "/")); });
    }
    for (std::size_t size = 4090; size < 4100; ++size) {
        for (const auto* name : {"x", ".wh.x", ".wh..wh..opq"}) {
            std::string path = join(std::vector<std::string>(20, kLongest), "/").substr(0, size);
            path.replace(path.size() - std::strlen(name) - 1, std::string::npos, std::string("/") + name);
            const bool fits = std::string(name) == "x"       ? size <= 4095
                              : std::string(name) == ".wh.x" ? size - 4 <= 4095
                                                             : size - 13 <= 4095;
            holds(layer::fitsPath(path) == fits, [&] { return std::to_string(size) + name; });
        }
    }
}

TEST_CASE("every name of up to eight characters is a whiteout, a reserved one or neither, as OCI says",
          "[A3]") {
    static const std::regex reserved(R"((?:.*/)?\.wh\.(?:|\.|\.\.|\.wh\..*))");
    static const std::regex whiteout(R"((?:.*/)?\.wh\.[^/]*)");
    eachTextUpTo(".wha/", 8, [](const std::string& path) {
        const bool is = path.find('.') != std::string::npos && std::regex_match(path, whiteout);
        bool right = layer::isWhiteoutPath(path) == is;
        if (path.find('/') == std::string::npos) {
            right &= layer::isReservedWhiteout(path) == (is && std::regex_match(path, reserved));
            right &= layer::isWhiteoutName(path) == is && layer::isWhiteoutName(layer::whiteoutName(path));
        }
        right &= layer::whiteoutEntry(path).path.size() == path.size() + 4 &&
                 layer::isWhiteoutPath(layer::whiteoutEntry(path).path) &&
                 layer::removedPath(layer::whiteoutEntry(path).path) == path;
        if (is) right &= layer::whiteoutEntry(layer::removedPath(path)).path == path;
        holds(right, [&] { return path; });
    });
}

TEST_CASE("every two paths of three components are in the order of their components", "[T1]") {
    const std::vector<std::string> parts{"a", "a-", "a.b", ".wh.a", ".wh.", ".wh", "\x01", "\xff"};
    std::vector<std::string> paths;
    for (std::size_t size = 1; size <= 3; ++size)
        eachList(parts, size, [&](const auto& list) { paths.push_back(join(list, "/")); });
    std::vector<std::vector<std::pair<bool, std::string>>> keys;
    std::vector<std::vector<std::string>> plain;
    for (const auto& path : paths) {
        keys.push_back(orderKey(path));
        plain.push_back(split(path, '/'));
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
        for (std::size_t j = 0; j < paths.size(); ++j) {
            holds((layer::compareLayerPaths(paths[i], paths[j]) < 0) == (keys[i] < keys[j]) &&
                      (layer::compareLayerPaths(paths[i], paths[j]) == 0) == (i == j) &&
                      (layer::comparePaths(paths[i], paths[j]) < 0) == (plain[i] < plain[j]),
                  [&] { return paths[i] + " and " + paths[j]; });
        }
    }
}
