#pragma once

#include <memory>
#include <string>

#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer::builder {

enum class ArchiveFormat { None, Tar, Zip, Cpio, SevenZip, Deb, Rpm, Apk };

/// How contents are unpacked, as Contents::format says. A name that is wrong about an archive does not count:
/// the content does. None: not at all. Throws Error{Usage} for an unknown format, and Error{Input} if the
/// file cannot be read or if "auto" finds no archive.
ArchiveFormat archiveFormatOf(const Contents& contents);

/// Whether the format says who owns a file. A zip may, but its owners are those of the host that made it.
bool hasOwners(ArchiveFormat format);

/// Whether an entry belongs to the payload; the metadata of an apk are in the same tar.
bool isPayload(ArchiveFormat format, const std::string& path);

/// Opens an archive, neither None nor Tar, as an uncompressed tar. bsdtar (libarchive) reads zip, cpio, 7z
/// and rpm, confined. The last read throws Error{Input} if the archive is damaged. `directory` is for
/// temporary files.
std::unique_ptr<Source> openArchive(const std::string& path, ArchiveFormat format,
                                    const std::string& directory, CancelToken cancel);

} // namespace rootlayer::builder
