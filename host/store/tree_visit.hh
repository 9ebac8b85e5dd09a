#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <rootlayer/cancel.hh>

#include "store/node.hh"

namespace rootlayer::store {

/// Appends a name to a path for as long as it exists.
class PathStep final {
  public:
    PathStep(std::string& path, std::string_view name) : m_path(path), m_before(path.size()) {
        if (!path.empty()) path += '/';
        path += name;
    }
    ~PathStep() { m_path.resize(m_before); }
    PathStep(const PathStep&) = delete;
    PathStep& operator=(const PathStep&) = delete;

  private:
    std::string& m_path;
    std::size_t m_before;
};

/// Calls `visitor(node, path)` for `top`, whose path is `path`, and for everything below it: a directory
/// before its children, siblings in bytewise order. The path is carried along, so that a visit does not
/// depend on the depth. Looks at the token, which may be null, before each node.
template <typename AnyNode, typename Visitor>
void visitTree(AnyNode& top, std::string& path, const CancelToken* cancel, const Visitor& visitor) {
    if (cancel != nullptr) cancel->check();
    visitor(top, std::as_const(path));
    for (auto& [name, below] : top.children) {
        const PathStep step(path, name);
        visitTree(static_cast<AnyNode&>(*below), path, cancel, visitor);
    }
}

} // namespace rootlayer::store
