#include "cli/json_events.hh"

#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/escape.hh"
#include "cli/option_in.hh"

namespace rootlayer::cli {

namespace {

using Json = nlohmann::ordered_json;
using Kind = Event::Kind;

double seconds(std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
}

/// RFC 3339, in UTC.
std::string timestamp(std::chrono::system_clock::time_point time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const auto since = std::chrono::system_clock::to_time_t(whole);
    std::tm parts{};
    ::gmtime_r(&since, &parts);
    std::string text(sizeof "2026-01-31T23:59:59", '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts));
    return text + fmt::format(".{:06}Z",
                              std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count());
}

Json head(const char* name, std::chrono::system_clock::time_point time) {
    return {{"event", name}, {"time", timestamp(time)}};
}

Json productsOf(const Outcome& outcome) {
    Json list = Json::array();
    for (const auto& product : outcome.products) {
        // JSON cannot hold arbitrary bytes: paths are escaped as in text.
        Json object = {{"kind", product.kind},
                       {"place", escaped(product.place)},
                       {"digest", product.digest},
                       {"bytes", product.bytes},
                       {product.kind == "image" ? "layers" : "entries", product.entries}};
        if (product.kind == "image") object["names"] = product.names;
        list.push_back(std::move(object));
    }
    return list;
}

void addOption(Json& object, const std::string& option) {
    if (!option.empty()) object["option"] = option;
}

Json resultOf(const Event& event) {
    Json object = head("result", event.time);
    object["exitStatus"] = event.outcome->exitStatus;
    if (event.outcome->exitStatus != 0) {
        object["code"] = name(event.outcome->failure);
        object["exitReason"] = event.outcome->exitReason;
        object["hint"] = event.outcome->exitHint;
        addOption(object, optionIn(event.outcome->exitHint, [](const std::string&) { return true; }));
    }
    object["seconds"] = seconds(event.elapsed);
    object["products"] = productsOf(*event.outcome);
    return object;
}

Json with(Json object, const Json& fields) {
    object.update(fields);
    return object;
}

Json errorOf(const Error& error) {
    return {{"code", name(error.code())}, {"message", error.what()}, {"hint", error.hint()}};
}

Json objectOf(const Event& event) {
    const auto named = [&](const char* name, const Json& fields) {
        return with(head(name, event.time), fields);
    };
    switch (event.kind) {
    case Kind::PhaseStarted:
        return named("phase-started", {{"phase", event.phase}});
    case Kind::PhaseFinished:
        return named("phase-finished", {{"phase", event.phase}, {"seconds", seconds(event.elapsed)}});
    case Kind::Progress:
        return named("progress", {{"phase", event.phase}, {"done", event.done}, {"total", event.total}});
    case Kind::Output:
        return named("output", {{"phase", event.phase}, {"stream", event.stream}, {"text", event.text}});
    case Kind::Warning:
        return named("warning", {{"text", event.text}});
    case Kind::Note:
        return named("note", {{"text", event.text}});
    case Kind::Finished:
        return resultOf(event);
    case Kind::Failed:
        break;
    }
    return named("error", errorOf(*event.error));
}

std::string lineOf(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

std::string jsonLine(const Event& event) {
    return lineOf(objectOf(event));
}

std::string jsonLine(const Error& error, int exitStatus, std::chrono::microseconds elapsed,
                     const std::string& option) {
    auto object = head("error", std::chrono::system_clock::now());
    object["exitStatus"] = exitStatus;
    object["seconds"] = seconds(elapsed);
    object.update(errorOf(error));
    addOption(object, option);
    return lineOf(object);
}

} // namespace rootlayer::cli
