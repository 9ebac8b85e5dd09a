#pragma once

#include <string>

namespace rootlayer::guest {

/// The root of the scripts of --before and --after, at /b while the object lives: the base, read-only, with
/// the upper directory at /layer, and mount points for what every script has (ScriptMounts). It adds nothing
/// to the upper directory.
class StepRoot final {
  public:
    /// `lowers` are the base's lower directories (mountBase()). The script's root must not be mounted. Throws
    /// Error{System}.
    explicit StepRoot(const std::string& lowers);
    ~StepRoot();
    StepRoot(const StepRoot&) = delete;
    StepRoot& operator=(const StepRoot&) = delete;
};

} // namespace rootlayer::guest
