#include <cstdint>
#include <rootlayer/diff.hh>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "builder/compared_tree.hh"
#include "layer/diff.hh"

namespace rootlayer {

std::uint64_t diff(const std::string& first, const std::string& second, const Settings& settings,
                   const std::function<void(const TreeDifference&)>& report, const DiffOptions& options,
                   const CancelToken& cancel) {
    builder::ComparedTree one(settings, cancel);
    builder::ComparedTree other(settings, cancel);
    one.read(first, options, "the first");
    other.read(second, options, "the second");
    return layer::compareEntries([&] { return one.next(); }, [&] { return other.next(); },
                                 [&](const layer::Difference& difference) {
                                     report({difference.path, difference.field, difference.a, difference.b});
                                 });
}

} // namespace rootlayer
