#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/digest.hh"

namespace rootlayer::image {

/// Runs skopeo, to which registries are left: logins (containers-auth.json(5), REGISTRY_AUTH_FILE),
/// certificates, mirrors, proxies and signatures (containers-policy.json(5)) are as its user has set them up.
/// It ends when we do.
class Skopeo final {
  public:
    struct Options {
        bool tlsVerify = true; ///< false: without TLS too, and with any certificate
        /// A registry that sends nothing for so long is given up.
        std::chrono::milliseconds timeouts = std::chrono::minutes(2);
        CancelToken cancel;
    };
    explicit Skopeo(Options options) : m_options(std::move(options)) {}

    /// The document that the registry has under the name, a manifest or an index: as it came, not checked.
    std::string manifest(const std::string& image) const;

    /// Fetches an image's blobs and its manifest into a directory (containers-transports(5), "dir:"), which
    /// is made; the blobs are named by the hex of their digests. Throws Error{Image} as soon as there are
    /// more than `most` bytes. `onBytes` is told about every second how many there are.
    void fetch(const std::string& image, const std::string& directory, std::uint64_t most,
               const std::function<void(std::uint64_t)>& onBytes = {}) const;

    /// Pushes the image of an OCI layout ("DIR:TAG"), byte for byte. It is given half an hour.
    void send(const std::string& layout, const std::string& image) const;

    /// Begins to push an image whose layer `missing` is not in the layout, and so cannot come to its end.
    /// Throws when the registry refuses before that is noticed. A failure that is not known counts as none:
    /// the push itself will tell.
    void ask(const std::string& layout, const std::string& image, const Digest& missing) const;

  private:
    struct Ended {
        bool succeeded = false;
        std::string out;
        std::string err;
    };
    Ended finish(std::vector<std::string> argv, const std::string& image, std::chrono::milliseconds timeouts,
                 const std::function<std::uint64_t()>& progress) const;
    std::string run(std::vector<std::string> argv, const std::string& image,
                    std::chrono::milliseconds timeouts, const std::function<std::uint64_t()>& progress) const;

    Options m_options;
};

} // namespace rootlayer::image
