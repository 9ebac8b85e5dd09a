#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hh"
#include "base/json.hh"
#include "oci/image_config.hh"
#include "oci/manifest.hh"

namespace rootlayer::test {

/// A member of an archive, or a file of a layout. To break an image, change the members before they are put
/// together.
struct Member {
    std::string name;
    std::string data;
    char type = '0'; ///< ustar: '0' file, '1' hard link, '2' symlink, '5' directory
    std::string linkTarget;
};
using Members = std::vector<Member>;

/// A ustar block; `size` is what it says, true or not.
std::string tarHeader(const Member& member, std::uint64_t size);
/// Corrects the checksum of a block that a test has changed.
std::string withChecksum(std::string header);
/// Header, data, padding.
std::string tarMember(const Member& member);
/// A pax header with one record.
std::string paxHeader(std::string_view key, std::string_view value);
/// Members and two zero blocks. Names over 100 bytes get a pax header.
std::string makeTar(const Members& members);
/// Writes regular members as files, into a directory that exists.
void writeMembers(const std::string& directory, const Members& members);
/// The member of that name; it must be there.
Member& find(Members& members, std::string_view name);

std::string gzipped(std::string_view bytes);
std::string zstdCompressed(std::string_view bytes, int windowLog = 0);
std::string xzCompressed(std::string_view bytes);
std::string bzip2Compressed(std::string_view bytes);

/// Makes an image, with layers of any bytes, in each of the forms that it may be given in. The edits run
/// before digests are taken, so that what they change is consistent for a reader that checks digests alone.
class ImageBuilder final {
  public:
    using Compress = std::function<std::string(std::string_view)>;
    using Edit = std::function<void(Json&)>;

    oci::Platform platform;           ///< linux/amd64
    std::vector<std::string> tags;    ///< "name:tag"; in a layout the tag alone
    Edit editConfig = [](Json&) {};   ///< the whole document
    Edit editManifest = [](Json&) {}; ///< the OCI manifest
    Edit editIndex = [](Json&) {};    ///< index.json

    ImageBuilder& layer(std::string tar, const Compress& compress = {});
    /// A tar of one file.
    ImageBuilder& fileLayer(const std::string& name, const std::string& data, const Compress& compress = {});

    /// As `docker save` wrote until Docker 24: ID/layer.tar, CONFIG.json.
    Members dockerArchive() const;
    /// As Docker 25: blobs/sha256, manifest.json, index.json, oci-layout.
    Members docker25Archive() const;
    Members ociLayout() const;

    std::string config() const;
    std::string manifest() const;
    /// Of the manifest, with the tag if there is one.
    oci::Descriptor descriptor() const;
    Digest configDigest() const { return sha256(config()); }
    Digest manifestDigest() const { return sha256(manifest()); }
    /// The tars, uncompressed.
    const std::vector<std::string>& tars() const { return m_tars; }
    /// The tars as they are stored, compressed where that was asked for.
    const std::vector<std::string>& stored() const { return m_stored; }
    /// Blobs alone: layers, config, manifest.
    Members blobs() const;

  private:
    std::vector<std::string> m_tars;
    std::vector<std::string> m_stored;
};

/// manifest.json of several images in the old form, and all their members.
Members dockerArchiveOf(const std::vector<ImageBuilder>& images);
/// A layout whose index.json has these descriptors.
Members ociLayoutOf(const std::vector<oci::Descriptor>& top, const Members& blobs);
Member blob(const std::string& bytes);

} // namespace rootlayer::test
