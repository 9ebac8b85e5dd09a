#include "base/descriptor_message.hh"

#include <array>
#include <cstring>
#include <sys/socket.h>

namespace rootlayer {

namespace {

/// A message with room for one descriptor.
struct Message {
    explicit Message(iovec& piece) {
        head.msg_iov = &piece;
        head.msg_iovlen = 1;
        head.msg_control = control.data();
        head.msg_controllen = control.size();
    }
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr head{};
};

} // namespace

bool sendWithDescriptor(int socket, std::string_view bytes, int descriptor) noexcept {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    Message message(piece);
    if (descriptor >= 0) {
        cmsghdr* header = CMSG_FIRSTHDR(&message.head);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    } else {
        message.head.msg_controllen = 0;
    }
    return ::sendmsg(socket, &message.head, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size());
}

UniqueFd receiveDescriptor(int socket) {
    char byte = 0;
    iovec piece{&byte, 1};
    Message message(piece);
    if (::recvmsg(socket, &message.head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0) return {};
    const cmsghdr* header = CMSG_FIRSTHDR(&message.head);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return UniqueFd(descriptor);
}

} // namespace rootlayer
