#include "disk/guestfish_fault.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

#include "base/escape.hh"

namespace rootlayer::disk {

namespace {

constexpr std::size_t kTail = 1000;

/// A known failure: texts in guestfish's stderr, any of which identifies it, and our message.
struct Fault {
    std::vector<std::string_view> marks;
    ErrorCode code;
    std::string_view what; ///< followed by the disk's name
    const char* hint;
};

const std::vector<Fault>& faults() {
    static const std::vector<Fault> all{
        {{"No space left on device", "Wrote only"},
         ErrorCode::Resource,
         "no space left on",
         "use a larger disk (--disk-size), or a TMPDIR with more space if the host's disk is full"},
        {{"Failed to get \"write\" lock", "Failed to get shared \"write\" lock"},
         ErrorCode::Input,
         "a running VM uses",
         "shut it down first or copy the disk"},
        {{"Permission denied"},
         ErrorCode::Input,
         "libguestfs has no permission to use",
         "your user must be able to read it and be in the group kvm"},
        {{"cannot find any suitable libguestfs", "supermin", "failed to find a suitable kernel"},
         ErrorCode::System,
         "libguestfs cannot build its appliance for",
         "run libguestfs-test-tool to see why"},
        {{"guestfs_launch failed", "appliance closed the connection", "qemu exited"},
         ErrorCode::System,
         "the libguestfs appliance does not start for",
         "run libguestfs-test-tool to see why"},
    };
    return all;
}

std::string_view trimmed(std::string_view text) {
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

} // namespace

Error guestfishFault(const std::string& what, std::string_view said) {
    const auto shown = escaped(trimmed(said));
    for (const auto& fault : faults()) {
        const auto holds = [&](std::string_view mark) { return said.find(mark) != std::string_view::npos; };
        if (std::any_of(fault.marks.begin(), fault.marks.end(), holds))
            return {fault.code, fmt::format("{} {}: {}", fault.what, what, shown), fault.hint};
    }
    return {ErrorCode::Image, fmt::format("libguestfs cannot work with {}: {}", what, shown),
            "run virt-filesystems -l -a DISK to see what is on it"};
}

} // namespace rootlayer::disk
