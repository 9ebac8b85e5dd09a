#include "cli/contents_options.hh"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>

#include "base/units.hh"
#include "cli/option.hh"
#include "cli/output_options.hh"

namespace rootlayer::cli {

namespace {

constexpr std::int64_t kLastId = 4294967294; // the one after it is lchown's "no change"

std::optional<std::uint32_t> idOption(const std::string& text, std::string_view option) {
    if (text.empty()) return std::nullopt;
    return static_cast<std::uint32_t>(parseInteger(text, option, 0, kLastId));
}

} // namespace

void ContentsOptions::addTo(CLI::App& command) {
    const std::string keep = keepDirlinks ? " (default)" : "";
    const std::string copy = keepDirlinks ? "" : " (default)";
    beginGroup(command, "Base");
    addOption(command, "--contents FILE[:DST][,FIELD=VALUE]", contents,
              "directory, file or archive to add to the base; the fields are uid=N, gid=N,\n"
              "mode=OOO, unpack=no, format=FORMAT and dirlinks=copy|keep|follow\n"
              "(docs/contents.md); repeatable: later contents go over earlier ones")
        ->allow_extra_args(false);
    addOption(command, "--preset NAME[=FILE]", presets,
              "files to add where they are absent: shadow, nss, sh, env, ca-certificates;\n"
              "sh=FILE, env=FILE and ca-certificates=FILE take this file; repeatable, or a\n"
              "list with commas")
        ->allow_extra_args(false)
        ->delimiter(',');
    addOption(command, "--uid N", uid, "owner of contents without uid= (default: 0, or an archive's own)");
    addOption(command, "--gid N", gid, "group of contents without gid= (default: 0, or an archive's own)");
    command
        .add_flag("--keep-dirlinks,!--no-keep-dirlinks", keepDirlinks,
                  "keep symbolic links to directories in contents, like rsync -K" + keep +
                      ";\n--no-keep-dirlinks makes them directories, like rsync -k" + copy)
        ->envname("ROOTLAYER_KEEP_DIRLINKS");
    command
        .add_flag("--replace-dirlinks", replaceDirlinks,
                  "replace symbolic links to directories that the base and earlier contents\n"
                  "have where contents go (default: contents go where the links lead)")
        ->envname("ROOTLAYER_REPLACE_DIRLINKS");
}

void ContentsOptions::apply(BuildSpec& spec) const {
    spec.presets = presets;
    const auto owner = idOption(uid, "--uid");
    const auto group = idOption(gid, "--gid");
    Contents usual;
    usual.directoryLinks = keepDirlinks ? DirectoryLinks::Keep : DirectoryLinks::Copy;
    usual.format = unpackAll ? "name" : "";
    usual.replaceLinks = replaceDirlinks;
    for (const auto& text : contents) {
        auto one = contentsOption(text, usual);
        if (!one.uid) one.uid = owner;
        if (!one.gid) one.gid = group;
        spec.contents.push_back(std::move(one));
    }
}

} // namespace rootlayer::cli
