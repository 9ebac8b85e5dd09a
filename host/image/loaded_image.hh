#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/slice.hh"
#include "image/base_image.hh"

namespace rootlayer::image {

/// A base image of given parts.
class LoadedImage final : public BaseImage {
  public:
    LoadedImage(oci::ImageConfig config, std::vector<BaseLayer> layers, Digest manifest = {},
                Digest configDigest = {}, std::vector<std::string> names = {}, Documents documents = {})
        : m_config(std::move(config)), m_layers(std::move(layers)), m_manifest(std::move(manifest)),
          m_configDigest(std::move(configDigest)), m_names(std::move(names)),
          m_documents(std::move(documents)) {}

    const oci::ImageConfig& config() const override { return m_config; }
    const std::vector<BaseLayer>& layers() const override { return m_layers; }
    const Digest& manifestDigest() const override { return m_manifest; }
    const Digest& configDigest() const override { return m_configDigest; }
    const Documents& documents() const override { return m_documents; }
    const std::vector<std::string>& names() const override { return m_names; }

  private:
    oci::ImageConfig m_config;
    std::vector<BaseLayer> m_layers;
    Digest m_manifest;
    Digest m_configDigest;
    std::vector<std::string> m_names;
    Documents m_documents;
};

/// A layer before it is read.
struct StoredLayer {
    std::function<Slice()> open; ///< the bytes as stored, compressed or not
    std::uint64_t size = 0;      ///< of the bytes as stored
    Digest diffId;
    Digest digest;    ///< of the bytes as stored; empty if unknown
    std::string what; ///< for errors: layer 2 (the member "x/layer.tar" of ...)
};

/// A BaseLayer that checks size, digests and limit while it is read.
BaseLayer verifiedLayer(const StoredLayer& stored, const OpenOptions& options);

/// Throws Error{Platform} unless the image is for options.platform.
void requirePlatform(const oci::ImageConfig& config, const OpenOptions& options, const std::string& what);

/// docker makes images of at most 127 layers, and overlayfs mounts at most 500. An image may name one layer
/// any number of times, and each time it is read.
inline constexpr std::size_t kMaxLayers = 1000;

/// Throws Error{Image} for more than kMaxLayers.
void requireFewLayers(std::size_t layers, const std::string& what);

/// Throws Error{Image} unless there are as many layers as diff_ids, and few.
void requireLayerCount(const oci::ImageConfig& config, std::size_t layers, const std::string& what);

} // namespace rootlayer::image
