#pragma once

// How popular the paths of a closure are.
//
//     app  -> lib, libc, app         lib's only chain starts at app: 1
//     tool -> libc                   three chains lead to libc, by app, lib and tool: 3
//     lib  -> libc                   nothing leads to app and tool but themselves: 1
//
// The popularity of a path is the number of chains of references that lead to it from the paths to which
// nothing refers. A path that is used by much, directly and indirectly, has many; so it is likely to be in
// other images too, and deserves a layer that they can share.
//
// The chains are counted and not walked: a path has the sum of what its referrers have. Their number is
// exponential in the depth of the graph, so the sums stop at 2^64-1. Sums that stop there do not depend on
// the order of their terms.
//
// A reference of a path to itself counts for nothing. Paths that refer to one another in a cycle are counted
// as one: each has the chains that lead into the cycle. Without that a cycle would have infinitely many.

#include <cstdint>
#include <vector>

namespace rootlayer::builder {

/// For each path the indexes of those that it refers to.
using References = std::vector<std::vector<std::uint32_t>>;

/// The popularity of each path, 1 or more. Takes time and memory linear in the graph; does not recurse.
std::vector<std::uint64_t> popularityOf(const References& references);

} // namespace rootlayer::builder
