#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builder/layer_plan.hh"

namespace rootlayer::builder {

/// Parses a graph of paths and references (docs/layered.md, "The graph"): our own form, and those that Nix
/// writes. `what` names it in errors. Throws Error{Input} for anything else.
std::vector<ClosurePath> parseClosure(std::string_view json, const std::string& what);

/// The same from a file. The result is sorted by path, and checked by checkClosure().
std::vector<ClosurePath> readClosure(const std::string& file);

/// Throws Error{Input} naming the path unless every path is absolute and canonical, occurs once, is not
/// inside another, and refers only to paths of the closure. `closure` is sorted by path.
void checkClosure(const std::vector<ClosurePath>& closure, const std::string& what);

/// Sorts by path, in the order of a layer's entries.
void sortClosure(std::vector<ClosurePath>& closure);

/// Throws Error{Input} that names the first ten paths that are not below the directory `root` of the host.
void requirePresent(const std::vector<ClosurePath>& closure, const std::string& root);

} // namespace rootlayer::builder
