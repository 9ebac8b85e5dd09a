#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/cache.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "cli/format_option.hh"
#include "cli/help_footer.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct Options {
    std::string maxSize;
    std::string format = "text";
    CacheOption places;
};

std::string shown(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::string text(sizeof "2026-01-31 23:59", '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts));
    return text;
}

void print(const CacheEntry& entry) {
    toStdout(fmt::format("{:<12} {:>10}  {}  {}{}{}\n", name(entry.kind), humanSize(entry.size),
                         shown(entry.lastUse), escaped(entry.name), entry.lastBase.empty() ? "" : "  ",
                         entry.lastBase));
}

std::uint64_t total(const std::vector<CacheEntry>& entries) {
    std::uint64_t size = 0;
    for (const auto& entry : entries)
        size += entry.size;
    return size;
}

std::string jsonOf(const std::vector<CacheEntry>& entries, const std::string& directory) {
    using Json = nlohmann::ordered_json;
    auto list = Json::array();
    for (const auto& entry : entries) {
        list.push_back({{"kind", name(entry.kind)},
                        {"name", escaped(entry.name)},
                        {"size", entry.size},
                        {"lastUse", std::chrono::system_clock::to_time_t(entry.lastUse)},
                        {"lastBase", entry.lastBase}});
    }
    const Json object{{"version", 1},
                      {"cache", escaped(directory)},
                      {"size", total(entries)},
                      {"entries", std::move(list)}};
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

int list(const Options& options) {
    const auto settings = options.places.settings();
    const auto entries = Cache(settings).entries();
    if (options.format == "json") {
        toStdout(jsonOf(entries, settings.cacheDirectory));
        return 0;
    }
    toStdout(
        fmt::format("{:<12} {:>10}  {:<16}  {}\n", "KIND", "SIZE", "LAST USE (UTC)", "NAME AND LAST BASE"));
    for (const auto& entry : entries)
        print(entry);
    toStderr(fmt::format("rootlayer: {} in {}\n", humanSize(total(entries)), quote(settings.cacheDirectory)));
    return 0;
}

int prune(const Options& options) {
    const auto settings = options.places.settings();
    const auto most =
        options.maxSize.empty() ? settings.cacheLimit : parseSize(options.maxSize, "--max-size");
    const auto gone = Cache(settings).prune(most);
    for (const auto& entry : gone)
        print(entry);
    toStderr(fmt::format("rootlayer: {} removed from {}\n", humanSize(total(gone)),
                         quote(settings.cacheDirectory)));
    return 0;
}

int verify(const Options& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const auto settings = options.places.settings();
    const auto all = Cache(settings).entries().size();
    const auto damages = Cache(settings).verify(cancel);
    for (const auto& damage : damages) {
        toStdout(fmt::format("{} {}: {}{}\n", name(damage.entry.kind), escaped(damage.entry.name),
                             damage.reason, damage.removed ? "; removed" : "; in use"));
    }
    toStderr(fmt::format("rootlayer: {} entries checked, {} damaged in {}\n", all, damages.size(),
                         quote(settings.cacheDirectory)));
    return damages.empty() ? 0 : 1;
}

struct Part {
    CLI::App* command;
    /// Its own: CLI11 gives a variable of the environment to the options of every part, not only to those of
    /// the one that was asked for.
    std::shared_ptr<Options> options;
};

template <typename Act>
Part addPart(CLI::App& command, const char* word, const char* help, Action& chosen, Act act) {
    Part part{command.add_subcommand(word, help), std::make_shared<Options>()};
    part.options->places.addTo(*part.command);
    part.command->callback(
        [&chosen, options = part.options, act] { chosen = [options, act] { return act(*options); }; });
    return part;
}

} // namespace

void addCacheCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("cache", "list, prune or verify the cache");
    command->require_subcommand(1);
    const auto ls =
        addPart(*command, "ls",
                "list all entries: kind, size, last use, name, and the base that used it last", chosen, list);
    addFormat(*ls.command, ls.options->format);
    ls.command->footer(helpFooter("  rootlayer cache ls\n"
                                  "  rootlayer cache ls --format json\n"));
    const auto pruning = addPart(
        *command, "prune", "remove the least recently used entries, except those in use", chosen, prune);
    pruning.command
        ->add_option("--max-size", pruning.options->maxSize,
                     "size to shrink the cache to, e.g. 5G; 0 removes all entries\n"
                     "(default: $ROOTLAYER_CACHE_LIMIT, else 20G)")
        ->type_name("SIZE");
    pruning.command->footer(helpFooter("  rootlayer cache prune\n"
                                       "  rootlayer cache prune --max-size 5G\n"));
    addPart(*command, "verify", "read all entries and remove damaged ones", chosen, verify)
        .command->footer(helpFooter("  rootlayer cache verify\n", "0 no damage; 1 damage found"));
    command->footer(helpFooter("  rootlayer cache ls\n"
                               "  rootlayer cache prune --max-size 5G\n"
                               "  rootlayer cache verify\n",
                               "0 success; 1 verify found damage"));
}

} // namespace rootlayer::cli
