#pragma once

#include <functional>
#include <stdexcept>
#include <vector>

#include <poll.h>

#include "base/deadline.hh"

namespace rootlayer::test {

/// Somebody who works whenever a descriptor is ready.
class Actor {
  public:
    virtual ~Actor() = default;
    /// Adds what it waits for.
    virtual void addPolls(std::vector<pollfd>& polls) = 0;
    /// Does what can be done without waiting.
    virtual void work() = 0;
};

/// Lets several actors work in one thread.
class Stage final {
  public:
    explicit Stage(std::vector<Actor*> actors) : m_actors(std::move(actors)) {}

    /// Until a condition holds. Throws if that takes half a minute.
    void until(const std::function<bool()>& done) {
        const auto limit = Deadline::after(std::chrono::seconds(30));
        while (!done()) {
            if (limit.expired()) throw std::runtime_error("what the test waits for does not happen");
            std::vector<pollfd> polls;
            for (auto* actor : m_actors)
                actor->addPolls(polls);
            // Not for ever: some of them have deadlines of their own.
            ::poll(polls.data(), polls.size(), 50);
            for (auto* actor : m_actors)
                actor->work();
        }
    }

  private:
    std::vector<Actor*> m_actors;
};

} // namespace rootlayer::test
