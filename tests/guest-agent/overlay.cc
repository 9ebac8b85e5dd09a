#include "overlay.hh"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/process.hh"
#include "in_namespace.hh"

namespace rootlayer::guest {

bool changeOnOverlay(const Trees& trees, const std::string& script) {
    const auto outcome = inMountNamespace([&] {
        const auto work = trees.directory.file("work");
        const auto root = trees.directory.file("root");
        ::mkdir(work.c_str(), 0755);
        ::mkdir(root.c_str(), 0755);
        const auto options =
            fmt::format("lowerdir={},upperdir={},workdir={},redirect_dir=nofollow,metacopy=off,"
                        "index=off,xino=off,volatile",
                        trees.lower.path(), trees.upper.path(), work);
        if (::mount("root", root.c_str(), "overlay", 0, options.c_str()) != 0) {
            throw Error(ErrorCode::System, "cannot: no overlayfs over the temporary directory");
        }
        Command command;
        command.argv = {"/bin/sh", "-ec", script};
        command.workdir = root;
        requireCommand(command, Deadline::after(std::chrono::seconds(60)), "the script");
    });
    if (wasDenied(outcome)) return false;
    REQUIRE(outcome.empty());
    return true;
}

} // namespace rootlayer::guest
