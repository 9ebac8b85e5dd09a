// The fuzz target of the index of a converted layer, a file of the cache that may be damaged. Any bytes must
// be refused, or give entries that are in the file.

#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "memory_file.hh"
#include "store/layer_index.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

void check(const store::IndexEntry& entry, std::size_t size) {
    const auto& attributes = entry.attributes;
    require(attributes.path.empty() && attributes.type <= layer::EntryType::Fifo);
    std::size_t bytes = attributes.linkTarget.size();
    for (const auto& [name, value] : attributes.xattrs)
        bytes += name.size() + value.size();
    require(bytes <= size);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile file(text(data, size));
    const auto error = refusal([&] {
        const store::LayerIndex index(file.path());
        for (const char* path : {"", "usr", "usr/bin", "usr/bin/tool", "usr/lib", "zzz", "etc/passwd"}) {
            const auto found = refusal([&] {
                if (const auto entry = index.find(path)) check(*entry, size);
            });
            require(!found || found->code() == ErrorCode::Internal);
        }
    });
    require(!error || error->code() == ErrorCode::Internal);
    return 0;
}
