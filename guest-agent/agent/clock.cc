#include "guest-agent/agent/clock.hh"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <vector>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {
constexpr std::size_t kMaxEntropy = 512;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
} // namespace

void setClock(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return;
    // Linux rejects a time that would put the machine's start before 1970. A host without a clock battery may
    // send one.
    timespec up{};
    ::clock_gettime(CLOCK_MONOTONIC, &up);
    nanoseconds = std::max(nanoseconds, (std::int64_t{up.tv_sec} + 1) * kNanoseconds);
    const timespec time{static_cast<time_t>(nanoseconds / kNanoseconds),
                        static_cast<long>(nanoseconds % kNanoseconds)};
    if (::clock_settime(CLOCK_REALTIME, &time) != 0) throw systemError("cannot set the guest's clock");
}

void addEntropy(std::string_view bytes) {
    if (bytes.empty()) return;
    if (bytes.size() > kMaxEntropy) throw Error(ErrorCode::Protocol, "the entropy has more than 512 bytes");
    const UniqueFd random(::open("/dev/urandom", O_RDWR | O_CLOEXEC));
    if (!random) throw systemError("cannot open /dev/urandom");
    // struct rand_pool_info: bits, bytes, and the bytes as 32-bit words.
    std::vector<int> pool(2 + (bytes.size() + sizeof(int) - 1) / sizeof(int));
    pool[0] = static_cast<int>(bytes.size() * 8);
    pool[1] = static_cast<int>(bytes.size());
    std::memcpy(&pool[2], bytes.data(), bytes.size());
    if (::ioctl(random.get(), RNDADDENTROPY, pool.data()) != 0 || ::ioctl(random.get(), RNDRESEEDCRNG) != 0) {
        throw systemError("cannot add to the guest's random pool");
    }
}

} // namespace rootlayer::guest
