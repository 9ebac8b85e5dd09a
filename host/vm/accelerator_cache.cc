#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/output_file.hh"
#include "base/temp_dir.hh"
#include "vm/accelerator.hh"
#include "vm/architecture.hh"

namespace rootlayer::vm {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMaxVerdict = 4096;
constexpr std::size_t kMaxReason = 1000;
constexpr std::chrono::hours kFailureIsBelieved{24};

std::string bootId() {
    try {
        auto id = readFile("/proc/sys/kernel/random/boot_id", "boot id", kMaxVerdict);
        while (!id.empty() && id.back() == '\n')
            id.pop_back();
        return id;
    } catch (const Error&) {
        return "unknown";
    }
}

std::string qemuBuild(const std::string& qemu) {
    const auto program = qemuPath(qemu);
    struct stat status {};
    if (program.empty() || ::stat(program.c_str(), &status) != 0) return "none";
    return fmt::format("{} {} {}.{}", program, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/// The contents of a verdict file: key, accelerator and reason, one line each, and "end", which shows that
/// the file is complete.
std::string written(const std::string& key, const AcceleratorVerdict& verdict) {
    auto reason = verdict.reason.substr(0, kMaxReason);
    for (char& c : reason) {
        if (c == '\n') c = ' ';
    }
    return fmt::format("{}\n{}\n{}\nend\n", key, name(verdict.accelerator), reason);
}

std::optional<AcceleratorVerdict> parsed(const std::string& text, const std::string& key) {
    for (const auto accelerator : {Accelerator::Kvm, Accelerator::Tcg}) {
        const auto head = fmt::format("{}\n{}\n", key, name(accelerator));
        const std::string tail = "\nend\n";
        if (!text.starts_with(head) || !text.ends_with(tail) || text.size() < head.size() + tail.size())
            continue;
        return AcceleratorVerdict{accelerator,
                                  text.substr(head.size(), text.size() - head.size() - tail.size())};
    }
    return std::nullopt;
}

bool tooOld(const std::string& path) {
    std::error_code missing;
    const auto written = fs::last_write_time(path, missing);
    return missing || fs::file_time_type::clock::now() - written > kFailureIsBelieved;
}

} // namespace

std::string acceleratorKey(const Digest& kernel, const std::string& qemu) {
    return fmt::format("boot {}, qemu {}, kernel {}", bootId(), qemuBuild(qemu), kernel.str());
}

std::string AcceleratorCache::fileOf(const std::string& key) const {
    return fmt::format("{}/accelerator-{}", m_directory.path(), sha256(key).hex());
}

std::optional<AcceleratorVerdict> AcceleratorCache::recall(const std::string& key) const {
    try {
        const auto path = fileOf(key);
        if (!fs::exists(path)) return std::nullopt;
        auto verdict = parsed(readFile(path, "verdict on KVM", kMaxVerdict), key);
        if (verdict && verdict->accelerator == Accelerator::Tcg && tooOld(path)) return std::nullopt;
        return verdict;
    } catch (const std::exception&) {
        // Not fatal: the verdict can be found again.
        return std::nullopt;
    }
}

void AcceleratorCache::remember(const std::string& key, const AcceleratorVerdict& verdict) const {
    makeDirectories(m_directory.path());
    OutputFile file(fileOf(key));
    file.write(written(key, verdict));
    file.commit();
}

void AcceleratorCache::forget(const std::string& key) const noexcept {
    try {
        fs::remove(fileOf(key));
    } catch (const std::exception&) {
        // Not fatal: the verdict is checked against a boot.
    }
}

} // namespace rootlayer::vm
