// Does on purpose, in a child process, what the sanitizers must find. Argument: leak or overflow.
#include <cstdio>
#include <cstring>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void leak() {
    // Volatile, so that neither the compiler nor a register keeps it.
    char* volatile lost = new char[1000];
    std::memset(lost, 1, 1000);
    lost = nullptr;
}

int overflow() {
    volatile std::size_t at = 8;
    char* bytes = new char[at];
    const int read = bytes[at];
    delete[] bytes;
    return read & 1;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    const pid_t child = ::fork();
    if (child == 0) {
        if (what == "leak") leak();
        if (what == "overflow") ::_exit(overflow() & 0);
        return 0;
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) std::puts("the child was killed by a signal");
    return 0;
}
