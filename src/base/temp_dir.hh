#pragma once

#include <string>

namespace rootlayer {

/// A private directory (mode 0700) that is removed with all it holds. Holds only files of our own making.
class TempDir final {
  public:
    /// Makes PARENT/rootlayer-XXXXXX. Throws Error{Input} when the parent is missing or cannot be written.
    explicit TempDir(const std::string& parent);
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&&) = delete;
    ~TempDir();

    const std::string& path() const { return m_path; }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_path + "/" + name; }
    /// Removes it now.
    void remove() noexcept;
    /// Leaves the directory to somebody else.
    void release() noexcept { m_path.clear(); }

  private:
    std::string m_path;
};

/// Removes a tree of our own, following no symlink; what cannot be removed is left.
void removeTree(const std::string& path) noexcept;

/// Makes a directory and its parents, mode 0700 for what is new. Throws Error{Input} naming the path.
void makeDirectories(const std::string& path);

} // namespace rootlayer
