#include "disk/guestfish.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/no_broken_pipe.hh"
#include "base/poll.hh"
#include "base/system_error.hh"
#include "disk/guestfish_fault.hh"

namespace rootlayer::disk {

namespace {

constexpr const char* kMessages = "messages";
constexpr std::uint64_t kMaxMessages = std::uint64_t{1} << 20;
constexpr std::size_t kMaxAnswer = std::size_t{1} << 20;

std::string randomWord() {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw systemError("cannot get random bytes");
    std::string word;
    for (const auto byte : bytes)
        word += fmt::format("{:02x}", byte);
    return word;
}

/// Runs guestfish without the variables that would redirect it (guestfs(3), "ENVIRONMENT VARIABLES").
std::vector<std::string> commandLine(const std::string& directory, const std::vector<std::string>& settings) {
    std::vector<std::string> argv{"env"};
    for (const char* name :
         {"LIBGUESTFS_PATH", "LIBGUESTFS_APPEND", "LIBGUESTFS_ATTACH_METHOD", "LIBGUESTFS_BACKEND_SETTINGS",
          "LIBGUESTFS_MEMSIZE", "GUESTFISH_INIT", "GUESTFISH_PID", "SUPERMIN_KERNEL", "SUPERMIN_MODULES",
          "SUPERMIN_KERNEL_VERSION"}) {
        argv.insert(argv.end(), {"-u", name});
    }
    argv.insert(argv.end(),
                {"LC_ALL=C", "LIBGUESTFS_BACKEND=direct", "HOME=" + directory, "TMPDIR=" + directory,
                 "LIBGUESTFS_TMPDIR=" + directory, "LIBGUESTFS_CACHEDIR=" + directory});
    argv.insert(argv.end(), settings.begin(), settings.end());
    argv.emplace_back("guestfish");
    return argv;
}

} // namespace

Guestfish::Guestfish(std::string what, Options options)
    : m_what(std::move(what)), m_options(std::move(options)), m_directory(m_options.directory),
      m_marker(randomWord()) {
    if (!findProgram("guestfish")) {
        throw Error(ErrorCode::System, "disk: needs libguestfs, but guestfish is not installed",
                    "apt-get install libguestfs-tools");
    }
    start();
}

void Guestfish::start() {
    Pipe commands = makePipe();
    Pipe output = makePipe();
    Pipe input = makePipe();
    const UniqueFd messages(::open(m_directory.file(kMessages).c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (!messages) throw systemError("cannot create a temporary file");
    Command command{commandLine(m_directory.path(), m_options.environment)};
    command.stdinFd = commands.reader.get();
    command.stdoutFd = output.writer.get();
    command.stderrFd = messages.get();
    command.keepFds = {input.reader.get()};
    command.newSession = true; // signals of the terminal must not reach it
    m_child = Child::start(command);
    m_commands = std::move(commands.writer);
    m_output = std::move(output.reader);
    m_inputReader = std::move(input.reader);
    m_input = std::move(input.writer);
    ::fcntl(m_commands.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(m_input.get(), F_SETFL, O_NONBLOCK);
}

Guestfish::~Guestfish() {
    if (!m_child) return;
    m_child.reset();
    m_directory.destroy();
}

std::string Guestfish::word(std::string_view text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (std::isalnum(code) != 0 || std::string_view("/._-+:@,=").find(byte) != std::string_view::npos)
            quoted += byte;
        else
            quoted += fmt::format("\\x{:02x}", code);
    }
    return quoted + '"';
}

std::string Guestfish::inputName() const {
    return fmt::format("/dev/fd/{}", m_inputReader.get());
}

std::vector<std::string> Guestfish::ask(const std::string& command) {
    send(fmt::format("{}\necho {}\n", command, m_marker));
    const auto end = m_marker + "\n";
    std::size_t found = 0;
    while ((found = m_answer.find(end)) == std::string::npos) {
        if (!readMore() || m_answer.size() > kMaxAnswer) fail();
    }
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < found;) {
        const auto newline = m_answer.find('\n', at);
        lines.push_back(m_answer.substr(at, newline - at));
        at = newline + 1;
    }
    m_answer.erase(0, found + end.size());
    return lines;
}

void Guestfish::tellLast(const std::string& command) {
    send(command + "\n");
    m_commands.reset();
}

std::size_t Guestfish::read(std::span<char> buffer) {
    const auto got = m_answer.empty() ? readSome(buffer) : std::min(buffer.size(), m_answer.size());
    if (!m_answer.empty()) {
        std::copy_n(m_answer.begin(), got, buffer.begin());
        m_answer.erase(0, got);
    }
    if (got == 0 && m_child) finish();
    return got;
}

void Guestfish::feed(std::string_view bytes) {
    write(m_input.get(), bytes);
}

void Guestfish::finish() {
    m_commands.reset();
    m_input.reset();
    m_inputReader.reset();
    while (readMore())
        m_answer.clear();
    const auto status = m_child->wait(Deadline::after(m_options.timeout), &m_options.cancel);
    if (!status || !status->success()) fail();
    m_child.reset();
}

void Guestfish::send(std::string_view text) {
    write(m_commands.get(), text);
}

void Guestfish::write(int fd, std::string_view bytes) {
    const NoBrokenPipe guard;
    auto deadline = Deadline::after(m_options.timeout);
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            deadline = Deadline::after(m_options.timeout);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) fail();
        // We hold the read end of its input, so only its output shows that guestfish has exited.
        std::array<pollfd, 3> waits{
            {{fd, POLLOUT, 0}, {m_options.cancel.pollFd(), POLLIN, 0}, {m_output.get(), 0, 0}}};
        pollFiles(waits, deadline.pollTimeout());
        m_options.cancel.check();
        if ((waits[2].revents & POLLHUP) != 0 || deadline.expired()) fail();
    }
}

bool Guestfish::readMore() {
    std::array<char, 65536> buffer{};
    const auto got = readSome(buffer);
    m_answer.append(buffer.data(), got);
    return got > 0;
}

std::size_t Guestfish::readSome(std::span<char> buffer) {
    const auto deadline = Deadline::after(m_options.timeout);
    for (;;) {
        std::array<pollfd, 2> waits{{{m_output.get(), POLLIN, 0}, {m_options.cancel.pollFd(), POLLIN, 0}}};
        pollFiles(waits, deadline.pollTimeout());
        m_options.cancel.check();
        if (deadline.expired()) fail();
        if (waits[0].revents == 0) continue;
        const auto got = ::read(m_output.get(), buffer.data(), buffer.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw systemError("cannot read guestfish's output");
    }
}

void Guestfish::fail() {
    constexpr auto lastWords = std::chrono::seconds(10);
    // If guestfish has stopped reading, it is about to exit.
    const auto status = m_child->wait(Deadline::after(lastWords), &m_options.cancel);
    if (!status) {
        throw Error(ErrorCode::Timeout,
                    fmt::format("libguestfs did not respond for {} s with {}",
                                std::chrono::duration_cast<std::chrono::seconds>(m_options.timeout).count(),
                                m_what),
                    "run libguestfs-test-tool to see whether it works here");
    }
    throw guestfishFault(m_what, readFile(m_directory.file(kMessages), "guestfish's messages", kMaxMessages));
}

} // namespace rootlayer::disk
