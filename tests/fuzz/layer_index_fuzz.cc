// The fuzz target of the index of a converted layer, a file of the cache that may be damaged. Any bytes must
// be refused, or give entries that are in the file.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "memory_file.hh"
#include "store/layer_index.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

void check(const layer::Entry& attributes, std::size_t size) {
    require(attributes.path.empty() && attributes.type <= layer::EntryType::Fifo);
    std::size_t bytes = attributes.linkTarget.size();
    for (const auto& [name, value] : attributes.xattrs)
        bytes += name.size() + value.size();
    require(bytes <= size);
}

/// Looks up the names of a path, one below the other.
void walk(const store::LayerIndex& index, std::initializer_list<const char*> names, std::size_t size) {
    std::optional<store::IndexName> found = index.root();
    for (const char* name : names) {
        if (found) found = index.find(*found, name);
    }
    if (found) check(index.attributes(found->number), size);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile file(text(data, size));
    const auto error = refusal([&] {
        const store::LayerIndex index(file.path());
        for (const auto& names : std::initializer_list<std::initializer_list<const char*>>{
                 {}, {"usr"}, {"usr", "bin"}, {"usr", "bin", "tool"}, {"usr", "lib"}, {"zzz"}}) {
            const auto found = refusal([&] { walk(index, names, size); });
            require(!found || found->code() == ErrorCode::Internal);
        }
    });
    require(!error || error->code() == ErrorCode::Internal);
    return 0;
}
