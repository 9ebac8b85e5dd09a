#include "builder/closure_graph.hh"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/json.hh"
#include "layer/order.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"
#include "tar/entry_path.hh"

namespace rootlayer::builder {

namespace {

constexpr std::size_t kMaxFile = std::size_t{256} << 20;
constexpr JsonLimits kLimits{kMaxFile, 64, 20'000'000};
constexpr std::size_t kListed = 10;
constexpr const char* kSeeDocs = "see docs/layered.md for the form of the graph";

[[noreturn]] void refuse(const std::string& what, std::string_view why, std::string hint = kSeeDocs) {
    throw Error(ErrorCode::Input, fmt::format("{} {}", what, why), std::move(hint));
}

std::vector<std::string> referencesOf(const Json& item, const std::string& path, const std::string& what) {
    std::vector<std::string> result;
    const Json* references = item.find("references");
    if (references == nullptr || !references->isArray())
        refuse(what, fmt::format("has no list \"references\" for the path {}", quote(path)));
    for (const auto& each : references->items()) {
        if (!each.isString())
            refuse(what, fmt::format("has a reference of the path {} that is no text", quote(path)));
        result.push_back(each.string());
    }
    return result;
}

bool isGraph(const Json& json) {
    return json.isArray() && std::all_of(json.items().begin(), json.items().end(), [](const Json& item) {
               return item.find("path") != nullptr && item.find("references") != nullptr;
           });
}

std::vector<ClosurePath> fromList(const Json& list, const std::string& what) {
    std::vector<ClosurePath> closure;
    for (const auto& item : list.items()) {
        const Json* path = item.find("path");
        if (path == nullptr || !path->isString())
            refuse(what, fmt::format("has no text \"path\" in item {}", closure.size() + 1));
        closure.push_back({path->string(), referencesOf(item, path->string(), what)});
    }
    return closure;
}

/// The object that `nix path-info --json` writes since Nix 2.19: its members are named by the paths.
std::vector<ClosurePath> fromPathInfo(const Json& object, const std::string& what) {
    std::vector<ClosurePath> closure;
    for (const auto& member : object.members())
        closure.push_back({member.name, referencesOf(member.value, member.name, what)});
    return closure;
}

/// Adds a graph to others; they may have paths in common.
void unite(std::vector<ClosurePath>& all, std::vector<ClosurePath> graph, std::set<std::string>& known) {
    std::vector<std::string> added;
    for (auto& each : graph) {
        if (known.contains(each.path)) continue;
        added.push_back(each.path);
        all.push_back(std::move(each));
    }
    known.insert(added.begin(), added.end());
}

/// The attributes of a Nix build: all graphs among them.
std::vector<ClosurePath> fromAttributes(const Json& object, const std::string& what) {
    std::vector<ClosurePath> closure;
    std::set<std::string> known;
    bool any = false;
    for (const auto& member : object.members()) {
        if (!isGraph(member.value) || member.value.items().empty()) continue;
        any = true;
        unite(closure, fromList(member.value, what), known);
    }
    if (!any) refuse(what, "has no list of paths");
    return closure;
}

/// Removes the paths that the graph names as not wanted in the image, and the references to them.
void leaveOut(std::vector<ClosurePath>& closure, const Json& object, const std::string& what) {
    const Json* without = object.find("without");
    if (without == nullptr) return;
    std::set<std::string> unwanted;
    for (const auto& each : without->items()) {
        if (!each.isString()) refuse(what, "has something in the list \"without\" that is no text");
        unwanted.insert(each.string());
    }
    std::erase_if(closure, [&](const ClosurePath& each) { return unwanted.contains(each.path); });
    for (auto& each : closure)
        std::erase_if(each.references, [&](const auto& reference) { return unwanted.contains(reference); });
}

bool isPathInfo(const Json& object) {
    return !object.members().empty() && object.members().front().name.starts_with('/');
}

bool isCanonical(const std::string& path) {
    if (!path.starts_with('/') || !layer::fitsPath(path.substr(1))) return false;
    return path.size() > 1 && path == "/" + tar::joined(tar::entryPath(path));
}

void requireCanonical(const std::string& path, const std::string& what) {
    if (!isCanonical(path)) {
        refuse(what, fmt::format("has the path {}, which is not below the root", quote(path)),
               "write paths as they are in the image: /opt/app, without \".\", \"..\" and empty names");
    }
    for (const auto name : tar::entryPath(path)) {
        if (layer::isWhiteoutName(name))
            refuse(what, fmt::format("has {}, which would be a deletion in an image", quote(path)),
                   "rename it");
    }
}

bool isInside(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

struct ByPath {
    bool operator()(const ClosurePath& a, const ClosurePath& b) const {
        return layer::comparePaths(a.path, b.path) < 0;
    }
};

} // namespace

std::vector<ClosurePath> parseClosure(std::string_view json, const std::string& what) {
    const auto document = Json::parse(json, what, kLimits);
    if (document.isArray()) return fromList(document, what);
    if (!document.isObject()) refuse(what, "is neither a list nor an object");
    if (isPathInfo(document)) return fromPathInfo(document, what);
    const Json* paths = document.find("paths");
    auto closure =
        paths != nullptr && paths->isArray() ? fromList(*paths, what) : fromAttributes(document, what);
    leaveOut(closure, document, what);
    return closure;
}

std::vector<ClosurePath> readClosure(const std::string& file) {
    const auto what = "--closure " + quote(file);
    auto closure = parseClosure(readFile(file, "--closure", kMaxFile), what);
    sortClosure(closure);
    checkClosure(closure, what);
    return closure;
}

void sortClosure(std::vector<ClosurePath>& closure) {
    std::sort(closure.begin(), closure.end(), ByPath());
}

void checkClosure(const std::vector<ClosurePath>& closure, const std::string& what) {
    for (const auto& each : closure)
        requireCanonical(each.path, what);
    for (std::size_t i = 1; i < closure.size(); ++i) {
        const auto& path = closure[i].path;
        const auto& before = closure[i - 1].path;
        if (path == before)
            refuse(what, fmt::format("has the path {} twice", quote(path)), "give each path once");
        if (isInside(path, before)) {
            refuse(what, fmt::format("has the path {}, which is inside {}", quote(path), quote(before)),
                   "remove one of the two");
        }
    }
    for (const auto& each : closure) {
        for (const auto& reference : each.references) {
            if (std::binary_search(closure.begin(), closure.end(), ClosurePath{reference, {}}, ByPath()))
                continue;
            refuse(what,
                   fmt::format("has a reference from {} to {}, which is not in the graph", quote(each.path),
                               quote(reference)),
                   "add the path, or remove the reference");
        }
    }
}

void requirePresent(const std::vector<ClosurePath>& closure, const std::string& root) {
    std::vector<std::string> missing;
    for (const auto& each : closure) {
        struct stat status {};
        const auto path = root + each.path;
        if (::fstatat(AT_FDCWD, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
        if (missing.size() == kListed) {
            missing.emplace_back("...");
            break;
        }
        missing.push_back(quote(each.path));
    }
    if (missing.empty()) return;
    throw Error(ErrorCode::Input,
                fmt::format("paths of the closure are missing below {}: {}", quote(root.empty() ? "/" : root),
                            fmt::join(missing, ", ")),
                "check the graph; --closure-root DIR if the paths are below another directory");
}

} // namespace rootlayer::builder
