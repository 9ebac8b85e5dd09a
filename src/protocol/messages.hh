#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rootlayer/error.hh>

#include "protocol/control.hh"

/// The payloads of docs/protocol.md as values, with their JSON text. decode() throws Error{Protocol} for a
/// missing or mistyped field; it ignores unknown fields, so that new ones can be added. Strings are bytes
/// (base/escape.hh, toWire). A text of the guest is cut to kMaxText bytes wherever it is decoded.
namespace rootlayer::protocol {

constexpr std::size_t kMaxText = 4000;

/// A range of a disk in bytes. If it is mounted, offset and size are multiples of 512.
struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    /// For a section with layers: the number of layers in it, in directories "0" (the bottom), "1"...; 0: the
    /// section is one layer.
    std::uint64_t directories = 0;
    friend bool operator==(const Section&, const Section&) = default;
};

/// The agent's first message.
struct Hello {
    int protocol = 0;
    std::string agent;  ///< its version
    std::string kernel; ///< uname -r
    std::vector<std::string> features;
    std::uint64_t memory = 0; ///< bytes that Linux can use
    unsigned processors = 0;
};

/// Asks whether the agent is alive, in a machine restored from a template: its Hello was sent before it was
/// frozen. Must come before assemble. Reply: Hello.
struct WakeRequest {
    friend bool operator==(const WakeRequest&, const WakeRequest&) = default;
};

/// Mounts the layers and everything else in the root. Reply: empty.
struct AssembleRequest {
    std::vector<Section> layers; ///< of the layer disk (/dev/vda), bottom first; squashfs or erofs
    std::int64_t clock = 0;      ///< nanoseconds since the epoch, for the guest's clock; 0: unchanged
    std::optional<Section> acls; ///< of the layer disk: the base's ACLs, by layer::encodeAcls()
    std::string entropy;         ///< up to 512 bytes for the kernel's random pool
    std::string hostname = "rootlayer";
    bool rootLater = false; ///< a run request of Step::Before follows; the root is mounted after it
    friend bool operator==(const AssembleRequest&, const AssembleRequest&) = default;
};

/// The addresses that the guest lets the script connect to; the host decides about each connection again.
struct NetworkRequest {
    struct Range {
        std::string prefix;               ///< "10.0.0.0/8"
        std::vector<std::uint16_t> ports; ///< empty: all
        friend bool operator==(const Range&, const Range&) = default;
    };
    std::vector<Range> open;         ///< the longest range that an address is in decides
    std::vector<std::string> closed; ///< prefixes in an open range that are not open
    friend bool operator==(const NetworkRequest&, const NetworkRequest&) = default;
};

/// Which of a run's scripts, in their order.
enum class Step {
    Before, ///< in the upper directory, before the root is mounted
    Script, ///< in the root
    After,  ///< in the upper directory, after the root was unmounted
};

/// "before", "script" or "after", as phases are named.
std::string_view nameOf(Step step);

/// Runs a script. Data frames (Stdout, Stderr) and events are sent while it runs. Reply: RunReply.
struct RunRequest {
    Step step = Step::Script;
    Section script;                ///< of the layer disk, raw bytes
    std::vector<std::string> args; ///< the script's $1...
    std::vector<std::string> env;  ///< "K=V", the whole environment
    std::string workdir = "/";     ///< created if missing, like `docker run -w`
    std::string user;              ///< "", "name", "uid", either with ":group" (OCI config.md, "User")
    std::string shell;             ///< runs a script without shebang, as `SHELL -e SCRIPT`; empty: /bin/sh
    std::uint64_t timeout = 0;     ///< milliseconds; 0: none
    /// Where `args` and `env` (RunWords) are on the layer disk if they do not fit in a frame; they are empty
    /// then.
    std::optional<Section> words = {};
    bool merged = false;  ///< one pipe for stdout and stderr, in order; everything is sent as Stdout
    bool trace = false;   ///< a shell script is run with -x
    bool keepTmp = false; ///< /tmp and /run belong to the root and are packed
    /// The script has a network, over the streams' port (protocol/streams.hh). Absent: it has none.
    std::optional<NetworkRequest> network = {};
    friend bool operator==(const RunRequest&, const RunRequest&) = default;
};

