#include <cstdint>
#include <rootlayer/run_spec.hh>

#include "base/file.hh"

namespace rootlayer {

namespace {
constexpr std::uint64_t kMaxScript = std::uint64_t{64} << 20;
}

ScriptSpec ScriptSpec::fromFile(const std::string& path) {
    return {path, readFile(path, "script", kMaxScript), true};
}

} // namespace rootlayer
