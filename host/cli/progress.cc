#include "cli/progress.hh"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "cli/json_events.hh"
#include "cli/standard_streams.hh"
#include "cli/success_line.hh"

namespace rootlayer::cli {

namespace {

using Kind = Event::Kind;

double seconds(std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// The text for a phase in progress.
std::string_view sentence(std::string_view phase) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kSentences{{
        {"base", "reading the base"},
        {"guest-image", "preparing the guest image"},
        {"convert", "converting the base layers"},
        {"disks", "creating the disks"},
        {"disks-again", "creating the disks again"},
        {"template", "preparing the template"},
        {"start", "starting the machine"},
        {"hello", "waiting for the guest"},
        {"assemble", "assembling the root file system"},
        {"before", "running the --before script"},
        {"script", "running the script"},
        {"after", "running the --after script"},
        {"pack", "packing the layer"},
        {"publish", "publishing the output"},
        {"stop", "stopping the machine"},
        {"layers", "reading the layers"},
        {"write", "writing the tree"},
        {"fetch", "fetching the image"},
        {"compress", "compressing the layers"},
        {"unpack", "unpacking the layers"},
    }};
    for (const auto& [name, text] : kSentences) {
        if (name == phase) return text;
    }
    return phase;
}

/// Whether an environment variable has this value; an unset one is empty.
bool says(const char* variable, std::string_view value) {
    const char* text = std::getenv(variable);
    return value == (text == nullptr ? "" : text);
}

/// Text that is safe on a terminal: line ends and tabs stay, everything else that is not printable is
/// escaped.
std::string harmless(std::string_view bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto end = std::min(bytes.find_first_of("\n\t\r", at), bytes.size());
        out += escaped(bytes.substr(at, end - at));
        if (end < bytes.size()) out += bytes[end];
        at = end + 1;
    }
    return out;
}

class PlainProgress final : public Observer {
  public:
    explicit PlainProgress(bool verbose) : m_verbose(verbose) {}

    void onEvent(const Event& event) override {
        switch (event.kind) {
        case Kind::PhaseFinished:
            if (m_verbose)
                toStderr(fmt::format("rootlayer: {} took {:.3f} s\n", event.phase, seconds(event.elapsed)));
            break;
        case Kind::PhaseStarted:
            toStderr(fmt::format("rootlayer: {}\n", sentence(event.phase)));
            break;
        case Kind::Output:
            toStderr(::isatty(STDERR_FILENO) == 1 ? harmless(event.text) : std::string(event.text));
            break;
        case Kind::Warning:
            toStderr(fmt::format("rootlayer: warning: {}\n", event.text));
            break;
        case Kind::Note:
            toStderr(fmt::format("rootlayer: {}\n", event.text));
            break;
        case Kind::Finished:
            if (const auto line = successLine(*event.outcome, event.elapsed); !line.empty())
                toStderr(fmt::format("rootlayer: {}\n", line));
            break;
        case Kind::Progress:
        case Kind::Failed:
            break;
        }
    }

  private:
    bool m_verbose;
};

class TtyProgress final : public Observer {
  public:
    explicit TtyProgress(bool color) : m_color(color) {}
    ~TtyProgress() override { clear(); }

    void onEvent(const Event& event) override {
        clear();
        switch (event.kind) {
        case Kind::PhaseStarted:
            m_status = fmt::format("{} ...", sentence(event.phase));
            break;
        case Kind::PhaseFinished:
            m_status.clear();
            break;
        case Kind::Progress:
            m_status = fmt::format("{} ... {}", sentence(event.phase), amount(event));
            break;
        case Kind::Output:
            toStderr(harmless(event.text));
            m_atLineStart = event.text.empty() ? m_atLineStart : event.text.back() == '\n';
            break;
        case Kind::Warning:
            line(fmt::format("warning: {}", event.text));
            break;
        case Kind::Note:
            line(std::string(event.text));
            break;
        case Kind::Finished:
            if (const auto made = successLine(*event.outcome, event.elapsed); !made.empty()) line(made);
            break;
        case Kind::Failed:
            break;
        }
        show();
    }

  private:
    static std::string amount(const Event& event) {
        if (event.total == 0) return humanSize(event.done);
        return fmt::format("{} of {}", humanSize(event.done), humanSize(event.total));
    }

    void line(const std::string& text) {
        toStderr(fmt::format("{}rootlayer: {}\n", m_atLineStart ? "" : "\n", text));
        m_atLineStart = true;
    }

    void show() {
        if (!m_atLineStart || m_status.empty()) return;
        toStderr(fmt::format("{}{}{}", m_color ? "\x1b[2m" : "", m_status, m_color ? "\x1b[0m" : ""));
        m_shown = true;
    }

    void clear() {
        if (m_shown) toStderr("\r\x1b[K");
        m_shown = false;
    }

    bool m_color;
    std::string m_status;
    bool m_shown = false;
    bool m_atLineStart = true;
};

class JsonProgress final : public Observer {
  public:
    void onEvent(const Event& event) override {
        // The command reports errors itself, since some come from outside the library.
        if (event.kind != Kind::Failed) toStderr(jsonLine(event));
    }
};

class QuietProgress final : public Observer {
  public:
    void onEvent(const Event& event) override {
        if (event.kind != Kind::Output) return;
        toStderr(::isatty(STDERR_FILENO) == 1 ? harmless(event.text) : std::string(event.text));
    }
};

} // namespace

ProgressStyle progressStyleFromName(const std::string& name) {
    return chosenFrom(kProgressStyles, name, "--progress");
}

ProgressStyle automaticStyle() {
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && !says("TERM", "dumb");
    return terminal ? ProgressStyle::Tty : ProgressStyle::Plain;
}

std::unique_ptr<Observer> makeProgress(ProgressStyle style, bool verbose) {
    switch (style) {
    case ProgressStyle::Auto:
        return makeProgress(automaticStyle(), verbose);
    case ProgressStyle::Tty:
        return std::make_unique<TtyProgress>(says("NO_COLOR", ""));
    case ProgressStyle::Json:
        return std::make_unique<JsonProgress>();
    case ProgressStyle::Quiet:
        return std::make_unique<QuietProgress>();
    case ProgressStyle::Plain:
        break;
    }
    return std::make_unique<PlainProgress>(verbose);
}

} // namespace rootlayer::cli
