#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::vm {

/// How much of a log is shown: the last 4 KiB.
constexpr std::uint64_t kConsoleTail = 4096;
/// A log is cut when it grows beyond 8 MiB, because the guest may write without end.
constexpr std::uint64_t kMaxConsole = std::uint64_t{8} << 20;

/// The last lines of a log, at most `limit` bytes of it. Every line is escaped because the guest wrote it.
/// Empty if there is no such file.
std::string consoleTail(const std::string& path, std::uint64_t limit = kConsoleTail);

/// The same for libvirt's log of QEMU, without the command line at its start.
std::string qemuWords(const std::string& path);

/// The line of a kernel panic, "Kernel panic - not syncing: ..."; empty if there is none.
std::string panicIn(std::string_view console);

/// Cuts a log of more than `most` bytes down to its last kConsoleTail bytes. The writer must have opened it
/// with O_APPEND. Errors are ignored: it is called periodically.
void boundConsole(const std::string& path, std::uint64_t most = kMaxConsole) noexcept;

} // namespace rootlayer::vm
