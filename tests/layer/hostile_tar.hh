#pragma once

#include <string>
#include <string_view>

#include "sample_layer.hh"

namespace rootlayer::test {

/// Writes a tar like TarWriter, but without its checks.
std::string uncheckedTar(const Items& items);
std::string uncheckedTar(const std::vector<layer::Entry>& entries);

/// "LENGTH KEY=VALUE\n".
std::string paxRecord(std::string_view key, std::string_view value);

/// A pax header with these records, then the entry's ustar header. No end of the tar.
std::string withPax(std::string_view records, const layer::Entry& entry);

/// Two zero blocks.
std::string tarEnd();

/// Replaces bytes at an offset of the header block at `block` and corrects its checksum.
void patch(std::string& tar, std::size_t block, std::size_t offset, std::string_view bytes);

/// Corrects the checksum of the header block at this offset.
void reseal(std::string& tar, std::size_t block);

/// Where the header blocks are, pax headers and records' blocks included, of a tar that is valid.
std::vector<std::size_t> headerBlocks(std::string_view tar);

} // namespace rootlayer::test
