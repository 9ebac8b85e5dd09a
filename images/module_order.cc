#include "images/module_order.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <set>
#include <sstream>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "images/decompressor.hh"

namespace rootlayer::images {

namespace {

constexpr std::uint64_t kMaxIndex = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxModule = std::uint64_t{64} << 20;

struct Module {
    std::string path;
    std::vector<std::string> needs; ///< paths in the order of depmod: direct dependencies first
};

class ModuleIndex final {
  public:
    explicit ModuleIndex(const std::string& directory) : m_directory(directory) {
        std::istringstream dependencies(
            readFile(directory + "/modules.dep", "kernel's module index", kMaxIndex));
        for (std::string line; std::getline(dependencies, line);)
            addModule(line);
        std::istringstream builtin(
            readFile(directory + "/modules.builtin", "kernel's module index", kMaxIndex));
        for (std::string line; std::getline(builtin, line);)
            m_builtin.insert(moduleName(line));
    }

    bool has(const std::string& name) const { return m_modules.contains(name); }

    void append(const std::string& name, std::vector<std::string>& order) {
        const auto found = m_modules.find(name);
        if (found == m_modules.end()) {
            if (m_builtin.contains(name)) return;
            throw Error(ErrorCode::Machine,
                        fmt::format("the kernel in {} has no module {} and does not have it built in",
                                    quote(m_directory), name),
                        "use Debian's cloud kernel (the default), or a kernel with this driver");
        }
        if (!m_seen.insert(name).second) return;
        for (const auto& path : found->second.needs)
            append(moduleName(path), order);
        order.push_back(found->second.path);
    }

  private:
    void addModule(const std::string& line) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) return;
        Module module{line.substr(0, colon), {}};
        std::istringstream needs(line.substr(colon + 1));
        for (std::string path; needs >> path;)
            module.needs.push_back(path);
        m_modules.emplace(moduleName(module.path), std::move(module));
    }

    std::string m_directory;
    std::map<std::string, Module> m_modules;
    std::set<std::string> m_builtin;
    std::set<std::string> m_seen;
};

} // namespace

const std::vector<std::string>& wantedModules() {
    static const std::vector<std::string> names{"virtio_pci", "virtio_console", "virtio_blk", "virtio_rng",
                                                "overlay",    "squashfs",       "ext4"};
    return names;
}

const std::vector<std::string>& usefulModules() {
    static const std::vector<std::string> names{"fuse"};
    return names;
}

bool isLateModule(std::string_view name) {
    return name == "virtio_blk";
}

std::string moduleName(std::string_view path) {
    path = path.substr(path.find_last_of('/') + 1);
    std::string name(path.substr(0, path.find('.')));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::vector<std::string> moduleOrder(const std::string& directory, const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& useful) {
    ModuleIndex index(directory);
    std::vector<std::string> order;
    for (const auto& name : wanted)
        index.append(moduleName(name), order);
    for (const auto& name : useful) {
        if (index.has(moduleName(name))) index.append(moduleName(name), order);
    }
    return order;
}

std::string readModule(const std::string& path) {
    auto bytes = readFile(path, "kernel module", kMaxModule);
    if (path.ends_with(".ko")) return bytes;
    return decompressed(bytes, kMaxModule, fmt::format("the kernel module {}", quote(path)));
}

} // namespace rootlayer::images
