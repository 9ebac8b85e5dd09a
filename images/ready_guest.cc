#include "images/ready_guest.hh"

#include <cstdint>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/installation.hh"
#include "base/sealed_entry.hh"
#include "base/temp_dir.hh"
#include "images/tuned_kernel.hh"

namespace rootlayer::images {

namespace fs = std::filesystem;

namespace {

// Increase the number when readyGuest() reads other files.
constexpr const char* kLayout = "ready-guest 1";
constexpr const char* kDefault = "default";
constexpr const char* kTuned = "tuned";
constexpr const char* kSeal = "seal";
constexpr std::uint64_t kMaxGuestFile = std::uint64_t{1} << 30;
constexpr const char* kMake = "make one: rootlayer guest build --output DIRECTORY";

std::string agentOf(const GuestImageSpec& spec) {
    return (spec.agentDigest.empty() ? sha256(spec.agent) : spec.agentDigest).hex();
}

bool wantsOther(const GuestImageSpec& spec) {
    const bool otherKernel = !spec.kernel.empty() && spec.kernel != kTunedKernel;
    return otherKernel || !spec.modules.empty() || !spec.busybox.empty() || spec.refreshKernel;
}

/// The directory of the image that the spec wants; empty if there is none.
std::string placeOf(const GuestImageSpec& spec) {
    std::error_code failed;
    for (const auto* kind : {kDefault, kTuned}) {
        if (spec.kernel == kTunedKernel && kind != std::string_view(kTuned)) continue;
        const auto place = fs::canonical(fs::path(spec.ready) / kind, failed);
        if (!failed) return place.string();
    }
    return {};
}

std::string factOf(const Seal& seal, const std::string& key) {
    const auto found = seal.facts.find(key);
    return found != seal.facts.end() ? found->second : "";
}

/// Why an image cannot be used; empty if it can.
std::string faultOf(const SealedEntry& entry, const GuestImageSpec& spec) {
    if (auto damage = entry.damage(); !damage.empty()) return damage;
    const auto& seal = *entry.seal();
    if (factOf(seal, "layout") != kLayout || factOf(seal, "agent") != agentOf(spec))
        return "it was made for another version of rootlayer";
    return {};
}

GuestImage describe(const std::string& place, const Seal& seal) {
    GuestImage image;
    image.kernel = place + "/" + kGuestKernel;
    image.initramfs = place + "/" + kGuestInitramfs;
    image.kernelRelease = seal.fact("release");
    image.kernelDigest = seal.file(kGuestKernel).digest;
    image.initramfsDigest = seal.file(kGuestInitramfs).digest;
    image.ready = true;
    return image;
}

/// Everybody may read it, whatever the umask.
void writePublicFile(const std::string& path, std::string_view bytes) {
    writeFile(path, bytes);
    fs::permissions(path, fs::perms(0644));
}

Seal fill(const std::string& place, const GuestImage& image, const GuestImageSpec& spec) {
    fs::create_directory(place);
    fs::permissions(place, fs::perms(0755));
    writePublicFile(place + "/" + kGuestKernel, readFile(image.kernel, "kernel", kMaxGuestFile));
    writePublicFile(place + "/" + kGuestInitramfs, readFile(image.initramfs, "initramfs", kMaxGuestFile));
    Seal seal;
    seal.facts = {{"layout", kLayout}, {"agent", agentOf(spec)}, {"release", image.kernelRelease}};
    seal.add(place, kGuestKernel);
    seal.add(place, kGuestInitramfs);
    writePublicFile(place + "/" + kSeal, encodeSeal(seal));
    return seal;
}

} // namespace

std::optional<GuestImage> readyGuest(const GuestImageSpec& spec, Observer* observer) {
    if (spec.ready.empty() || wantsOther(spec)) return std::nullopt;
    const auto place = placeOf(spec);
    if (place.empty()) {
        if (!spec.readyRequired) return std::nullopt;
        throw Error(ErrorCode::Input, fmt::format("there is no ready guest in {}", quote(spec.ready)), kMake);
    }
    const SealedEntry entry(place, installationOwners());
    const auto fault = faultOf(entry, spec);
    if (fault.empty()) return describe(place, *entry.seal());
    const auto text = fmt::format("the ready guest {} is not used: {}", quote(place), fault);
    if (spec.readyRequired) throw Error(ErrorCode::Input, text, kMake);
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Warning, .text = text});
    return std::nullopt;
}

GuestImage writeReadyGuest(const GuestImage& image, const GuestImageSpec& spec,
                           const std::string& directory) {
    const auto place = fs::path(directory) / (spec.kernel == kTunedKernel ? kTuned : kDefault);
    try {
        fs::create_directories(directory);
        const TempDir work(directory);
        const auto seal = fill(work.file("new"), image, spec);
        if (fs::exists(fs::symlink_status(place))) fs::rename(place, work.file("old"));
        fs::rename(work.file("new"), place);
        return describe(place.string(), seal);
    } catch (const fs::filesystem_error& error) {
        throw Error(
            ErrorCode::Input,
            fmt::format("cannot write the guest image to {}: {}", quote(directory), error.code().message()),
            "choose a directory that you can write to");
    }
}

std::string readyGuestDamage(const GuestImage& image) {
    const SealedEntry entry(fs::path(image.kernel).parent_path().string(), installationOwners());
    auto damage = entry.damage();
    return damage.empty() ? entry.contentDamage() : damage;
}

} // namespace rootlayer::images
