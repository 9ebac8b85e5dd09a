#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>

#include "base/temp_dir.hh"
#include "guest-agent/base/root_path.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;
namespace fs = std::filesystem;

namespace {

ino_t inodeOf(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) FAIL("no " << path);
    return status.st_ino;
}

/// A root with links of every kind, as strings: "d" a directory, "f" a file, else a link's target.
const std::map<std::string, std::string> kTree{{"", "d"},
                                               {"a", "d"},
                                               {"a/b", "d"},
                                               {"a/b/f", "f"},
                                               {"a/up", ".."},
                                               {"a/abs", "/a"},
                                               {"a/out", "../../../outside"},
                                               {"a/self", "self"},
                                               {"up", ".."},
                                               {"abs", "/"},
                                               {"out", "/outside"},
                                               {"f", "f"},
                                               {"b", "a/b"},
                                               {"chain", "a/up/a/abs/b"}};

/// path_resolution(7) within the root, on the table alone. Returns the name in the table.
class Resolver {
  public:
    std::optional<std::string> resolve(const std::string& path) {
        if (path.empty()) return std::nullopt;
        m_at.clear();
        m_links = 0;
        if (!walk(path)) return std::nullopt;
        return join(m_at, "/");
    }

  private:
    const std::string* here() const {
        const auto found = kTree.find(join(m_at, "/"));
        return found == kTree.end() ? nullptr : &found->second;
    }

    bool walk(const std::string& path) {
        if (path.starts_with('/')) m_at.clear();
        for (const auto& part : split(path, '/')) {
            const auto* now = here();
            if (*now != "d") return false;
            if (part.empty() || part == ".") continue;
            if (part == "..") {
                if (!m_at.empty()) m_at.pop_back();
                continue;
            }
            m_at.push_back(part);
            now = here();
            if (now == nullptr) return false;
            if (*now == "d" || *now == "f") continue;
            if (++m_links > 40) return false;
            m_at.pop_back();
            if (!walk(*now)) return false;
        }
        return true;
    }

    std::vector<std::string> m_at;
    int m_links = 0;
};

} // namespace

TEST_CASE("every path of four components in a hostile root ends where a root of its own would put it",
          "[A1]") {
    const TempDir directory(fs::temp_directory_path().string());
    const fs::path top = directory.path();
    fs::create_directory(top / "outside");
    const fs::path root = top / "root";
    std::map<ino_t, std::string> names;
    for (const auto& [name, kind] : kTree) {
        const auto path = name.empty() ? root : root / name;
        if (kind == "d") {
            fs::create_directory(path);
        } else if (kind == "f") {
            std::ofstream(path) << name;
        } else {
            fs::create_symlink(kind, path);
        }
        names[inodeOf(path)] = name;
    }
    const UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    Resolver resolver;
    const std::vector<std::string> parts{"",    ".",   "..",   "a", "b",     "up",
                                         "abs", "out", "self", "f", "chain", "outside"};
    const auto check = [&](const std::string& path) {
        std::optional<std::string> name;
        if (const auto opened = guest::openInRoot(fd.get(), path, O_PATH)) {
            struct stat status {};
            ::fstat(opened->get(), &status);
            name = names.contains(status.st_ino) ? names[status.st_ino] : "OUT OF THE ROOT";
        }
        const auto expected = resolver.resolve(path);
        holds(name == expected,
              [&] { return path + " is " + name.value_or("none") + ", not " + expected.value_or("none"); });
    };
    for (std::size_t size = 1; size <= 4; ++size) {
        eachList(parts, size, [&](const std::vector<std::string>& list) {
            check(join(list, "/"));
            check("/" + join(list, "/"));
        });
    }
}
