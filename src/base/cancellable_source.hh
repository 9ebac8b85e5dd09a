#pragma once

#include <memory>
#include <span>
#include <utility>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer {

/// Looks at a token before each read. For sources that give much without reading much: 30 kB of zstd are 1
/// GiB of zeros.
class CancellableSource final : public Source {
  public:
    CancellableSource(std::unique_ptr<Source> source, CancelToken cancel)
        : m_source(std::move(source)), m_cancel(std::move(cancel)) {}

    std::size_t read(std::span<char> buffer) override {
        m_cancel.check();
        return m_source->read(buffer);
    }

  private:
    std::unique_ptr<Source> m_source;
    CancelToken m_cancel;
};

} // namespace rootlayer
