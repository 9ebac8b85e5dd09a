#include "base/file_age.hh"

#include <cstdint>
#include <ctime>

namespace rootlayer {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kCoarse = 2 * kSecond;
constexpr int kMaxPauses = 20;
constexpr timespec kPause{0, 1'000'000};

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * kSecond + time.tv_nsec;
}

} // namespace

bool isSettled(const struct stat& status) {
    // The kernel takes file times from this clock.
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    const auto age = nanoseconds(now) - nanoseconds(status.st_ctim);
    return status.st_ctim.tv_nsec == 0 ? age >= kCoarse : age > 0;
}

void settle(int fd) {
    struct stat status {};
    for (int pauses = 0; pauses < kMaxPauses; ++pauses) {
        if (::fstat(fd, &status) != 0 || status.st_ctim.tv_nsec == 0 || isSettled(status)) return;
        ::nanosleep(&kPause, nullptr);
    }
}

} // namespace rootlayer