/// A run's arguments and environment, as stored on the layer disk.
struct RunWords {
    std::vector<std::string> args;
    std::vector<std::string> env;
};

/// How the script ended.
struct RunReply {
    enum class How {
        Exited,        ///< `value` is the exit status
        Signalled,     ///< `value` is the signal, from 1 to 64
        NotExecutable, ///< it could not be executed; `message` says why
        NotFound,      ///< its interpreter was not found; `message` names it
        TimedOut,      ///< killed when the timeout passed
        Cancelled,     ///< killed by a Cancel
    };
    How how = How::Exited;
    int value = 0;
    std::string message;
    std::uint64_t peakMemory = 0;                 ///< most bytes used in the whole guest, sampled
    std::uint64_t peakDisk = 0;                   ///< most bytes used on the scratch disk, sampled
    std::uint64_t freeDisk = 0;                   ///< bytes free on it at the end
    std::uint64_t oomKills = 0;                   ///< processes that the OOM killer ended
    std::uint64_t freeInodes = ~std::uint64_t{0}; ///< of the scratch disk at the end; all bits set: unknown
    std::uint64_t line = 0; ///< of a shell script: where the command that ran last ends; 0: unknown
    friend bool operator==(const RunReply&, const RunReply&) = default;
};

/// Sends the layer: Data (Layer) and Range frames, then End with PackEnd. Warnings are sent as events.
struct PackRequest {
    std::optional<std::int64_t> clampMtime; ///< seconds; later times are set to it (SOURCE_DATE_EPOCH)
    /// Seconds; times that lie within the run are set to it, unless the base has the same time.
    std::optional<std::int64_t> resetTo;
    std::string scrub = {}; ///< "debian": leave out what differs from run to run; empty: nothing
    bool ranges = false;    ///< the host reads large files from the scratch disk: Range frames
    bool zeros = false;     ///< with ranges: holes of large files are Range frames too
    friend bool operator==(const PackRequest&, const PackRequest&) = default;
};

/// A count, and the name of the first item counted.
struct Tally {
    std::uint64_t count = 0;
    std::string first;
    void add(std::string_view name) {
        if (count++ == 0) first = name;
    }
    friend bool operator==(const Tally&, const Tally&) = default;
};

struct PackEnd {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    // What the script left that is not in the layer.
    Tally unpacked = {};   ///< names in /tmp, /run and /dev
    Tally attributes = {}; ///< entries with extended attributes that a layer cannot hold
    Tally times = {};      ///< directories of which only the time changed
    friend bool operator==(const PackEnd&, const PackEnd&) = default;
};

/// Ends the conversation: the guest powers off after the reply and unmounts nothing. Reply: empty.
struct ByeRequest {
    friend bool operator==(const ByeRequest&, const ByeRequest&) = default;
};

using Request = std::variant<AssembleRequest, RunRequest, PackRequest, ByeRequest, WakeRequest>;

struct EventMessage {
    enum class Kind {
        Warning,
        Note,
        Heartbeat,
        Refused, ///< the script, which has no network, wanted to reach `text`: a name or an address
    };
    Kind kind = Kind::Heartbeat;
    std::string text;
    std::uint16_t port = 0; ///< of Refused; 0: unknown
};

std::string encode(const Hello& message);
std::string encode(const Request& message);
std::string encode(const RunWords& message);
std::string encode(const RunReply& message);
std::string encode(const PackEnd& message);
std::string encode(const EventMessage& message);
std::string encode(const Error& error);

Hello decodeHello(std::string_view payload);
Request decodeRequest(std::string_view payload);
RunWords decodeRunWords(std::string_view text);
RunReply decodeRunReply(std::string_view payload);
PackEnd decodePackEnd(std::string_view payload);
EventMessage decodeEvent(std::string_view payload);
/// The Error in a Failure frame, with "guest" as its outermost context. A code that is not in `claims`
/// becomes Guest. The texts are escaped, together kMaxText bytes at most. A hint is kept only if it is one of
/// kAgentHints (protocol/hints.hh).
Error decodeFailure(std::string_view payload, std::span<const ErrorCode> claims);

} // namespace rootlayer::protocol
