#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rootlayer/error.hh>

#include "protocol/control.hh"

/// The payloads of docs/protocol.md: values, each with its JSON text. decode() throws Error{Protocol} for a
/// missing or mistyped field; unknown fields are ignored, so that new ones can be added. Strings are bytes
/// (base/escape.hh, toWire).
namespace rootlayer::protocol {

/// A piece of a disk: offset and size in bytes, both multiples of 512 where it is mounted.
struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t directories =
        0; ///< of a layer disk: it holds so many layers, in directories "0" (the bottom)...; 0: is one
    friend bool operator==(const Section&, const Section&) = default;
};

/// The agent's first word.
struct Hello {
    int protocol = 0;
    std::string agent;  ///< its version
    std::string kernel; ///< uname -r
    std::vector<std::string> features;
    std::uint64_t memory = 0; ///< bytes that Linux has
    unsigned processors = 0;
};

/// Are you there? For a machine that was restored from a template: its Hello was said to another. To be asked
/// before assemble. Reply: Hello.
struct WakeRequest {
    friend bool operator==(const WakeRequest&, const WakeRequest&) = default;
};

/// Mount the layers and all that belongs to the root. Reply: empty.
struct AssembleRequest {
    std::vector<Section> layers; ///< of the layer disk (/dev/vda), squashfs images, bottom first
    std::int64_t clock = 0;      ///< nanoseconds since the epoch, to set the guest's clock by; 0: leave it
    std::optional<Section> acls; ///< of the layer disk: layer::encodeAcls(), the base's ACLs
    std::string entropy;         ///< up to 512 bytes for the kernel's pool
    std::string hostname = "rootlayer";
    friend bool operator==(const AssembleRequest&, const AssembleRequest&) = default;
};

/// Run the script. Data frames (Stdout, Stderr) and events come while it runs. Reply: RunReply.
struct RunRequest {
    Section script;                ///< of the layer disk, raw bytes
    std::vector<std::string> args; ///< the script's $1...
    std::vector<std::string> env;  ///< "K=V", the whole environment
    std::string workdir = "/";     ///< made if missing, as `docker run -w` does
    std::string user;              ///< "", "name", "uid", either with ":group" (OCI config.md, "User")
    std::string shell;             ///< runs a script without shebang, as `SHELL -e SCRIPT`; empty: /bin/sh
    std::uint64_t timeout = 0;     ///< milliseconds; 0: none
    /// Where `args` and `env` are on the layer disk, when a frame cannot hold them (RunWords); they are empty
    /// then.
    std::optional<Section> words = {};
    bool merged = false;  ///< one pipe for stdout and stderr, which keeps their order; all of it is Stdout
    bool trace = false;   ///< a shell script is run with -x
    bool keepTmp = false; ///< /tmp and /run are the root's own, and what is left there is packed
    friend bool operator==(const RunRequest&, const RunRequest&) = default;
};

/// A run's arguments and environment as the layer disk has them.
struct RunWords {
    std::vector<std::string> args;
    std::vector<std::string> env;
};

/// How the script ended.
struct RunReply {
    enum class How {
        Exited,        ///< `value` is the exit status
        Signalled,     ///< `value` is the signal
        NotExecutable, ///< it could not be executed; `message` says why
        NotFound,      ///< its interpreter was not found; `message` names it
        TimedOut,      ///< killed when the timeout passed
        Cancelled,     ///< killed by a Cancel
    };
    How how = How::Exited;
    int value = 0;
    std::string message;
    std::uint64_t peakMemory = 0;                 ///< bytes in use in the whole guest at the most, sampled
    std::uint64_t peakDisk = 0;                   ///< bytes in use on the scratch disk at the most, sampled
    std::uint64_t freeDisk = 0;                   ///< bytes that were free on it at the end
    std::uint64_t oomKills = 0;                   ///< processes that the kernel killed for lack of memory
    std::uint64_t freeInodes = ~std::uint64_t{0}; ///< of the scratch disk at the end; all bits: not known
    std::uint64_t line = 0; ///< of a shell script: where the command that it ran last ends; 0: not known
    friend bool operator==(const RunReply&, const RunReply&) = default;
};

/// Send the layer: Data (Layer) and Range frames, then End with PackEnd. Warnings come as events.
struct PackRequest {
    std::optional<std::int64_t> clampMtime; ///< seconds; later times become this one (SOURCE_DATE_EPOCH)
    /// Seconds; the times of what the run itself made, which are those of its own time, become this one.
    std::optional<std::int64_t> resetTo;
    std::string scrub = {}; ///< "debian": leaves out what differs from run to run; empty: nothing
    bool ranges = false;    ///< the host reads what large files hold from the scratch disk: Range frames
    friend bool operator==(const PackRequest&, const PackRequest&) = default;
};

/// How many there are of something, and the name of the first.
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
    // What the layer does not show of what the script left.
    Tally unpacked = {};   ///< names in /tmp, /run and /dev
    Tally attributes = {}; ///< entries with extended attributes that no layer holds
    Tally times = {};      ///< directories of which the time alone changed
    friend bool operator==(const PackEnd&, const PackEnd&) = default;
};

/// Say good-bye: unmount nothing, power off after the reply. Reply: empty.
struct ByeRequest {
    friend bool operator==(const ByeRequest&, const ByeRequest&) = default;
};

using Request = std::variant<AssembleRequest, RunRequest, PackRequest, ByeRequest, WakeRequest>;

struct EventMessage {
    enum class Kind { Warning, Note, Heartbeat };
    Kind kind = Kind::Heartbeat;
    std::string text;
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
/// The Error that a Failure frame carries, its outermost context "guest".
Error decodeFailure(std::string_view payload);

} // namespace rootlayer::protocol
