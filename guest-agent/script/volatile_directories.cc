#include "guest-agent/script/volatile_directories.hh"

#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/mounting.hh"
#include "guest-agent/script/device_directory.hh"

namespace rootlayer::guest {

namespace {

constexpr std::uint64_t kMaxNames = 1'000'000;
constexpr int kDeepest = 64;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// Null if it cannot be opened or is a symlink.
Directory openBelow(int parent, const char* name) {
    UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return nullptr;
    Directory directory(::fdopendir(fd.get()));
    if (directory) fd.release();
    return directory;
}

/// Names are read one by one: the script may have created more than the agent's memory can hold.
class Counting final {
  public:
    /// Is the name counted, with everything below it?
    using Takes = std::function<bool(std::string_view)>;
    explicit Counting(const std::function<void()>& tick) : m_tick(tick) {}

    void countIn(int parent, const char* name, const Takes& takes, int depth = 0) {
        const auto directory = openBelow(parent, name);
        if (!directory) return;
        while (m_count < kMaxNames) {
            const dirent* entry = ::readdir(directory.get());
            if (entry == nullptr) return;
            const std::string_view found = entry->d_name;
            if (found == "." || found == ".." || !takes(found)) continue;
            m_tick();
            ++m_count;
            if (entry->d_type == DT_DIR && depth < kDeepest)
                countIn(::dirfd(directory.get()), entry->d_name, kAll, depth + 1);
        }
    }

    std::uint64_t count() const { return m_count; }

  private:
    inline static const Takes kAll = [](std::string_view) { return true; };

    const std::function<void()>& m_tick;
    std::uint64_t m_count = 0;
};

void mountDevices(const char* path) {
    makeDirectory(path);
    mountAt("dev", path, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=16m");
    const UniqueFd devices(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!devices) throw systemError("cannot open the script's /dev");
    fillDeviceDirectory(devices.get());
}

/// Unmounts it even if files in it are open.
void takeAway(const char* path) {
    ::umount2(path, MNT_DETACH);
}

} // namespace

void countLeftIn(int directory, const std::string& name,
                 const std::function<bool(std::string_view)>& passedOver, const std::function<void()>& tick,
                 protocol::Tally& tally) {
    Counting counting(tick);
    std::string first;
    counting.countIn(directory, ".", [&](std::string_view found) {
        if (passedOver(found)) return false;
        // readdir(3) returns names in the file system's own order.
        if (first.empty() || found < first) first = found;
        return true;
    });
    if (tally.count == 0 && counting.count() > 0) tally.first = name + "/" + first;
    tally.count += counting.count();
}

void mountVolatileDirectories() {
    makeDirectory(kVolatile);
    makeDirectory(kRun);
    mountAt("run", kRun, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
    mountDevices(kDevices);
}

StepDirectories::StepDirectories() {
    makeDirectory(kStepFiles);
    mountAt("files", kStepFiles, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
    makeDirectory(temporary(), 01777);
    makeDirectory(run());
    mountDevices(kStepDevices);
}

StepDirectories::~StepDirectories() {
    takeAway(kStepDevices);
    takeAway(kStepFiles);
}

protocol::Tally countLeftInVolatileDirectories(const std::function<void()>& tick) {
    const auto none = [](std::string_view) { return false; };
    protocol::Tally tally;
    const auto count = [&](const char* path, const char* name, const auto& passedOver) {
        const UniqueFd directory(::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (directory) countLeftIn(directory.get(), name, passedOver, tick, tally);
    };
    count(kTemporary, "/tmp", none);
    count(kRun, "/run", none);
    count(kDevices, "/dev", isOwnDevice);
    takeAway(kRun);
    takeAway(kDevices);
    return tally;
}

} // namespace rootlayer::guest
