#include "guest-agent/script/script_plan.hh"

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/root_path.hh"

namespace rootlayer::guest {

namespace {

constexpr std::uint64_t kMaxAccounts = std::uint64_t{16} << 20;
// Docker's default.
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void checkText(const std::string& text, const char* what) {
    if (text.find('\0') == std::string::npos) return;
    throw Error(ErrorCode::Input, fmt::format("{} {} has a NUL byte", what, quote(text)));
}

void checkRequest(const protocol::RunRequest& request) {
    for (const auto& entry : request.env)
        checkText(entry, "the environment's entry");
    for (const auto& argument : request.args)
        checkText(argument, "the argument");
    checkText(request.workdir, "the working directory");
    checkText(request.shell, "the shell");
}

Identity identityIn(int root, const std::string& user) {
    const auto passwd = readInRoot(root, "etc/passwd", kMaxAccounts);
    const auto group = readInRoot(root, "etc/group", kMaxAccounts);
    return findIdentity(user, passwd.value_or(""), group.value_or(""));
}

} // namespace

ScriptPlan planScript(const protocol::RunRequest& request, std::string script, const ScriptPlaces& places) {
    checkRequest(request);
    const UniqueFd root(::open(places.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw systemError("cannot open the script's root");

    ScriptPlan plan;
    plan.places = places;
    plan.script = std::move(script);
    plan.identity = identityIn(root.get(), request.user);
    plan.workdir = request.workdir.empty() ? "/" : request.workdir;
    plan.environment = request.env;
    setDefault(plan.environment, "PATH", kDefaultPath);
    setDefault(plan.environment, "HOME", plan.identity.home);

    const std::string own = fmt::format("/{}", kOwnDirectory);
    plan.keepTmp = request.keepTmp;
    plan.withBusybox = !isProgramInRoot(root.get(), "bin/sh") && ::access(places.busybox.c_str(), X_OK) == 0;
    if (plan.withBusybox) extendPath(plan.environment, own + "/bin");
    plan.command =
        commandFor(plan.script, own + "/script",
                   {request.args, request.shell, plan.withBusybox ? own + "/bin/sh" : "", request.trace});
    return plan;
}

} // namespace rootlayer::guest
