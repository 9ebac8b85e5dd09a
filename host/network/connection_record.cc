#include "network/connection_record.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/ip_address.hh"
#include "base/json.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

using Outcome = NetworkConnection::Outcome;

constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxTlsName = 255 * 4; // escaped

constexpr std::array<std::pair<Outcome, std::string_view>, 9> kOutcomes{{{Outcome::Done, "done"},
                                                                         {Outcome::Broken, "broken"},
                                                                         {Outcome::Failed, "failed"},
                                                                         {Outcome::NotFound, "not-found"},
                                                                         {Outcome::NotAllowed, "not-allowed"},
                                                                         {Outcome::Floor, "not-public"},
                                                                         {Outcome::OwnAddress, "own-address"},
                                                                         {Outcome::TlsName, "tls-name"},
                                                                         {Outcome::Limit, "limit"}}};

std::optional<Outcome> outcomeNamed(std::string_view name) {
    const auto* const found = std::find_if(kOutcomes.begin(), kOutcomes.end(),
                                           [&](const auto& each) { return each.second == name; });
    return found == kOutcomes.end() ? std::nullopt : std::optional(found->first);
}

std::string stringIn(const Json& object, std::string_view name) {
    const auto* const value = object.find(name);
    return value == nullptr ? std::string() : value->string();
}

std::uint64_t numberIn(const Json& object, std::string_view name) {
    const auto* const value = object.find(name);
    std::uint64_t number = 0;
    if (value != nullptr && value->kind() == Json::Kind::Number)
        std::from_chars(value->text().data(), value->text().data() + value->text().size(), number);
    return number;
}

std::vector<std::string> stringsIn(const Json& object, std::string_view name) {
    std::vector<std::string> strings;
    if (const auto* const list = object.find(name)) {
        for (const auto& item : list->items())
            strings.push_back(item.string());
    }
    return strings;
}

bool isHost(const std::string& text) {
    return IpAddress::parse(text) || canonicalName(text) == text;
}

bool isAddress(const std::string& text) {
    return text.empty() || IpAddress::parse(text);
}

/// A text that encodeRecord() has escaped. Only a helper that was taken over sends another one; the record is
/// kept without it.
std::string printable(std::string text, std::size_t most) {
    // Of an escaped text, only its backslashes would be escaped again.
    auto plain = text;
    std::erase(plain, '\\');
    return escaped(plain) == plain && text.size() <= most ? std::move(text) : std::string();
}

} // namespace

std::string_view name(Outcome outcome) {
    return std::find_if(kOutcomes.begin(), kOutcomes.end(),
                        [&](const auto& each) { return each.first == outcome; })
        ->second;
}

std::string encodeRecord(NetworkConnection connection) {
    connection.tlsName = escaped(connection.tlsName);
    connection.message = escaped(connection.message.substr(0, kMaxText / 4));
    return recordLine(connection);
}

std::string recordLine(const NetworkConnection& connection) {
    Json object = Json::object();
    object.set("host", Json::string(connection.host));
    object.set("port", Json::number(connection.port));
    object.set("address", Json::string(connection.address));
    object.set("tlsName", Json::string(connection.tlsName));
    object.set("sent", Json::number(static_cast<std::int64_t>(connection.sent)));
    object.set("received", Json::number(static_cast<std::int64_t>(connection.received)));
    object.set("outcome", Json::string(name(connection.outcome)));
    object.set("connected", Json::number(connection.connected ? 1 : 0));
    if (!connection.message.empty()) object.set("message", Json::string(connection.message));
    return object.write();
}

std::optional<NetworkConnection> decodeRecord(std::string_view line) {
    try {
        const Json object = Json::parse(line, "a record", {.bytes = 16384, .depth = 2, .values = 32});
        const auto outcome = outcomeNamed(stringIn(object, "outcome"));
        const auto port = numberIn(object, "port");
        if (!object.isObject() || !outcome || port > UINT16_MAX) return std::nullopt;
        NetworkConnection connection{.host = stringIn(object, "host"),
                                     .port = static_cast<std::uint16_t>(port),
                                     .address = stringIn(object, "address"),
                                     .tlsName = printable(stringIn(object, "tlsName"), kMaxTlsName),
                                     .sent = numberIn(object, "sent"),
                                     .received = numberIn(object, "received"),
                                     .outcome = *outcome,
                                     .connected = numberIn(object, "connected") != 0,
                                     .message = printable(stringIn(object, "message"), kMaxText)};
        if (!isHost(connection.host) || !isAddress(connection.address)) return std::nullopt;
        return connection;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string encodeOptions(const NetworkOptions& options) {
    Json object = Json::object();
    object.set("mode", Json::number(static_cast<int>(options.mode)));
    object.set("allow", Json::strings(options.allow));
    object.set("permit", Json::strings(options.permit));
    object.set("addHosts", Json::strings(options.addHosts));
    object.set("dnsServers", Json::strings(options.dnsServers));
    object.set("upstreamProxy", Json::string(options.upstreamProxy));
    object.set("maxConnections", Json::string(std::to_string(options.maxConnections)));
    object.set("maxBytes", Json::string(std::to_string(options.maxBytes)));
    return object.write();
}

NetworkOptions decodeOptions(std::string_view text) {
    const Json object = Json::parse(text, "the network's options");
    NetworkOptions options;
    options.mode = static_cast<NetworkMode>(numberIn(object, "mode"));
    options.allow = stringsIn(object, "allow");
    options.permit = stringsIn(object, "permit");
    options.addHosts = stringsIn(object, "addHosts");
    options.dnsServers = stringsIn(object, "dnsServers");
    options.upstreamProxy = stringIn(object, "upstreamProxy");
    options.maxConnections = std::stoull(stringIn(object, "maxConnections"));
    options.maxBytes = std::stoull(stringIn(object, "maxBytes"));
    return options;
}

} // namespace rootlayer::network
