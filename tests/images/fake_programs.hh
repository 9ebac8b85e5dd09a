#pragma once

#include <cstdlib>
#include <string>
#include <sys/stat.h>

#include "base/file.hh"
#include "base/temp_dir.hh"

namespace rootlayer::images {

/// Programs of the test's own, before all others in PATH. They may write to a log.
class FakePrograms final {
  public:
    FakePrograms() : m_temp("/tmp"), m_path(::getenv("PATH")) {
        ::setenv("PATH", (m_temp.path() + ":" + m_path).c_str(), 1);
    }
    ~FakePrograms() { ::setenv("PATH", m_path.c_str(), 1); }
    FakePrograms(const FakePrograms&) = delete;
    FakePrograms& operator=(const FakePrograms&) = delete;

    void add(const std::string& name, const std::string& body) {
        writeFile(m_temp.file(name), "#!/bin/sh\n" + body + "\n");
        ::chmod(m_temp.file(name).c_str(), 0755);
    }
    std::string log() const { return readFile(m_temp.file("log"), "log", 1U << 20U); }
    std::string logPath() const { return m_temp.file("log"); }

  private:
    TempDir m_temp;
    std::string m_path;
};

} // namespace rootlayer::images
