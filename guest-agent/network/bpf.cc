#include "guest-agent/network/bpf.hh"

#include <cstdint>
#include <cstring>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer::guest::bpf {

namespace {

/// Unused fields of bpf_attr must be 0, also those after the used member.
bpf_attr blank() {
    bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    return attributes;
}

long call(unsigned command, bpf_attr& attributes) {
    return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

std::uint64_t pointer(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
}

UniqueFd openedBy(unsigned command, bpf_attr& attributes, const char* what) {
    UniqueFd fd(static_cast<int>(call(command, attributes)));
    if (!fd) throw systemError(what);
    return fd;
}

} // namespace

UniqueFd makeMap(unsigned type, unsigned keySize, unsigned valueSize, unsigned entries, unsigned flags) {
    auto attributes = blank();
    attributes.map_type = type;
    attributes.key_size = keySize;
    attributes.value_size = valueSize;
    attributes.max_entries = entries;
    attributes.map_flags = flags;
    return openedBy(BPF_MAP_CREATE, attributes, "cannot make a BPF map");
}

void put(const UniqueFd& map, const void* key, const void* value) {
    auto attributes = blank();
    attributes.map_fd = static_cast<unsigned>(map.get());
    attributes.key = pointer(key);
    attributes.value = pointer(value);
    if (call(BPF_MAP_UPDATE_ELEM, attributes) != 0) throw systemError("cannot set an entry of a BPF map");
}

bool takeFrom(const UniqueFd& queue, void* value) {
    auto attributes = blank();
    attributes.map_fd = static_cast<unsigned>(queue.get());
    attributes.value = pointer(value);
    return call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, attributes) == 0;
}

UniqueFd loadLookup(const std::vector<bpf_insn>& program) {
    auto attributes = blank();
    attributes.prog_type = BPF_PROG_TYPE_SK_LOOKUP;
    attributes.expected_attach_type = BPF_SK_LOOKUP;
    attributes.insns = pointer(program.data());
    attributes.insn_cnt = static_cast<unsigned>(program.size());
    attributes.license = pointer("Dual MIT/GPL");
    return openedBy(BPF_PROG_LOAD, attributes, "cannot load a BPF program");
}

UniqueFd attachLookup(const UniqueFd& program, int networkNamespace) {
    auto attributes = blank();
    attributes.link_create.prog_fd = static_cast<unsigned>(program.get());
    attributes.link_create.target_fd = static_cast<unsigned>(networkNamespace);
    attributes.link_create.attach_type = BPF_SK_LOOKUP;
    return openedBy(BPF_LINK_CREATE, attributes, "cannot attach a BPF program");
}

} // namespace rootlayer::guest::bpf
