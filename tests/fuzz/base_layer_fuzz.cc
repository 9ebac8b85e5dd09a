// The fuzz target of a base's layers, which two readers apply: the conversion for the guest, and the merged
// tree of export and diff. Both must accept or refuse a layer. The merged tree must be a canonical layer, and
// stay the same when it is read again; the index of the converted layer must have every name of its tree.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "layer/tar_validator.hh"
#include "memory_file.hh"
#include "store/flat_tree.hh"
#include "store/layer_filter.hh"
#include "store/layer_index.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

constexpr std::uint64_t kMost = std::uint64_t{32} << 20;

/// Refuses what is too long to compare, such as a sparse file of terabytes.
struct TooLong {};

class Bounded final : public Sink {
  public:
    void write(std::string_view bytes) override {
        if (m_bytes.size() + bytes.size() > kMost) throw TooLong();
        m_bytes += bytes;
    }
    const std::string& bytes() const { return m_bytes; }

  private:
    std::string m_bytes;
};

std::optional<Error> flatten(std::string_view tar, std::string& canonical) {
    return refusal([&] {
        StringSource source(tar);
        store::FileSpool spool("/dev/shm");
        store::FlatTree tree(&spool, nullptr);
        tree.add(source);
        Bounded out;
        const auto entries = tree.write(out);
        require(entries >= tree.extent().names);
        canonical = out.bytes();
    });
}

std::optional<store::IndexName> findIn(const store::LayerIndex& index, std::string_view path) {
    std::optional<store::IndexName> found = index.root();
    while (found && !path.empty()) {
        const auto name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        found = index.find(*found, name);
    }
    return found;
}

void checkIndex(store::LayerTree& tree) {
    const MemoryFile file({});
    store::writeLayerIndex(tree, file.path(), nullptr);
    const store::LayerIndex index(file.path());
    tree.visit([&](const store::Node& node, const std::string& path) {
        const auto found = findIn(index, path);
        require(found && found->whiteout == node.whiteout && found->opaque == node.opaque);
        if (node.inode) {
            auto attributes = node.inode->attributes;
            attributes.path.clear();
            require(index.attributes(found->number) == attributes);
        }
    });
    require(!findIn(index, "a name that is not there"));
}

std::optional<Error> convert(std::string_view tar) {
    return refusal([&] {
        const store::LowerLayers none({});
        store::LayerFilter filter(none, nullptr);
        StringSource source(tar);
        Bounded out;
        if (!filter.run(source, out)) {
            StringSource again(tar);
            Bounded second;
            require(filter.run(again, second));
        }
        checkIndex(filter.tree());
    });
}

void checkCanonical(const std::string& canonical) {
    layer::TarValidator validator;
    validator.write(canonical);
    require(validator.finish().whiteouts == 0);
    std::string again;
    require(!flatten(canonical, again) && again == canonical);
}

/// Holes take time to read, and a sparse file may have terabytes of them.
bool isSparse(std::string_view tar) {
    return tar.find("GNU.sparse") != std::string_view::npos || tar.find("ustar  ") != std::string_view::npos;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto tar = text(data, size);
    if (isSparse(tar)) return 0;
    try {
        std::string canonical;
        const auto flat = flatten(tar, canonical);
        const auto converted = convert(tar);
        for (const auto* error : {&flat, &converted}) {
            if (!*error) continue;
            require((*error)->code() == ErrorCode::Image || (*error)->code() == ErrorCode::Layer);
            require(fitsTerminal((*error)->what()));
        }
        if (flat.has_value() != converted.has_value())
            std::fprintf(stderr, "flat: %s\nconverted: %s\n", flat ? flat->what() : "accepted",
                         converted ? converted->what() : "accepted");
        require(flat.has_value() == converted.has_value());
        if (!flat) checkCanonical(canonical);
    } catch (const TooLong&) {
        return 0;
    }
    return 0;
}
