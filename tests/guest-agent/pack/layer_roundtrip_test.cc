// The central property: the layer, applied to its base, gives the tree that the script left. Random changes
// on a real overlayfs are packed and applied to a copy of the base by a simple implementation of OCI
// layer.md.

#include <array>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/process.hh"
#include "layer/tar_validator.hh"
#include "layer/whiteout.hh"
#include "tests/guest-agent/overlay.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using layer::Entry;
using layer::EntryType;

namespace {

std::string shell(const std::string& directory, const std::string& script) {
    Command command;
    command.argv = {"/bin/sh", "-ec", script};
    command.workdir = directory;
    return requireCommand(command, Deadline::after(std::chrono::seconds(60)), "a test's script");
}

// The times of directories are left out: one that differs in nothing else is not in the layer (W14).
const std::string kSnapshot =
    "find . -mindepth 1 -type d -printf '%p %y %m %U:%G\\n' -o -type f -printf '%p %y %m %U:%G %T@ ' "
    "-exec md5sum {} ';' -o -printf '%p %y %m %U:%G %l\\n' | sort";

class Applier final {
  public:
    explicit Applier(std::string root) : m_root(std::move(root)) {}

    void apply(const std::string& tar) {
        layer::TarValidator validator(
            {}, [&](const Entry& entry) { put(entry); },
            [&](std::string_view bytes) { m_content.append(bytes); });
        validator.write(tar);
        validator.finish();
        flush();
    }

  private:
    std::string at(const std::string& path) const { return m_root + "/" + path; }

    void put(const Entry& entry) {
        flush();
        if (layer::isWhiteoutPath(entry.path)) return removeTree(at(layer::removedPath(entry.path)));
        struct stat there {};
        const bool exists = ::lstat(at(entry.path).c_str(), &there) == 0;
        const bool merges = exists && S_ISDIR(there.st_mode) && entry.type == EntryType::Directory;
        if (exists && !merges) removeTree(at(entry.path));
        if (!merges) make(entry);
        if (entry.type == EntryType::Symlink || entry.type == EntryType::HardLink) return;
        m_pending = entry;
    }

    void make(const Entry& entry) {
        const auto path = at(entry.path);
        switch (entry.type) {
        case EntryType::Directory:
            REQUIRE(::mkdir(path.c_str(), 0700) == 0);
            break;
        case EntryType::Symlink:
            REQUIRE(::symlink(entry.linkTarget.c_str(), path.c_str()) == 0);
            break;
        case EntryType::HardLink:
            REQUIRE(::link(at(entry.linkTarget).c_str(), path.c_str()) == 0);
            break;
        default:
            break;
        }
    }

    void flush() {
        if (m_pending.path.empty()) return;
        const auto path = at(m_pending.path);
        if (m_pending.type == EntryType::File) writeFile(path, m_content);
        REQUIRE(::chmod(path.c_str(), m_pending.mode) == 0);
        const std::array<timespec, 2> times{timespec{m_pending.mtime, 0}, timespec{m_pending.mtime, 0}};
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
        m_pending = {};
        m_content.clear();
    }

    std::string m_root;
    Entry m_pending;
    std::string m_content;
};

/// Random changes to a few names, so that they affect each other.
std::string randomDeeds(unsigned seed) {
    std::mt19937 random(seed);
    const auto upTo = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    const auto name = [&] {
        std::string path(1, static_cast<char>('a' + upTo(3)));
        for (unsigned depth = upTo(3); depth > 0; --depth)
            path += fmt::format("/{}", static_cast<char>('a' + upTo(3)));
        return path;
    };
    std::string script;
    for (int i = 0; i < 40; ++i) {
        const auto one = name();
        const auto two = name();
        switch (upTo(8)) {
        case 0:
        case 1:
            script += fmt::format("rm -rf {}\n", one);
            break;
        case 2:
        case 3:
            script += fmt::format("mkdir -p {} || :\n", one);
            break;
        case 4:
            script += fmt::format("echo {} > {} || :\n", i, one);
            break;
        case 5:
            script += fmt::format("ln {} {} || :\n", one, two);
            break;
        case 6:
            script += fmt::format("mv -T {} {} || :\n", one, two);
            break;
        default:
            script += fmt::format("chmod {} {} || :\n", upTo(2) == 0 ? "700" : "755", one);
        }
    }
    // Whole seconds, as a layer has them.
    return "exec 2>/dev/null\n" + script +
           "find . -type f -newermt @1650000000 -exec touch -d @1700000000 {} +\n";
}

void makeBase(Tree& lower) {
    for (const char* top : {"a", "b"}) {
        lower.directory(top);
        for (const char* middle : {"a", "b"}) {
            const auto directory = fmt::format("{}/{}", top, middle);
            lower.directory(directory)
                .file(directory + "/a", directory)
                .file(directory + "/b", "")
                .symlink(directory + "/c", "a");
        }
        lower.file(fmt::format("{}/c", top), "c");
    }
    lower.file("c", "top");
}

} // namespace

TEST_CASE("the layer on its base is the tree that the script left, whatever it did",
          "[W1][W3][W5][W6][W7][W9][W14]") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        Trees trees;
        makeBase(trees.lower);
        const auto left = trees.directory.file("left");
        const auto deeds = randomDeeds(seed);
        CAPTURE(deeds);
        if (!changeOnOverlay(trees, fmt::format("{}{} > {}", deeds, kSnapshot, left))) return;
        shell(trees.directory.path(), "cp -a lower applied");
        Applier(trees.directory.file("applied")).apply(trees.tar());
        REQUIRE(shell(trees.directory.file("applied"), kSnapshot) == readFile(left, "snapshot", 1'000'000));
    }
}
