#pragma once

#include <functional>
#include <string>

#include "guest-agent/base/layout.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// Mounts tmpfs at /v/run and /v/dev, which become the script's /run and /dev, and fills /v/dev. They are
/// mounted in the agent's namespace, so that they can be examined after the script has ended.
void mountVolatileDirectories();

/// The /tmp, /run and /dev of one script of --before or --after, while the object lives. Nothing of them is
/// kept or counted.
class StepDirectories final {
  public:
    /// Throws Error{System}.
    StepDirectories();
    ~StepDirectories();
    StepDirectories(const StepDirectories&) = delete;
    StepDirectories& operator=(const StepDirectories&) = delete;

    static std::string temporary() { return std::string(kStepFiles) + "/tmp"; }
    static std::string run() { return std::string(kStepFiles) + "/run"; }
};

/// Counts the names that the script left in its /tmp, /run and /dev, which are not packed (not in what is
/// mounted there, such as /dev/shm), and returns the first in the first of these directories that has any.
/// Counts at most a million names, to a depth of 64 directories. Then unmounts /v/run and /v/dev. Calls
/// `tick` for every name.
protocol::Tally countLeftInVolatileDirectories(const std::function<void()>& tick);

/// The same for one directory: a descriptor, not owned, and the name that the script knows it by. Names at
/// its top for which `passedOver` is true do not count. Adds to `tally`.
void countLeftIn(int directory, const std::string& name,
                 const std::function<bool(std::string_view)>& passedOver, const std::function<void()>& tick,
                 protocol::Tally& tally);

} // namespace rootlayer::guest
