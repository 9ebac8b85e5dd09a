#include "guest-agent/script/busybox.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "guest-agent/base/mounting.hh"

namespace rootlayer::guest {

namespace {

constexpr std::chrono::seconds kTimeout{60};

void copyProgram(const std::string& from, const std::string& to) {
    FileSource source(from, "busybox");
    const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
    if (!target || ::fchmod(target.get(), 0755) != 0)
        throw systemError(fmt::format("cannot make {}", quote(to)));
    FdSink sink(target.get(), quote(to));
    copy(source, sink);
}

} // namespace

void installBusybox(const std::string& busybox, const std::string& directory) {
    makeDirectory(directory);
    const std::string copied = directory + "/busybox";
    copyProgram(busybox, copied);
    Command list;
    list.argv = {busybox, "--list"};
    const std::string applets = requireCommand(list, Deadline::after(kTimeout), "listing busybox's applets");
    for (std::size_t at = 0; at < applets.size();) {
        const auto end = std::min(applets.find('\n', at), applets.size());
        const std::string applet = applets.substr(at, end - at);
        at = end + 1;
        if (applet.empty() || applet == "busybox") continue;
        if (::symlink("busybox", fmt::format("{}/{}", directory, applet).c_str()) != 0) {
            throw systemError(fmt::format("cannot make a link for busybox's {}", quote(applet)));
        }
    }
}

} // namespace rootlayer::guest
