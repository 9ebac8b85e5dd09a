#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "base/unique_fd.hh"
#include "cli/json_events.hh"
#include "cli/progress.hh"

using namespace rootlayer;
using namespace rootlayer::cli;
using Kind = Event::Kind;

namespace {

/// Captures stderr while it lives.
class CapturedStderr final {
  public:
    CapturedStderr() : m_saved(::dup(STDERR_FILENO)) {
        const auto file = ::fopen(m_directory.file("err").c_str(), "w");
        ::dup2(::fileno(file), STDERR_FILENO);
        ::fclose(file);
    }
    ~CapturedStderr() { restore(); }

    std::string text() {
        restore();
        return readFile(m_directory.file("err"), "output", 1 << 20);
    }

  private:
    void restore() {
        std::fflush(stderr);
        if (m_saved) ::dup2(m_saved.get(), STDERR_FILENO);
        m_saved.reset();
    }

    TempDir m_directory{"/tmp"};
    UniqueFd m_saved;
};

std::string printed(ProgressStyle style, const std::vector<Event>& events, bool verbose = false) {
    CapturedStderr captured;
    {
        const auto progress = makeProgress(style, verbose);
        for (const auto& event : events)
            progress->onEvent(event);
    }
    return captured.text();
}

/// Set while it lives.
class Variable final {
  public:
    Variable(const char* name, const char* value) : m_name(name) { ::setenv(name, value, 1); }
    ~Variable() { ::unsetenv(m_name); }

  private:
    const char* m_name;
};

const Event kEscapes{.kind = Kind::Output, .text = "red \x1b[31m\nbell \x07 \xff\ttab\n", .stream = 1};

} // namespace

TEST_CASE("on a terminal what the script prints cannot move the cursor", "[A8][B16]") {
    CHECK(printed(ProgressStyle::Tty, {kEscapes}) == "red \\x1b[31m\nbell \\x07 \\xff\ttab\n");
}

TEST_CASE("into a file the script's output goes as it is") {
    CHECK(printed(ProgressStyle::Plain, {kEscapes}) == kEscapes.text);
    CHECK(printed(ProgressStyle::Quiet, {kEscapes}) == kEscapes.text);
}

TEST_CASE("plain progress has a line for each phase and warning") {
    const std::vector<Event> events{{.kind = Kind::PhaseStarted, .phase = "pack"},
                                    {.kind = Kind::Warning, .text = "a socket was left out"},
                                    {.kind = Kind::PhaseFinished, .phase = "pack"}};
    CHECK(printed(ProgressStyle::Plain, events) ==
          "rootlayer: packing the layer\nrootlayer: warning: a socket was left out\n");
    CHECK(printed(ProgressStyle::Plain, events, true).ends_with("rootlayer: pack took 0.000 s\n"));
}

TEST_CASE("quiet progress has the script's output and nothing else") {
    CHECK(printed(ProgressStyle::Quiet, {{.kind = Kind::PhaseStarted, .phase = "pack"},
                                         {.kind = Kind::Note, .text = "n"},
                                         {.kind = Kind::Warning, .text = "w"}})
              .empty());
}

TEST_CASE("JSON progress is one object a line, whatever the script prints", "[B16]") {
    const auto text = printed(ProgressStyle::Json, {kEscapes, {.kind = Kind::PhaseStarted, .phase = "pack"}});
    const auto end = text.find('\n');
    CHECK(nlohmann::json::parse(text.substr(0, end))["event"] == "output");
    auto started = nlohmann::json::parse(text.substr(end + 1));
    started.erase("time");
    CHECK(started == nlohmann::json{{"event", "phase-started"}, {"phase", "pack"}});
}

TEST_CASE("each event of JSON progress has its time") {
    const Event event{.kind = Kind::Progress,
                      .phase = "pack",
                      .done = 5,
                      .total = 7,
                      .time =
                          std::chrono::system_clock::time_point(std::chrono::milliseconds(1767225599042))};
    CHECK(printed(ProgressStyle::Json, {event}) ==
          R"({"event":"progress","time":"2025-12-31T23:59:59.042000Z","phase":"pack","done":5,"total":7})"
          "\n");
    const Event now{.kind = Kind::Note, .text = "n"};
    CHECK(now.time.time_since_epoch().count() > 0);
}

