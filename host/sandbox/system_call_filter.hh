#pragma once

#include <linux/filter.h>
#include <vector>

namespace rootlayer::sandbox {

/// A filter of system calls, as seccomp(2) takes it.
using SystemCallFilter = std::vector<sock_filter>;

/// What a filter does besides.
enum class OpenForWriting {
    Allow,
    Ask ///< open(2) with exactly O_RDWR is reported to the filter's listener (seccomp_unotify(2))
};

/// The filter of a program that works on files, on memory, on threads, on time, and on descriptors that it
/// has inherited: QEMU, and the makers of file systems. It can create no sockets, start no program after its
/// own, trace nothing, mount nothing, and change no owner, mode or time of a file. Other calls fail with
/// ENOSYS. Empty if libseccomp does not know how, as for OpenForWriting::Ask on an old kernel.
SystemCallFilter workingFilter(OpenForWriting writing = OpenForWriting::Allow);

/// For a thread that starts programs with libvirt: what neither libvirt nor QEMU need and Landlock does not
/// restrict fails with EPERM. The rest is allowed.
SystemCallFilter startingFilter();

} // namespace rootlayer::sandbox
