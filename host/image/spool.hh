#pragma once

#include <functional>
#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/slice.hh"
#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer::image {

/// Opens the same bytes, from their begin, as often as wanted.
using OpenSource = std::function<std::unique_ptr<Source>()>;

/// Bytes put aside in a nameless file, gone when nobody can read them any more.
class Spool final : public Sink {
  public:
    /// `what` names the bytes in errors.
    Spool(const std::string& directory, std::string what);
    void write(std::string_view bytes) override;
    /// All is there; returns its digest. Call it once.
    const Digest& finish();

    const Digest& digest() const { return m_digest; }
    std::uint64_t size() const { return m_hash.bytes(); }
    /// Readable for as long as the caller keeps it; checked against the digest at its end.
    OpenSource opener(const CancelToken& cancel) const;

  private:
    std::shared_ptr<const UniqueFd> m_file;
    std::string m_what;
    Sha256 m_hash;
    Digest m_digest;
};

} // namespace rootlayer::image
