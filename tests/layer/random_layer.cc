#include "random_layer.hh"

#include <cstdint>
#include <map>

#include "layer/order.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"

namespace rootlayer::test {

using namespace layer;
namespace gen = rc::gen;

namespace {

/// An entry to add to a tree, if it fits.
struct Seedling {
    std::string path;
    int kind = 0; ///< EntryType, or one more for a whiteout
    Entry metadata;
    std::string data;
    std::size_t pick = 0; ///< which of the earlier files a hard link names
};

constexpr int kWhiteout = 7;
using Tree = std::map<std::string, Seedling, LayerOrder>;

rc::Gen<std::string> bytesWithout(std::string excluded, Names names = Names::Any) {
    const auto bytes = names == Names::Any ? gen::arbitrary<char>() : gen::inRange<char>(1, 127);
    return gen::suchThat(
        gen::nonEmpty(gen::container<std::string>(bytes)),
        [excluded](const std::string& text) { return text.find_first_of(excluded) == std::string::npos; });
}

rc::Gen<std::string> components(Names names) {
    const auto odd = gen::element<std::string>(
        "a", "b", "ab", "a-b", "a.b", " ", "a b", "\n", "\"", "'", "\\", "\\n", "$x", "-x", "\t", "\x7f",
        ".a", "...", ".wh", "#", std::string(99, 'n'), std::string(100, 'm'), std::string(255, 'l'));
    const auto high = gen::element<std::string>("\xff\xfe", "\xc3\xa9", "a\x80");
    const auto any = gen::suchThat(bytesWithout(std::string("/\0", 2), names), [](const std::string& name) {
        return name != "." && name != ".." && !isWhiteoutName(name) && name.size() < 250;
    });
    return gen::oneOf(odd, odd, names == Names::Any ? high : odd, any);
}

rc::Gen<std::string> paths(Names names) {
    return gen::exec([names] {
        auto path = *components(names);
        for (int depth = *gen::inRange(0, 4); depth > 0; --depth)
            path += '/' + *components(names);
        return path;
    });
}

template <typename Number>
rc::Gen<Number> around(std::initializer_list<Number> edges, Number most) {
    return gen::oneOf(gen::elementOf(std::vector<Number>(edges)), gen::inRange<Number>(0, most));
}

rc::Gen<std::map<std::string, std::string>> xattrs(std::size_t maxName) {
    return gen::exec([maxName] {
        std::map<std::string, std::string> result;
        for (int count = *gen::inRange(-4, 4); count > 0; --count) {
            auto name = "user." + *bytesWithout(std::string("=\0", 2));
            if (name.size() < maxName && !name.starts_with("user.overlay."))
                result[name] = *gen::nonEmpty<std::string>();
        }
        if (*gen::inRange(0, 5) == 0) result["system.posix_acl_access"] = *gen::nonEmpty<std::string>();
        if (*gen::inRange(0, 5) == 0)
            result["security.capability"] = std::string("\1\0\0\2", 4) + std::string(16, '\3');
        return result;
    });
}

rc::Gen<Seedling> seedlings(Names names) {
    return gen::exec([names] {
        Seedling seedling;
        seedling.path = *paths(names);
        seedling.kind = *gen::inRange(0, kWhiteout + 1);
        auto& entry = seedling.metadata;
        entry.mode = *gen::inRange<std::uint32_t>(0, 010000);
        entry.uid = *around<std::uint32_t>({0, 2097151, 2097152, 4294967294}, 70000);
        entry.gid = *around<std::uint32_t>({0, 2097151, 2097152, 4294967294}, 70000);
        entry.mtime = *around<std::int64_t>({0, 1, 8589934591, 8589934592}, 1LL << 36);
        entry.linkTarget = *gen::oneOf(paths(names), bytesWithout(std::string(1, '\0'), names));
        entry.devMajor = *around<std::uint32_t>({1, 4095, 2097151}, 4096);
        entry.devMinor = *around<std::uint32_t>({0, 1048575, 2097151}, 4096);
        entry.xattrs = *xattrs(names == Names::Any ? 250 : 100);
        seedling.data =
            *gen::oneOf(gen::arbitrary<std::string>(),
                        gen::map(gen::inRange(500, 1600), [](int size) { return std::string(size, 'd'); }));
        seedling.pick = *gen::arbitrary<std::size_t>();
        return seedling;
    });
}

/// Adds the parent directories of a path. False if another entry is in the way.
bool makeParents(Tree& tree, const Seedling& seedling) {
    for (auto slash = seedling.path.find('/'); slash != std::string::npos;
         slash = seedling.path.find('/', slash + 1)) {
        const auto parent = seedling.path.substr(0, slash);
        if (tree.contains(whiteoutEntry(parent).path)) return false;
        auto directory = seedling;
        directory.path = parent;
        directory.kind = static_cast<int>(EntryType::Directory);
        const auto [at, isNew] = tree.emplace(parent, directory);
        if (at->second.kind != static_cast<int>(EntryType::Directory)) return false;
    }
    return true;
}

void plant(Tree& tree, const Seedling& seedling) {
    const auto whiteout = whiteoutEntry(seedling.path).path;
    if (baseName(whiteout).size() > kMaxComponent && seedling.kind == kWhiteout) return;
    if (!makeParents(tree, seedling)) return;
    if (tree.contains(seedling.path) || tree.contains(whiteout)) return;
    tree.emplace(seedling.kind == kWhiteout ? whiteout : seedling.path, seedling);
}

Entry grown(const Seedling& seedling) {
    if (seedling.kind == kWhiteout) return whiteoutEntry(seedling.path);
    Entry entry = seedling.metadata;
    entry.path = seedling.path;
    entry.type = static_cast<EntryType>(seedling.kind);
    if (entry.type == EntryType::File) entry.size = seedling.data.size();
    if (entry.type != EntryType::Symlink) entry.linkTarget.clear();
    if (entry.type != EntryType::CharDevice && entry.type != EntryType::BlockDevice)
        entry.devMajor = entry.devMinor = 0;
    if (entry.type == EntryType::CharDevice && entry.devMajor == 0) entry.devMajor = 1;
    return entry;
}

Items itemsOf(const Tree& tree) {
    Items items;
    std::vector<Entry> linkable;
    for (const auto& [path, seedling] : tree) {
        auto entry = grown(seedling);
        if (entry.type == EntryType::HardLink) {
            if (linkable.empty())
                entry.type = EntryType::Fifo;
            else
                entry = hardLink(path, linkable[seedling.pick % linkable.size()]);
        }
        if (entry.type != EntryType::Directory && entry.type != EntryType::HardLink &&
            seedling.kind != kWhiteout)
            linkable.push_back(entry);
        items.push_back({entry, entry.type == EntryType::File && entry.size > 0 ? seedling.data : ""});
    }
    return items;
}

} // namespace

rc::Gen<Items> randomLayers(Names names) {
    return gen::map(gen::container<std::vector<Seedling>>(seedlings(names)),
                    [](const std::vector<Seedling>& seeds) {
                        Tree tree;
                        for (const auto& seedling : seeds)
                            plant(tree, seedling);
                        return itemsOf(tree);
                    });
}

Items randomLayer(std::uint64_t seed, Names names) {
    return randomLayers(names)(rc::Random(seed), 150).value();
}

} // namespace rootlayer::test
