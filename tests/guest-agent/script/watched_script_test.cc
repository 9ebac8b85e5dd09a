// Real shells read a script that is mounted here: needs root and FUSE, but no machine.

#include <array>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/temp_dir.hh"
#include "guest-agent/script/watched_script.hh"
#include "tests/guest-agent/in_namespace.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

/// Runs `shell DIRECTORY/script` with the directory as its directory, and returns "STATUS at LINE".
std::string watch(const std::string& directory, std::string_view script,
                  const std::vector<std::string>& shell) {
    WatchedScript watched(script);
    if (watched.fd() < 0) throw Error(ErrorCode::System, "cannot: there is no /dev/fuse");
    if (!WatchedScript::mount(watched.fd(), directory)) throw systemError("cannot: mount FUSE");
    const pid_t child = ::fork();
    if (child == 0) {
        const auto path = directory + "/script";
        std::vector<char*> argv;
        for (const auto& word : shell)
            argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(const_cast<char*>(path.c_str()));
        argv.push_back(nullptr);
        // Without a shell it is executed itself.
        ::execv(argv[0], argv.data());
        ::_exit(120);
    }
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        pollfd wait{watched.fd(), POLLIN, 0};
        ::poll(&wait, 1, 10);
        watched.serve();
    }
    const auto line = watched.line();
    ::umount2(directory.c_str(), MNT_DETACH);
    return fmt::format("{} at {}", WEXITSTATUS(status), line);
}

/// nullopt if that is not possible here.
std::optional<std::string> ran(std::string_view script, const std::vector<std::string>& shell) {
    const TempDir directory("/tmp");
    const auto outcome = inMountNamespace([&] {
        // The child reports the result as its outcome.
        throw Error(ErrorCode::Internal, watch(directory.path(), script, shell));
    });
    if (wasDenied(outcome)) return std::nullopt;
    return outcome;
}

const std::vector<std::vector<std::string>> kShells{
    {"/bin/dash"}, {"/bin/bash"}, {"/bin/busybox", "sh"}, {"/bin/dash", "-e"}, {"/bin/bash", "-e"}};

void checkAll(std::string_view script, const std::string& expected) {
    for (const auto& shell : kShells) {
        if (::access(shell[0].c_str(), X_OK) != 0) continue;
        const auto got = ran(script, shell);
        if (!got) return;
        INFO(shell[0] << " " << shell.back() << "\n" << script);
        CHECK(*got == expected);
    }
}

} // namespace

TEST_CASE("the line where a shell ended is known, whatever ended it") {
    checkAll("#!/bin/sh\ntrue\n\nexit 3\necho not reached\n", "3 at 4");
    checkAll("set -e\ntrue\nls /nope 2>/dev/null || exit 2\ntrue\n", "2 at 3");
    checkAll("set -e\ncd /nope 2>/dev/null || exit 1\ntrue\n", "1 at 2");
    checkAll("true\nif true; then\n  exit 4\nfi\ntrue\n", "4 at 4");
    checkAll("f() {\n  exit 5\n}\ntrue\nf\ntrue\n", "5 at 5");
    checkAll("cat >/dev/null <<E\n$(exit 1)\nE\nexit 6\n\n", "6 at 4");
    checkAll("sleep 0 & wait\n:\nexit 7", "7 at 3");
}

TEST_CASE("a script that ran to its end was at its end") {
    checkAll("true\nfalse\n", "1 at 2");
    checkAll("true", "0 at 1");
    checkAll("", "0 at 0");
}

TEST_CASE("a script reads the same from its own name, and can remove it") {
    checkAll("test \"$(tail -n 1 \"$0\")\" = '# end' || exit 1\nwhile read -r l; do n=x$n; done <\"$0\"\n"
             "test $n = xxxxxxx || exit 2\nrm \"$0\" || exit 3\ntest ! -e \"$0\" || exit 4\nexit 9\n# end\n",
             "9 at 6");
    checkAll("test $(stat -c %a \"$0\") = 755 || exit 1\ntest \"$(ls \"${0%/*}\" | tr '\\n' ' ')\" = 'bin "
             "script ' || exit 2\n"
             "(: >>\"$0\") 2>/dev/null && exit 3\nexit 0\n",
             "0 at 4");
}

TEST_CASE("a script that is executed itself is watched in its interpreter") {
    for (const auto* first : {"#!/bin/sh -e\n", "#!/usr/bin/env bash\n"}) {
        // env(1) executes what it is given.
        const auto got = ran(std::string(first) + "true\nexit 8\ntrue\n", {"/usr/bin/env"});
        if (got) CHECK(*got == "8 at 3");
    }
}

TEST_CASE("the line is not known for a script of very many lines") {
    std::string script;
    for (int i = 0; i < 3000; ++i)
        script += ":\n";
    const auto got = ran(script + "exit 9\n", {"/bin/dash"});
    if (got) CHECK(*got == "9 at 0");
}
