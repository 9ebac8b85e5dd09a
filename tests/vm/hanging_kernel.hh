#pragma once

#include <string>

namespace rootlayer::vm::test {

/// The smallest file that QEMU boots as a Linux kernel (Linux x86 boot protocol, version 2.12): its real-mode
/// code is a jump to itself.
inline std::string hangingKernel() {
    constexpr std::size_t kSetup = 2 * 512;
    std::string image(kSetup + 4096, '\0');
    image[0x1F1] = 1; // one sector of set-up code after the first
    image.replace(0x1FE, 2, "\x55\xAA");
    image.replace(0x200, 2, "\xEB\xFE");
    image.replace(0x202, 4, "HdrS");
    image.replace(0x206, 2, "\x0C\x02");
    image[0x211] = 1; // loaded high
    image.replace(0x22C, 4, "\xFF\xFF\xFF\x7F");
    return image;
}

} // namespace rootlayer::vm::test
