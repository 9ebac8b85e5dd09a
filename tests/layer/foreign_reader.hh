#pragma once

#include <string>
#include <vector>

#include "sample_layer.hh"

namespace rootlayer::test {

/// A tar program, and the listing that it should print of a layer, line by line.
class ForeignReader {
  public:
    virtual ~ForeignReader() = default;
    /// The name of the program. It counts as not installed if it is not in PATH.
    virtual std::string program() const = 0;
    virtual std::vector<std::string> read(const std::string& tarFile) const = 0;
    virtual std::vector<std::string> expected(const Items& items) const = 0;
};

/// `tar --list`: names, modes, owners, sizes, times, links, devices.
class GnuTar final : public ForeignReader {
  public:
    std::string program() const override { return "tar"; }
    std::vector<std::string> read(const std::string& tarFile) const override;
    std::vector<std::string> expected(const Items& items) const override;
};

/// libarchive, as an mtree manifest: the same, and contents.
class BsdTar final : public ForeignReader {
  public:
    std::string program() const override { return "bsdtar"; }
    std::vector<std::string> read(const std::string& tarFile) const override;
    std::vector<std::string> expected(const Items& items) const override;
};

/// Python's tarfile: the same, and extended attributes.
class PythonTar final : public ForeignReader {
  public:
    /// Without data, for files that are larger than what the test wrote.
    explicit PythonTar(bool withData = true) : m_withData(withData) {}
    std::string program() const override { return "python3"; }
    std::vector<std::string> read(const std::string& tarFile) const override;
    std::vector<std::string> expected(const Items& items) const override;

  private:
    bool m_withData;
};

} // namespace rootlayer::test
