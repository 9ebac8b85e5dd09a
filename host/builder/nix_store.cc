#include "builder/nix_store.hh"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "builder/closure_graph.hh"

namespace rootlayer::builder {

namespace {

constexpr std::chrono::minutes kPatience{10};
constexpr std::size_t kLeastLines = 5; // of a path without references
constexpr const char* kDatabase = "image/nix/var/nix/db";
constexpr const char* kRoots = "image/nix/var/nix/gcroots/rootlayer";

void requireProgram(const char* name, std::string_view option, const char* package) {
    if (findProgram(name)) return;
    throw Error(ErrorCode::System, fmt::format("{} needs {}, which is not installed", option, name),
                fmt::format("apt-get install {}", package));
}

std::vector<std::string> linesOf(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::string> storeOption(const std::string& root) {
    if (root.empty()) return {};
    return {"--store", "local?root=" + std::filesystem::absolute(root).string()};
}

[[noreturn]] void refuseRegistration(std::size_t line) {
    throw Error(ErrorCode::Input,
                fmt::format("nix-store --dump-db prints something else in line {}", line + 1),
                "report this as a bug in rootlayer, with the version of Nix");
}

void makeDirectory(const std::string& path) {
    constexpr mode_t mode = 0755;
    std::filesystem::create_directories(path);
    // Whatever the umask is.
    for (auto at = path; at.size() > path.find("/image/nix"); at.resize(at.rfind('/')))
        ::chmod(at.c_str(), mode);
}

void copyInto(const std::string& directory, const std::string& file) {
    constexpr mode_t mode = 0644;
    const auto target = directory + file.substr(file.rfind('/'));
    std::filesystem::copy_file(file, target);
    ::chmod(target.c_str(), mode);
}

} // namespace

std::vector<ClosurePath> parseRegistration(std::string_view text) {
    const auto lines = linesOf(text);
    std::vector<ClosurePath> closure;
    for (std::size_t at = 0; at < lines.size();) {
        if (lines.size() - at < kLeastLines || !lines[at].starts_with('/')) refuseRegistration(at);
        const auto& count = lines[at + kLeastLines - 1];
        std::size_t references = 0;
        const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), references);
        if (error != std::errc() || end != count.data() + count.size() ||
            references > lines.size() - at - kLeastLines)
            refuseRegistration(at + kLeastLines - 1);
        const auto first = lines.begin() + static_cast<std::ptrdiff_t>(at + kLeastLines);
        closure.push_back({lines[at], {first, first + static_cast<std::ptrdiff_t>(references)}});
        at += kLeastLines + references;
    }
    return closure;
}

NixStore::NixStore(std::string root, CancelToken cancel)
    : m_root(std::move(root)), m_cancel(std::move(cancel)) {
    requireProgram("nix-store", "--nix-closure", "nix-bin");
}

std::string NixStore::registration(const std::vector<std::string>& paths) const {
    std::vector<std::string> query{"--query", "--requisites", "--"};
    query.insert(query.end(), paths.begin(), paths.end());
    const auto found = linesOf(ask(query, "--nix-closure"));
    std::vector<std::string> dump{"--dump-db"};
    // The same paths give the same text.
    const std::set<std::string> sorted(found.begin(), found.end());
    dump.insert(dump.end(), sorted.begin(), sorted.end());
    return ask(dump, "--nix-closure");
}

std::string NixStore::ask(const std::vector<std::string>& words, const std::string& what) const {
    Command command{{"nix-store"}};
    const auto store = storeOption(m_root);
    command.argv.insert(command.argv.end(), store.begin(), store.end());
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    const auto output = runCommand(command, Deadline::after(kPatience), &m_cancel);
    if (output.status.success()) return output.out;
    throw Error(ErrorCode::Input, fmt::format("{}: nix-store failed: {}", what, escaped(output.err)),
                "nix-store --query --requisites PATH shows whether the store has the path");
}

NixDatabase::NixDatabase(const std::string& registration, const std::string& temporaryDirectory,
                         const CancelToken& cancel)
    : m_directory(temporaryDirectory) {
    requireProgram("sqlite3", "--nix-db", "sqlite3");
    load(registration, cancel);
    addRoots(registration);
}

void NixDatabase::load(const std::string& registration, const CancelToken& cancel) const {
    const auto store = m_directory.file("store");
    writeFile(m_directory.file("registration"), registration);
    const auto input = openInput(m_directory.file("registration"), "--nix-db");
    Command command{{"nix-store", "--store", "local?root=" + store, "--load-db"}};
    command.stdinFd = input.get();
    requireCommand(command, Deadline::after(kPatience), "loading the Nix database", &cancel);
    const auto database = store + "/nix/var/nix/db";
    // nix-store gives the present as the time of registration. A new file is free of the traces of changes.
    requireCommand({{"sqlite3", "-batch", "-init", "/dev/null", database + "/db.sqlite",
                     "PRAGMA journal_mode = DELETE; UPDATE ValidPaths SET registrationTime = 1; VACUUM;"}},
                   Deadline::after(kPatience), "fixing the times of the Nix database", &cancel);
    makeDirectory(m_directory.file(kDatabase));
    for (const auto* name : {"/db.sqlite", "/schema"})
        copyInto(m_directory.file(kDatabase), database + name);
}

/// The paths to which no other refers keep all others.
void NixDatabase::addRoots(const std::string& registration) const {
    const auto closure = parseRegistration(registration);
    std::set<std::string> used;
    for (const auto& each : closure) {
        for (const auto& reference : each.references) {
            if (reference != each.path) used.insert(reference);
        }
    }
    makeDirectory(m_directory.file(kRoots));
    for (const auto& each : closure) {
        if (used.contains(each.path)) continue;
        const auto link = m_directory.file(kRoots) + each.path.substr(each.path.rfind('/'));
        if (::symlink(each.path.c_str(), link.c_str()) != 0) throw systemError("cannot create a root of Nix");
    }
}

Contents NixDatabase::contents() const {
    return {.source = m_directory.file("image/nix"), .destination = "/nix"};
}

} // namespace rootlayer::builder
