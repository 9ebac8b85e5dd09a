#include "vm/kvm_host.hh"

#include <array>
#include <fmt/format.h>
#include <fstream>
#include <string_view>
#include <sys/utsname.h>

namespace rootlayer::vm {

namespace {

/// The lines of /proc/cpuinfo that do not change with the load.
constexpr std::array<std::string_view, 8> kProperties{"vendor_id", "cpu family", "model", "model name",
                                                      "stepping",  "microcode",  "flags", "vmx flags"};

bool isProperty(std::string_view line) {
    auto name = line.substr(0, line.find(':'));
    while (!name.empty() && (name.back() == '\t' || name.back() == ' '))
        name.remove_suffix(1);
    for (const auto property : kProperties) {
        if (name == property) return true;
    }
    return false;
}

} // namespace

std::string kvmHost(const std::string& cpuinfo) {
    std::string text;
    struct utsname kernel {};
    if (::uname(&kernel) == 0) text += fmt::format("{} {}\n", kernel.release, kernel.version);
    std::ifstream file(cpuinfo);
    // An empty line ends the first processor. The kernel takes long for hundreds of them.
    for (std::string line; std::getline(file, line) && !line.empty();) {
        if (isProperty(line)) text += line + '\n';
    }
    return text;
}

} // namespace rootlayer::vm
