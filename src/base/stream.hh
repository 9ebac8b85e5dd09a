#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace rootlayer {

/// Takes bytes in order. A sink that must be completed has a finish() of its own; destructors complete
/// nothing.
class Sink {
  public:
    virtual ~Sink() = default;
    /// Takes all bytes, or throws.
    virtual void write(std::string_view bytes) = 0;
};

/// Yields bytes in order.
class Source {
  public:
    virtual ~Source() = default;
    /// Reads at least one byte and at most buffer.size(); returns 0 at the end.
    virtual std::size_t read(std::span<char> buffer) = 0;
};

/// Copies until the end, in pieces of 256 KiB; returns the number of bytes.
std::uint64_t copy(Source& from, Sink& to);

/// Reads to the end into a string; throws Error{Resource} naming `what` if there are more than `limit` bytes.
std::string readAll(Source& from, std::uint64_t limit, std::string_view what);

/// Reads exactly buffer.size() bytes, or fewer if the source ends first; returns the number.
std::size_t readFully(Source& from, std::span<char> buffer);

/// A Sink that writes to a descriptor, which is not owned. Waits if the descriptor is non-blocking.
class FdSink final : public Sink {
  public:
    /// `what` names the target in errors ("layer.tar").
    FdSink(int fd, std::string what) : m_fd(fd), m_what(std::move(what)) {}
    void write(std::string_view bytes) override;

  private:
    int m_fd;
    std::string m_what;
};

/// A Source that reads a descriptor, which is not owned.
class FdSource final : public Source {
  public:
    FdSource(int fd, std::string what) : m_fd(fd), m_what(std::move(what)) {}
    std::size_t read(std::span<char> buffer) override;

  private:
    int m_fd;
    std::string m_what;
};

/// A Source that reads bytes in memory, which are not owned.
class StringSource final : public Source {
  public:
    explicit StringSource(std::string_view bytes) : m_bytes(bytes) {}
    std::size_t read(std::span<char> buffer) override;

  private:
    std::string_view m_bytes;
};

/// Collects bytes in memory.
class StringSink final : public Sink {
  public:
    void write(std::string_view bytes) override { m_bytes.append(bytes); }
    const std::string& bytes() const { return m_bytes; }
    std::string take() { return std::move(m_bytes); }

  private:
    std::string m_bytes;
};

/// Passes the bytes to a function.
class FunctionSink final : public Sink {
  public:
    explicit FunctionSink(std::function<void(std::string_view)> function) : m_function(std::move(function)) {}
    void write(std::string_view bytes) override { m_function(bytes); }

  private:
    std::function<void(std::string_view)> m_function;
};

} // namespace rootlayer
