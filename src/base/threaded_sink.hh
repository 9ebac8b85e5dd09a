#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "base/stream.hh"

namespace rootlayer {

/// Passes bytes to another sink in a separate thread, so that slow work there (compression) does not block
/// the writer. At most `depth` pieces of 256 KiB wait; after that write() blocks. An exception from the other
/// sink is thrown by the next write() or by finish().
class ThreadedSink final : public Sink {
  public:
    /// The sink is not owned, and must not be used elsewhere before finish().
    explicit ThreadedSink(Sink& to, std::size_t depth = 8);
    ThreadedSink(const ThreadedSink&) = delete;
    ThreadedSink& operator=(const ThreadedSink&) = delete;
    /// Drops what is waiting, and ends the thread.
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
