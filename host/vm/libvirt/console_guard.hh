#pragma once

#include <string>
#include <vector>

namespace rootlayer::vm {

/// Looks at logs once a second, in libvirt's event thread, and cuts those that a guest has let grow
/// (boundConsole).
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
