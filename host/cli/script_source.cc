#include "cli/script_source.hh"

#include <cstdint>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/stream.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kMaxScript = std::uint64_t{64} << 20;

} // namespace

ScriptSpec scriptFrom(const std::string& path, const std::optional<std::string>& commands) {
    if (commands && !path.empty()) {
        throw Error(ErrorCode::Usage, "--script and -c are both given", "use only one of them");
    }
    if (commands) return {"-c", *commands, true};
    if (path.empty()) return {};
    if (path != "-") return ScriptSpec::fromFile(path);
    FdSource source(STDIN_FILENO, "standard input");
    return {"standard input", readAll(source, kMaxScript, "the script on standard input"), true};
}

} // namespace rootlayer::cli