TEST_CASE("the result is the last event of JSON progress, and the last line of the others") {
    const Outcome outcome{0, {}, {}, {{"layer", "a\x1b.tar", "sha256:1", 2048, 1, {}}}};
    const Event event{
        .kind = Kind::Finished, .elapsed = std::chrono::milliseconds(1250), .outcome = &outcome};
    const auto json = nlohmann::json::parse(printed(ProgressStyle::Json, {event}));
    CHECK(json["event"] == "result");
    CHECK(json["exitStatus"] == 0);
    CHECK(json["seconds"] == 1.25);
    CHECK(json["products"][0] == nlohmann::json{{"kind", "layer"},
                                                {"place", "a\\x1b.tar"},
                                                {"digest", "sha256:1"},
                                                {"bytes", 2048},
                                                {"entries", 1}});
    const std::string line = "rootlayer: a\\x1b.tar: 2.0 KiB, 1 entry, in 1.2 s\n";
    CHECK(printed(ProgressStyle::Plain, {event}) == line);
    CHECK(printed(ProgressStyle::Tty, {event}) == line);
    CHECK(printed(ProgressStyle::Quiet, {event}).empty());
}

TEST_CASE("a script that failed is a result without products") {
    const Outcome outcome{
        3, "the script exited with status 3", "use more --memory", {}, ScriptFailure::OutOfMemory};
    const Event event{.kind = Kind::Finished, .outcome = &outcome};
    const auto json = nlohmann::json::parse(printed(ProgressStyle::Json, {event}));
    CHECK(json["exitStatus"] == 3);
    CHECK(json["exitReason"] == "the script exited with status 3");
    CHECK(json["code"] == "out-of-memory");
    CHECK(json["hint"] == "use more --memory");
    CHECK(json["option"] == "--memory");
    CHECK(json["products"].empty());
    CHECK(printed(ProgressStyle::Plain, {event}).empty());
}

TEST_CASE("an error is one JSON object too") {
    const Error error(ErrorCode::Image, "it is \xff broken", "another");
    const auto json = nlohmann::json::parse(jsonLine(error, 125, std::chrono::milliseconds(500)));
    CHECK(json["event"] == "error");
    CHECK(json["exitStatus"] == 125);
    CHECK(json["seconds"] == 0.5);
    CHECK(json["code"] == "bad-image");
    CHECK(json["hint"] == "another");
    // The command reports it, so the observer must not report it again.
    CHECK(printed(ProgressStyle::Json, {{.kind = Kind::Failed, .error = &error}}).empty());
}

TEST_CASE("the status line has no colour under NO_COLOR") {
    const Variable variable("NO_COLOR", "1");
    CHECK(printed(ProgressStyle::Tty, {{.kind = Kind::PhaseStarted, .phase = "pack"}})
              .starts_with("packing the layer ...\r"));
}

TEST_CASE("the status line is wiped away before anything else is printed") {
    const auto text = printed(ProgressStyle::Tty, {{.kind = Kind::PhaseStarted, .phase = "pack"}, kEscapes});
    CHECK(text.starts_with("\x1b[2mpacking the layer ...\x1b[0m\r\x1b[Kred "));
    CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("a terminal gets a status line unless it is a dumb one") {
    const UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY));
    if (terminal) REQUIRE(::unlockpt(terminal.get()) == 0);
    // Not by its name: a chroot may have another /dev/pts, or none.
    const UniqueFd other(::ioctl(terminal.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY));
    if (!other) {
        WARN("there are no pseudo-terminals here; skipped");
        return;
    }
    const UniqueFd saved(::dup(STDERR_FILENO));
    ::dup2(other.get(), STDERR_FILENO);
    const auto styleWith = [](const char* term) {
        const Variable variable("TERM", term);
        return automaticStyle();
    };
    const auto dumb = styleWith("dumb");
    const auto capable = styleWith("xterm");
    ::dup2(saved.get(), STDERR_FILENO);
    CHECK(dumb == ProgressStyle::Plain);
    CHECK(capable == ProgressStyle::Tty);
}

TEST_CASE("an unknown style of progress is refused with the known ones") {
    CHECK(progressStyleFromName("json") == ProgressStyle::Json);
    try {
        progressStyleFromName("fancy");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.hint() == "auto, tty, plain, json or quiet");
    }
}
