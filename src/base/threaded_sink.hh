#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "base/stream.hh"

namespace rootlayer {

/// Passes bytes on to another sink in a thread of its own, so that what is slow there (compressing) does not
/// stop who writes. At most `depth` pieces of 256 KiB wait; then write() waits too. What the other sink
/// throws is thrown by the next write(), or by finish().
class ThreadedSink final : public Sink {
  public:
    /// The sink is not owned; nobody else may touch it before finish().
    explicit ThreadedSink(Sink& to, std::size_t depth = 8);
    ThreadedSink(const ThreadedSink&) = delete;
    ThreadedSink& operator=(const ThreadedSink&) = delete;
    /// Drops what waits, and ends the thread.
    ~ThreadedSink() override;

    void write(std::string_view bytes) override;
    /// Returns when the other sink has everything.
    void finish();

  private:
    struct Queue;
    void push();

    std::unique_ptr<Queue> m_queue;
    std::string m_piece;
};

} // namespace rootlayer
