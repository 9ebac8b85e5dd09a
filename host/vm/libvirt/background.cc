#include "vm/libvirt/background.hh"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include "base/no_signals.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

struct Background::State {
    std::function<void()> call;
    std::exception_ptr failure;
    UniqueFd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    void run() noexcept {
        try {
            call();
        } catch (...) {
            failure = std::current_exception();
        }
        call = nullptr;
        ::eventfd_write(done.get(), 1);
    }
};

namespace {

void startWithoutSignals(std::function<void()> body) {
    const NoSignals blocked;
    std::thread(std::move(body)).detach();
}

} // namespace

Background::Background(std::function<void()> call) : m_state(std::make_shared<State>()) {
    if (!m_state->done) throw systemError("cannot create an eventfd");
    m_state->call = std::move(call);
    startWithoutSignals([state = m_state] { state->run(); });
}

bool Background::wait(Deadline deadline, const CancelToken* cancel) const {
    for (;;) {
        std::array<pollfd, 2> waits{
            {{m_state->done.get(), POLLIN, 0}, {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        ::poll(waits.data(), waits.size(), deadline.pollTimeout());
        if (waits[0].revents != 0) break;
        if (cancel != nullptr) cancel->check();
        if (deadline.expired()) return false;
    }
    if (m_state->failure) std::rethrow_exception(m_state->failure);
    return true;
}

} // namespace rootlayer::vm
