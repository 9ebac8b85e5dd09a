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

/// Runs skopeo for all access to registries. It uses the user's configuration: logins
/// (containers-auth.json(5), REGISTRY_AUTH_FILE), certificates, mirrors, proxies and signatures
/// (containers-policy.json(5)). skopeo is killed if we die.
class Skopeo final {
  public:
    struct Options {
        bool tlsVerify = true; ///< false: any certificate, or no TLS, is accepted
        /// Timeout for a registry that sends nothing.
        std::chrono::milliseconds timeout = std::chrono::minutes(2);
        CancelToken cancel;
    };
    explicit Skopeo(Options options) : m_options(std::move(options)) {}

    /// The manifest or index that the registry has for the name, unmodified and not checked.
    std::string manifest(const std::string& image) const;

    /// Fetches an image's blobs and its manifest into a directory (containers-transports(5), "dir:"), which
    /// is created. The blobs are named by the hex digits of their digests. Throws Error{Image} as soon as
    /// there are more than `most` bytes. `onBytes` is called about every second with the number of bytes so
    /// far.
    void fetch(const std::string& image, const std::string& directory, std::uint64_t most,
               const std::function<void(std::uint64_t)>& onBytes = {}) const;

    /// Pushes the image of an OCI layout ("DIR:TAG") unmodified. The timeout is half an hour.
    void send(const std::string& layout, const std::string& image) const;

    /// Starts to push an image whose layer `missing` is not in the layout, so that the push cannot succeed.
    /// Throws if the registry refuses before skopeo notices that. Unknown failures are ignored: the actual
    /// push will report them.
    void ask(const std::string& layout, const std::string& image, const Digest& missing) const;

  private:
    struct Ended {
        bool succeeded = false;
        std::string out;
        std::string err;
    };
    Ended finish(std::vector<std::string> argv, const std::string& image, std::chrono::milliseconds timeout,
                 const std::function<std::uint64_t()>& progress) const;
    std::string run(std::vector<std::string> argv, const std::string& image,
                    std::chrono::milliseconds timeout, const std::function<std::uint64_t()>& progress) const;

    Options m_options;
};

} // namespace rootlayer::image
