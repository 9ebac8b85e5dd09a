// Preloaded into the command: makes one of its calls into the C library fail.
//
//   FAULT_CALL   the call: open, openat, read, pread, write, pwrite, writev, rename, ftruncate, mkdir, fork, pipe, socket,
//                socketpair, link, symlink, stat, memfd, opendir, poll, flock, lseek
//   FAULT_N      which one, from 1
//   FAULT_ERRNO  the errno that it sets
//   FAULT_STAYS  1: all later ones fail too
//   FAULT_LOG    a file that says whether it happened
//
// Calls on stderr never fail, so that there is a message to check. Neither children nor the programs that they become are
// affected: the environment is cleared, and only the process that loaded the library counts.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *wanted;
static const char *logFile;
static atomic_long calls;
static long failing, number;
static int stays;
static pid_t owner;

__attribute__((constructor)) static void load(void) {
    const char *call = getenv("FAULT_CALL"), *which = getenv("FAULT_N"), *error = getenv("FAULT_ERRNO");
    const char *repeated = getenv("FAULT_STAYS"), *log = getenv("FAULT_LOG");
    if (call != NULL && which != NULL && error != NULL) {
        failing = atol(which);
        number = atol(error);
        stays = repeated != NULL && strcmp(repeated, "1") == 0;
        logFile = log != NULL ? strdup(log) : NULL;
        owner = getpid();
        wanted = strdup(call);
    }
    unsetenv("LD_PRELOAD");
    unsetenv("FAULT_CALL");
}

static void tell(void) {
    if (logFile == NULL)
        return;
    long file = syscall(SYS_openat, AT_FDCWD, logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) {
        syscall(SYS_write, file, "failed\n", 7);
        syscall(SYS_close, file);
    }
}

static int fails(const char *call) {
    if (wanted == NULL || strcmp(call, wanted) != 0 || getpid() != owner)
        return 0;
    long count = atomic_fetch_add(&calls, 1) + 1;
    if (count != failing && !(stays && count > failing))
        return 0;
    if (count == failing)
        tell();
    errno = (int)number;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// A call whose arguments are passed on as they are.
#define FORWARD(result, failure, name, word, parameters, arguments)                                                              \
    result name parameters {                                                                                                     \
        static __typeof__(&name) real;                                                                                           \
        if (real == NULL)                                                                                                        \
            real = REAL(name);                                                                                                   \
        return fails(word) ? (failure) : real arguments;                                                                         \
    }
// The same, but never on stderr.
#define FORWARD_FD(result, name, word, parameters, arguments)                                                                    \
    result name parameters {                                                                                                     \
        static __typeof__(&name) real;                                                                                           \
        if (real == NULL)                                                                                                        \
            real = REAL(name);                                                                                                   \
        return fd != STDERR_FILENO && fails(word) ? -1 : real arguments;                                                         \
    }

#define OPEN(name)                                                                                                               \
    int name(const char *path, int flags, ...) {                                                                                 \
        static int (*real)(const char *, int, ...);                                                                              \
        va_list more;                                                                                                            \
        va_start(more, flags);                                                                                                   \
        mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                                         \
        va_end(more);                                                                                                            \
        if (real == NULL)                                                                                                        \
            real = REAL(name);                                                                                                   \
        return fails("open") ? -1 : real(path, flags, mode);                                                                     \
    }
#define OPENAT(name)                                                                                                             \
    int name(int directory, const char *path, int flags, ...) {                                                                  \
        static int (*real)(int, const char *, int, ...);                                                                         \
        va_list more;                                                                                                            \
        va_start(more, flags);                                                                                                   \
        mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;                                         \
        va_end(more);                                                                                                            \
        if (real == NULL)                                                                                                        \
            real = REAL(name);                                                                                                   \
        return fails("openat") ? -1 : real(directory, path, flags, mode);                                                        \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FORWARD_FD(ssize_t, read, "read", (int fd, void *to, size_t size), (fd, to, size))
FORWARD_FD(ssize_t, pread, "pread", (int fd, void *to, size_t size, off_t at), (fd, to, size, at))
FORWARD_FD(ssize_t, pread64, "pread", (int fd, void *to, size_t size, off64_t at), (fd, to, size, at))
FORWARD_FD(ssize_t, write, "write", (int fd, const void *from, size_t size), (fd, from, size))
FORWARD_FD(ssize_t, pwrite, "pwrite", (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
FORWARD_FD(ssize_t, pwrite64, "pwrite", (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
FORWARD_FD(ssize_t, writev, "writev", (int fd, const struct iovec *from, int count), (fd, from, count))
FORWARD_FD(int, ftruncate, "ftruncate", (int fd, off_t size), (fd, size))
FORWARD_FD(int, ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size))
FORWARD_FD(off_t, lseek, "lseek", (int fd, off_t at, int from), (fd, at, from))
FORWARD_FD(off64_t, lseek64, "lseek", (int fd, off64_t at, int from), (fd, at, from))
FORWARD_FD(int, fstat, "stat", (int fd, struct stat *to), (fd, to))
FORWARD_FD(int, fstat64, "stat", (int fd, struct stat64 *to), (fd, to))
FORWARD(int, -1, stat, "stat", (const char *path, struct stat *to), (path, to))
FORWARD(int, -1, stat64, "stat", (const char *path, struct stat64 *to), (path, to))
FORWARD(int, -1, lstat64, "stat", (const char *path, struct stat64 *to), (path, to))
FORWARD(int, -1, rename, "rename", (const char *from, const char *to), (from, to))
FORWARD(int, -1, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
FORWARD(int, -1, mkdirat, "mkdir", (int directory, const char *path, mode_t mode), (directory, path, mode))
FORWARD(int, -1, linkat, "link", (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
FORWARD(int, -1, symlink, "symlink", (const char *to, const char *path), (to, path))
FORWARD(int, -1, symlinkat, "symlink", (const char *to, int directory, const char *path), (to, directory, path))
FORWARD(int, -1, pipe2, "pipe", (int ends[2], int flags), (ends, flags))
FORWARD(int, -1, socket, "socket", (int domain, int type, int protocol), (domain, type, protocol))
FORWARD(int, -1, socketpair, "socketpair", (int domain, int type, int protocol, int ends[2]), (domain, type, protocol, ends))
FORWARD(int, -1, memfd_create, "memfd", (const char *name, unsigned flags), (name, flags))
FORWARD(DIR *, NULL, opendir, "opendir", (const char *path), (path))
FORWARD(DIR *, NULL, fdopendir, "opendir", (int directory), (directory))
FORWARD(int, -1, poll, "poll", (struct pollfd *files, nfds_t count, int wait), (files, count, wait))
FORWARD(int, -1, flock, "flock", (int file, int operation), (file, operation))
FORWARD(pid_t, -1, fork, "fork", (void), ())
