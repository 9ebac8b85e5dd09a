#include "protocol/messages.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include "base/escape.hh"
#include "protocol/hints.hh"
#include "protocol/json_fields.hh"

namespace rootlayer::protocol {

namespace {

using How = RunReply::How;
constexpr std::array<std::pair<How, std::string_view>, 6> kHows{{{How::Exited, "exited"},
                                                                 {How::Signalled, "signalled"},
                                                                 {How::NotExecutable, "not-executable"},
                                                                 {How::NotFound, "not-found"},
                                                                 {How::TimedOut, "timed-out"},
                                                                 {How::Cancelled, "cancelled"}}};

using Kind = EventMessage::Kind;
constexpr std::array<std::pair<Kind, std::string_view>, 4> kKinds{{{Kind::Warning, "warning"},
                                                                   {Kind::Note, "note"},
                                                                   {Kind::Heartbeat, "heartbeat"},
                                                                   {Kind::Refused, "refused"}}};

constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

template <typename Table, typename Value>
std::string nameIn(const Table& table, Value wanted) {
    for (const auto& [value, text] : table) {
        if (value == wanted) return std::string(text);
    }
    throw Error(ErrorCode::Internal, "a value has no name on the wire");
}

template <typename Table>
auto valueIn(const Table& table, const std::string& wanted) {
    for (const auto& [value, text] : table) {
        if (text == wanted) return value;
    }
    throw Error(ErrorCode::Protocol, fmt::format("a message has an unknown value {}", quote(wanted)));
}

constexpr std::size_t kMaxFeatures = 64;
constexpr std::uint64_t kMaxStatus = 255;
constexpr std::uint64_t kMaxSignal = 64;

/// A text of the guest.
std::string textField(const Json& object, const char* key) {
    return bytesField(object, key).substr(0, kMaxText);
}

/// Checked here, because a status of 128 and more is added to a signal: a forged 128 would be a success.
int valueOf(How how, std::uint64_t value) {
    const auto most = how == How::Signalled ? kMaxSignal : kMaxStatus;
    if (value <= most && (how != How::Signalled || value > 0)) return static_cast<int>(value);
    throw Error(ErrorCode::Protocol,
                fmt::format("{} is not {}", value, how == How::Signalled ? "a signal" : "an exit status"));
}

/// An empty tally has no field.
void putTally(Json& object, const char* name, const Tally& tally) {
    if (tally.count > 0) object[name] = {{"count", tally.count}, {"first", toWire(tally.first)}};
}

Tally tallyIn(const Json& object, const char* name) {
    if (!object.contains(name)) return {};
    const Json& tally = field(object, name);
    return {unsignedField(tally, "count"), textField(tally, "first")};
}

} // namespace

std::string_view nameOf(Step step) {
    return step == Step::Before ? "before" : step == Step::After ? "after" : "script";
}

std::string encode(const Hello& message) {
    return Json{{"protocol", message.protocol},     {"agent", toWire(message.agent)},
                {"kernel", toWire(message.kernel)}, {"features", bytesList(message.features)},
                {"memory", message.memory},         {"processors", message.processors}}
        .dump();
}

Hello decodeHello(std::string_view payload) {
    const Json object = parsePayload(payload);
    Hello hello;
    hello.protocol = static_cast<int>(std::min<std::uint64_t>(unsignedField(object, "protocol"), 1'000'000));
    hello.agent = textField(object, "agent");
    hello.kernel = textField(object, "kernel");
    hello.features = bytesListField(object, "features");
    if (hello.features.size() > kMaxFeatures) hello.features.resize(kMaxFeatures);
    for (auto& feature : hello.features)
        feature = feature.substr(0, kMaxText);
    hello.memory = unsignedField(object, "memory");
    hello.processors =
        static_cast<unsigned>(std::min<std::uint64_t>(unsignedField(object, "processors"), 1'000'000));
    return hello;
}

std::string encode(const RunWords& message) {
    return Json{{"args", bytesList(message.args)}, {"env", bytesList(message.env)}}.dump();
}

RunWords decodeRunWords(std::string_view text) {
    const Json object = parsePayload(text);
    return {bytesListField(object, "args"), bytesListField(object, "env")};
}

std::string encode(const RunReply& message) {
    Json object{{"how", nameIn(kHows, message.how)},  {"value", message.value},
                {"message", toWire(message.message)}, {"peakMemory", message.peakMemory},
                {"peakDisk", message.peakDisk},       {"freeDisk", message.freeDisk},
                {"oomKills", message.oomKills}};
    if (message.freeInodes != kUnknown) object["freeInodes"] = message.freeInodes;
    if (message.line != 0) object["line"] = message.line;
    return object.dump();
}

RunReply decodeRunReply(std::string_view payload) {
    const Json object = parsePayload(payload);
    RunReply reply;
    reply.how = valueIn(kHows, bytesField(object, "how"));
    reply.value = valueOf(reply.how, unsignedField(object, "value"));
    reply.message = textField(object, "message");
    reply.peakMemory = unsignedField(object, "peakMemory");
    reply.peakDisk = unsignedField(object, "peakDisk");
    reply.freeDisk = unsignedField(object, "freeDisk");
    reply.oomKills = unsignedField(object, "oomKills");
    reply.freeInodes = unsignedField(object, "freeInodes", kUnknown);
    reply.line = unsignedField(object, "line", 0);
    return reply;
}

std::string encode(const PackEnd& message) {
    Json object{{"bytes", message.bytes}, {"entries", message.entries}};
    putTally(object, "unpacked", message.unpacked);
    putTally(object, "attributes", message.attributes);
    putTally(object, "times", message.times);
    return object.dump();
}

PackEnd decodePackEnd(std::string_view payload) {
    const Json object = parsePayload(payload);
    return {unsignedField(object, "bytes"), unsignedField(object, "entries"), tallyIn(object, "unpacked"),
            tallyIn(object, "attributes"), tallyIn(object, "times")};
}

std::string encode(const EventMessage& message) {
    Json object{{"kind", nameIn(kKinds, message.kind)}, {"text", toWire(message.text)}};
    if (message.port != 0) object["port"] = message.port;
    return object.dump();
}

EventMessage decodeEvent(std::string_view payload) {
    const Json object = parsePayload(payload);
    return {valueIn(kKinds, bytesField(object, "kind")), bytesField(object, "text", "").substr(0, kMaxText),
            object.contains("port") ? portField(object, "port") : std::uint16_t{0}};
}

std::string encode(const Error& error) {
    return Json{{"code", name(error.code())},
                {"message", toWire(error.message())},
                {"context", bytesList(error.context())},
                {"hint", toWire(error.hint())}}
        .dump();
}

Error decodeFailure(std::string_view payload, std::span<const ErrorCode> claims) {
    const Json object = parsePayload(payload);
    const auto claimed = errorCodeFromName(bytesField(object, "code"));
    const bool plausible = std::find(claims.begin(), claims.end(), claimed) != claims.end();
    const auto hint = bytesField(object, "hint");
    // The texts are printed, so they are escaped here.
    const auto message = escapedStart(bytesField(object, "message"), kMaxText);
    auto left = kMaxText - message.size();
    Error error(plausible ? claimed : ErrorCode::Guest, message, isAgentHint(hint) ? hint : "");
    const auto context = bytesListField(object, "context");
    for (auto each = context.rbegin(); each != context.rend() && left > 0; ++each) {
        const auto text = escapedStart(*each, left);
        left -= std::min(left, text.size() + 2);
        error.addContext(text);
    }
    error.addContext("guest");
    return error;
}

} // namespace rootlayer::protocol
