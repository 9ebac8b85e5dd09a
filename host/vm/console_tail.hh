#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::vm {

/// How much of a log is worth showing: the last 4 KiB.
constexpr std::uint64_t kConsoleTail = 4096;
/// A log that grows beyond this is cut, for the guest may write without end: 8 MiB.
constexpr std::uint64_t kMaxConsole = std::uint64_t{8} << 20;

/// The last lines of a log, at most `limit` bytes of it; every line escaped, for the guest wrote them. Empty
/// when there is no such file.
std::string consoleTail(const std::string& path, std::uint64_t limit = kConsoleTail);

/// The same for the log that libvirt keeps for QEMU, without the command line that stands at its beginning.
std::string qemuWords(const std::string& path);

/// What a kernel that has panicked says of it, "Kernel panic - not syncing: ..."; empty when it has not.
std::string panicIn(std::string_view console);

/// Cuts a log that has more than `most` bytes down to its last kConsoleTail. Only for files that are appended
/// to (O_APPEND). Never throws: it is called from time to time.
void boundConsole(const std::string& path, std::uint64_t most = kMaxConsole) noexcept;

} // namespace rootlayer::vm
