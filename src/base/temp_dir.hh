#pragma once

#include <functional>
#include <string>

namespace rootlayer {

/// Calls `write`, which writes to the temporary directory. If that is full, the error's hint says what to
/// set.
void inTemporarySpace(const std::function<void()>& write);

/// A private directory (mode 0700) that is removed with its contents. Only for files of our own.
class TempDir final {
  public:
    /// Creates PARENT/rootlayer-XXXXXX. Throws Error{Input} if the parent is missing or not writable.
    explicit TempDir(const std::string& parent);
    /// Creates the directory that newPath() named. Throws the same.
    static TempDir at(std::string path);
    /// A path PARENT/rootlayer-XXXXXX with random characters, for what must know it before it exists.
    static std::string newPath(const std::string& parent);
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&&) = delete;
    ~TempDir();

    const std::string& path() const { return m_path; }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_path + "/" + name; }
    /// Removes it now.
    void remove() noexcept;
    /// Gives up ownership: the directory is not removed.
    void release() noexcept { m_path.clear(); }

  private:
    TempDir() = default;
    std::string m_path;
};

/// Removes a directory tree without following symlinks. Errors are ignored: what cannot be removed stays.
void removeTree(const std::string& path) noexcept;

/// Creates a directory and its parents, with mode 0700 for new ones. Throws Error{Input} naming the path.
void makeDirectories(const std::string& path);

} // namespace rootlayer
