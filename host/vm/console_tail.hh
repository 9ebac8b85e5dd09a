#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::vm {

/// How much of a log is shown, in bytes of escaped text.
constexpr std::uint64_t kConsoleTail = 4000;
/// A log is cut when it grows beyond 8 MiB, because the guest may write without end.
constexpr std::uint64_t kMaxConsole = std::uint64_t{8} << 20;

/// The last lines of a log, at most kConsoleTail bytes. Every line is escaped because the guest wrote it.
/// Empty if there is no such file.
std::string consoleTail(const std::string& path);

/// The same for libvirt's log of QEMU, without the command line at its start.
std::string qemuWords(const std::string& path);

/// Lines of a log for the end of a message or hint: each on a line of its own, behind a bar. Without it, a
/// line of the guest could look like one of rootlayer's.
std::string barred(std::string_view lines);

/// The line of the last kernel panic, "Kernel panic - not syncing: ..."; empty if there is none.
std::string panicIn(std::string_view console);
/// The same for the log in a file: a long trace may follow the line.
std::string panicInLog(const std::string& path);

/// Cuts a log of more than `most` bytes down to its last kConsoleTail bytes. The writer must have opened it
/// with O_APPEND. Errors are ignored: it is called periodically.
void boundConsole(const std::string& path, std::uint64_t most = kMaxConsole) noexcept;

} // namespace rootlayer::vm
