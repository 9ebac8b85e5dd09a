#include "protocol/messages.hh"

#include <fmt/format.h>

#include "base/escape.hh"
#include "protocol/json_fields.hh"

namespace rootlayer::protocol {

namespace {

Json sectionJson(const Section& section) {
    Json object{{"offset", section.offset}, {"size", section.size}};
    if (section.directories != 0) object["folders"] = section.directories;
    return object;
}

Section sectionOf(const Json& value) {
    if (!value.is_object()) throw Error(ErrorCode::Protocol, "a section is not a JSON object");
    return {unsignedField(value, "offset"), unsignedField(value, "size"),
            value.contains("folders") ? unsignedField(value, "folders") : 0};
}

Json networkJson(const NetworkRequest& network) {
    Json open = Json::array();
    for (const auto& range : network.open)
        open.push_back({{"prefix", toWire(range.prefix)}, {"ports", range.ports}});
    return {{"open", open}, {"closed", bytesList(network.closed)}};
}

NetworkRequest networkOf(const Json& object) {
    if (!object.is_object()) throw Error(ErrorCode::Protocol, "the field 'network' is not a JSON object");
    NetworkRequest network;
    const Json& open = field(object, "open");
    if (!open.is_array()) throw Error(ErrorCode::Protocol, "a message's field 'open' is not a list");
    for (const auto& range : open) {
        if (!range.is_object()) throw Error(ErrorCode::Protocol, "a range is not a JSON object");
        NetworkRequest::Range item{bytesField(range, "prefix"), {}};
        const Json& ports = field(range, "ports");
        if (!ports.is_array()) throw Error(ErrorCode::Protocol, "a message's field 'ports' is not a list");
        for (const auto& port : ports)
            item.ports.push_back(portOf(port));
        network.open.push_back(std::move(item));
    }
    network.closed = bytesListField(object, "closed");
    return network;
}

Json toJson(const AssembleRequest& request) {
    Json layers = Json::array();
    for (const auto& layer : request.layers)
        layers.push_back(sectionJson(layer));
    Json object{{"op", "assemble"},
                {"layers", layers},
                {"clock", request.clock},
                {"entropy", toWire(request.entropy)},
                {"hostname", toWire(request.hostname)}};
    if (request.rootLater) object["rootLater"] = true;
    if (request.acls) object["acls"] = sectionJson(*request.acls);
    return object;
}

std::string_view opOf(Step step) {
    return step == Step::Script ? "run" : nameOf(step);
}

Json toJson(const RunRequest& request) {
    Json object{{"op", opOf(request.step)},           {"script", sectionJson(request.script)},
                {"args", bytesList(request.args)},    {"env", bytesList(request.env)},
                {"workdir", toWire(request.workdir)}, {"user", toWire(request.user)},
                {"shell", toWire(request.shell)},     {"timeout", request.timeout}};
    if (request.words) object["words"] = sectionJson(*request.words);
    if (request.merged) object["merged"] = true;
    if (request.trace) object["trace"] = true;
    if (request.keepTmp) object["keepTmp"] = true;
    if (request.network) object["network"] = networkJson(*request.network);
    return object;
}

Json toJson(const PackRequest& request) {
    Json object{{"op", "pack"}};
    if (request.clampMtime) object["clampMtime"] = *request.clampMtime;
    if (request.resetTo) object["resetTo"] = *request.resetTo;
    if (!request.scrub.empty()) object["scrub"] = toWire(request.scrub);
    if (request.ranges) object["ranges"] = true;
    if (request.zeros) object["zeros"] = true;
    return object;
}

Json toJson(const ByeRequest&) {
    return {{"op", "bye"}};
}

Json toJson(const WakeRequest&) {
    return {{"op", "wake"}};
}

AssembleRequest assembleOf(const Json& object) {
    AssembleRequest request;
    const Json& layers = field(object, "layers");
    if (!layers.is_array()) throw Error(ErrorCode::Protocol, "a message's field 'layers' is not a list");
    for (const auto& layer : layers)
        request.layers.push_back(sectionOf(layer));
    request.clock = integerField(object, "clock");
    request.entropy = bytesField(object, "entropy");
    request.hostname = bytesField(object, "hostname");
    if (object.contains("acls")) request.acls = sectionOf(field(object, "acls"));
    if (object.contains("rootLater")) request.rootLater = booleanField(object, "rootLater");
    return request;
}

RunRequest runOf(const Json& object, Step step) {
    RunRequest request;
    request.step = step;
    request.script = sectionOf(field(object, "script"));
    request.args = bytesListField(object, "args");
    request.env = bytesListField(object, "env");
    request.workdir = bytesField(object, "workdir");
    request.user = bytesField(object, "user");
    request.shell = bytesField(object, "shell");
    request.timeout = unsignedField(object, "timeout");
    if (object.contains("words")) request.words = sectionOf(field(object, "words"));
    if (object.contains("merged")) request.merged = booleanField(object, "merged");
    if (object.contains("trace")) request.trace = booleanField(object, "trace");
    if (object.contains("keepTmp")) request.keepTmp = booleanField(object, "keepTmp");
    if (object.contains("network")) request.network = networkOf(field(object, "network"));
    return request;
}

PackRequest packOf(const Json& object) {
    PackRequest request;
    if (object.contains("clampMtime")) request.clampMtime = integerField(object, "clampMtime");
    if (object.contains("resetTo")) request.resetTo = integerField(object, "resetTo");
    if (object.contains("scrub")) request.scrub = bytesField(object, "scrub");
    if (object.contains("ranges")) request.ranges = booleanField(object, "ranges");
    if (object.contains("zeros")) request.zeros = booleanField(object, "zeros");
    return request;
}

} // namespace

std::string encode(const Request& message) {
    return std::visit([](const auto& request) { return toJson(request).dump(); }, message);
}

Request decodeRequest(std::string_view payload) {
    const Json object = parsePayload(payload);
    const std::string op = bytesField(object, "op");
    if (op == "assemble") return assembleOf(object);
    for (const auto step : {Step::Before, Step::Script, Step::After}) {
        if (op == opOf(step)) return runOf(object, step);
    }
    if (op == "pack") return packOf(object);
    if (op == "bye") return ByeRequest{};
    if (op == "wake") return WakeRequest{};
    throw Error(ErrorCode::Protocol, fmt::format("unknown request {}", quote(op)));
}

} // namespace rootlayer::protocol
