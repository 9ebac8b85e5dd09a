#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/slice.hh"
#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer::image {

/// Opens the same bytes from their start. May be called any number of times.
using OpenSource = std::function<std::unique_ptr<Source>()>;

/// Stores bytes in a nameless file, which is gone when the spool and its openers are.
class Spool final : public Sink {
  public:
    /// The file is created in `directory`'s file system. `what` names the bytes in errors.
    Spool(const std::string& directory, std::string what);
    void write(std::string_view bytes) override;
    /// Ends the data and returns its digest. Call it once.
    const Digest& finish();

    const Digest& digest() const { return m_digest; }
    std::uint64_t size() const { return m_hash.bytes(); }
    /// Opens the stored bytes after finish(). It keeps the file; readers check the digest at the end.
    OpenSource opener(const CancelToken& cancel) const;

  private:
    std::shared_ptr<const UniqueFd> m_file;
    std::string m_what;
    Sha256 m_hash;
    Digest m_digest;
};

} // namespace rootlayer::image
