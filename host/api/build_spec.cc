#include <rootlayer/build_spec.hh>

#include "builder/distinct_files.hh"

namespace rootlayer {

void requireDistinctFiles(const BuildSpec& spec, const std::vector<NamedFile>& others) {
    auto files = builder::writtenFiles(spec);
    files.insert(files.end(), others.begin(), others.end());
    builder::requireDistinct(files);
}

} // namespace rootlayer
