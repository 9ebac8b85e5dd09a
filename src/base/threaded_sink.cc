#include "base/threaded_sink.hh"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/no_signals.hh"

namespace rootlayer {

namespace {
constexpr std::size_t kPiece = std::size_t{256} * 1024;
}

/// The state that the two threads share.
struct ThreadedSink::Queue {
    Queue(Sink& sink, std::size_t most) : to(sink), depth(most) {
        const NoSignals blocked;
        worker = std::thread([this] { work(); });
    }

    ~Queue() {
        {
            const std::lock_guard lock(mutex);
            stopped = true;
        }
        changed.notify_all();
        worker.join();
    }

    void work() noexcept {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return stopped || !pieces.empty(); });
            if (stopped) return;
            const std::string piece = std::move(pieces.front());
            lock.unlock();
            const auto thrown = pass(piece);
            lock.lock();
            // Removed only now, so that an empty queue means that everything has been written.
            pieces.pop_front();
            failure = thrown;
            stopped = stopped || failure;
            changed.notify_all();
        }
    }

    std::exception_ptr pass(const std::string& piece) noexcept {
        try {
            to.write(piece);
            return {};
        } catch (...) {
            return std::current_exception();
        }
    }

    /// Waits until at most `waiting` pieces are in the queue.
    std::unique_lock<std::mutex> wait(std::size_t waiting) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return failure || pieces.size() <= waiting; });
        if (failure) std::rethrow_exception(failure);
        return lock;
    }

    Sink& to;
    const std::size_t depth;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> pieces;
    std::exception_ptr failure;
    bool stopped = false;
    std::thread worker;
};

ThreadedSink::ThreadedSink(Sink& to, std::size_t depth) : m_queue(std::make_unique<Queue>(to, depth)) {}

ThreadedSink::~ThreadedSink() = default;

void ThreadedSink::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = std::min(bytes.size(), kPiece - m_piece.size());
        m_piece.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        if (m_piece.size() == kPiece) push();
    }
}

void ThreadedSink::push() {
    {
        const auto lock = m_queue->wait(m_queue->depth - 1);
        m_queue->pieces.push_back(std::move(m_piece));
    }
    m_queue->changed.notify_all();
    m_piece = {};
    m_piece.reserve(kPiece);
}

void ThreadedSink::finish() {
    if (!m_piece.empty()) push();
    m_queue->wait(0);
}

} // namespace rootlayer
