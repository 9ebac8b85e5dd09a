#include "layer/acl_list.hh"

#include <cstdint>
#include <rootlayer/error.hh>

namespace rootlayer::layer {

namespace {

void putNumber(std::string& to, std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
        to += static_cast<char>(number >> 8U * i & 0xffU);
}

void putText(std::string& to, std::string_view text) {
    putNumber(to, text.size(), 4);
    to += text;
}

std::string_view take(std::string_view& bytes, std::uint64_t size) {
    if (size > bytes.size()) throw Error(ErrorCode::Protocol, "a list of ACLs is truncated");
    const auto taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
}

std::uint64_t takeNumber(std::string_view& bytes, std::size_t size) {
    const auto taken = take(bytes, size);
    std::uint64_t number = 0;
    for (std::size_t i = size; i-- > 0;)
        number = number << 8U | static_cast<unsigned char>(taken[i]);
    return number;
}

std::string takeText(std::string_view& bytes) {
    return std::string(take(bytes, takeNumber(bytes, 4)));
}

} // namespace

std::string encodeAcls(const std::vector<AclItem>& items) {
    std::string bytes;
    for (const auto& item : items) {
        putNumber(bytes, item.size, 8);
        putText(bytes, item.path);
        putText(bytes, item.access);
        putText(bytes, item.defaults);
    }
    return bytes;
}

std::vector<AclItem> decodeAcls(std::string_view bytes) {
    std::vector<AclItem> items;
    while (!bytes.empty()) {
        AclItem item;
        item.size = takeNumber(bytes, 8);
        item.path = takeText(bytes);
        item.access = takeText(bytes);
        item.defaults = takeText(bytes);
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace rootlayer::layer
