#pragma once

#include <string>
#include <vector>

namespace rootlayer::vm {

/// Limits the size of logs that a guest writes to (boundConsole()): checks them once a second in libvirt's
/// event thread.
class ConsoleGuard final {
  public:
    explicit ConsoleGuard(std::vector<std::string> paths);
    ~ConsoleGuard();
    ConsoleGuard(const ConsoleGuard&) = delete;
    ConsoleGuard& operator=(const ConsoleGuard&) = delete;

  private:
    int m_timer = -1;
};

} // namespace rootlayer::vm
