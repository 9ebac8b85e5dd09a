#include "store/node_memory.hh"

#include <cstdint>

namespace rootlayer::store {

namespace {

// libstdc++: colour, parent, left and right before the value of a std::map's node.
constexpr std::uint64_t kMapNode = 32;
// libstdc++: the virtual table and two counts before the value of std::make_shared().
constexpr std::uint64_t kShared = 16;

constexpr std::uint64_t kName =
    blockOf(sizeof(Node)) + blockOf(kMapNode + sizeof(decltype(Node::children)::value_type));
constexpr std::uint64_t kXattr = blockOf(kMapNode + sizeof(decltype(layer::Entry::xattrs)::value_type));

std::size_t inPlace() {
    return std::string().capacity();
}

} // namespace

std::uint64_t memoryOf(const std::string& text) {
    return text.capacity() > inPlace() ? blockOf(text.capacity() + 1) : 0;
}

std::uint64_t memoryOfName(std::string_view name) {
    return kName + (name.size() > inPlace() ? blockOf(name.size() + 1) : 0);
}

std::uint64_t memoryOf(const Inode& inode) {
    auto bytes = blockOf(kShared + sizeof(Inode)) + memoryOf(inode.attributes.path) +
                 memoryOf(inode.attributes.linkTarget);
    for (const auto& [name, value] : inode.attributes.xattrs)
        bytes += kXattr + memoryOf(name) + memoryOf(value);
    if (inode.lowerData) bytes += blockOf(sizeof(LowerFile)) + memoryOf(inode.lowerData->path);
    return bytes;
}

} // namespace rootlayer::store
