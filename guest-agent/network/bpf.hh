#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hh"

struct bpf_insn;

/// The little of bpf(2) that the agent needs, without a library: the agent is static and small.
namespace rootlayer::guest::bpf {

/// Creates a map (BPF_MAP_TYPE_...). Throws Error{System}.
UniqueFd makeMap(unsigned type, unsigned keySize, unsigned valueSize, unsigned entries, unsigned flags = 0);
/// Sets an entry. Throws Error{System}.
void put(const UniqueFd& map, const void* key, const void* value);
/// Removes the next value of a queue; false if it is empty.
bool takeFrom(const UniqueFd& queue, void* value);
/// Loads a program of type BPF_PROG_TYPE_SK_LOOKUP. Throws Error{System}.
UniqueFd loadLookup(const std::vector<bpf_insn>& program);
/// Attaches it to the network namespace for as long as the result is open. Throws Error{System}.
UniqueFd attachLookup(const UniqueFd& program, int networkNamespace);

} // namespace rootlayer::guest::bpf
