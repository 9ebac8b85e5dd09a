// The fuzz target of the reader of tars from other tools. Any bytes must be refused with Error{Image}, or
// give the same entries however they are read; and a tar in which the audit finds no fault must be one that
// the reader accepts and the strict validator too.

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>

#include "audit/layer_audit.hh"
#include "base/digest.hh"
#include "base/escape.hh"
#include "fuzz.hh"
#include "layer/tar_validator.hh"
#include "tar/foreign_tar.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

/// Of one file: holes can make it terabytes long.
constexpr std::uint64_t kMostOfFile = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostInAll = std::uint64_t{16} << 20;

/// Gives at most `piece` bytes at a time.
class Drip final : public Source {
  public:
    Drip(std::string_view bytes, std::size_t piece) : m_bytes(bytes), m_piece(piece) {}
    std::size_t read(std::span<char> buffer) override {
        const auto some = std::min({buffer.size(), m_piece, m_bytes.size()});
        m_bytes.copy(buffer.data(), some);
        m_bytes.remove_prefix(some);
        return some;
    }

  private:
    std::string_view m_bytes;
    std::size_t m_piece;
};

struct Reading {
    std::string entries; ///< as text
    std::uint64_t count = 0;
    bool truncated = false; ///< only part of a file was read
    std::string error;
    friend bool operator==(const Reading&, const Reading&) = default;
};

void checkEntry(const layer::Entry& entry) {
    const bool link = entry.type == layer::EntryType::HardLink || entry.type == layer::EntryType::Symlink;
    require(entry.path.find('\0') == std::string::npos && entry.linkTarget.find('\0') == std::string::npos);
    require(entry.mode <= 07777 && entry.path.size() <= 1 << 20);
    require(link || entry.linkTarget.empty());
    require(entry.uid != 0xFFFFFFFF && entry.gid != 0xFFFFFFFF);
    for (const auto& [name, value] : entry.xattrs)
        require(!name.empty() && name.find('\0') == std::string::npos && value.size() <= 2 << 20);
}

void takeData(tar::ForeignTar& tar, std::uint64_t size, Sha256& hash, Reading& reading,
              std::uint64_t& total) {
    std::uint64_t got = 0;
    for (;;) {
        const auto piece = tar.data();
        got += piece.size();
        total += piece.size();
        require(got <= size);
        if (piece.empty()) return require(got == size);
        // Only so much is compared: the pieces may be of any size.
        if (got > kMostOfFile || total > kMostInAll) {
            reading.truncated = true;
            return;
        }
        hash.write(piece);
    }
}

Reading read(std::string_view bytes, std::size_t piece) {
    Reading reading;
    std::uint64_t total = 0;
    const auto error = refusal([&] {
        Drip source(bytes, piece);
        tar::ForeignTar tar(source);
        while (const auto* entry = tar.next()) {
            ++reading.count;
            checkEntry(*entry);
            std::string attributes;
            for (const auto& [name, value] : entry->xattrs)
                attributes += name + '=' + value + '\n';
            reading.entries += fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", quote(entry->path),
                                           static_cast<int>(entry->type), entry->mode, entry->uid, entry->gid,
                                           entry->size, entry->mtime, quote(entry->linkTarget),
                                           entry->devMajor, entry->devMinor, sha256(attributes).hex());
            if (entry->type != layer::EntryType::File) continue;
            Sha256 hash;
            bool was = reading.truncated;
            reading.truncated = false;
            takeData(tar, entry->size, hash, reading, total);
            if (!reading.truncated) reading.entries += hash.finish().hex();
            reading.truncated = reading.truncated || was;
        }
    });
    if (error) {
        require(error->code() == ErrorCode::Image && fitsTerminal(error->what()));
        reading.error = error->what();
    }
    return reading;
}

void compareWithAudit(std::string_view bytes, const Reading& reading) {
    StringSource source(bytes);
    std::uint64_t faults = 0;
    bool cut = false; // the audit has found no next entry
    const auto audit = audit::auditLayer(source, [&](const audit::LayerFault& fault) {
        ++faults;
        cut = cut || fault.rule == "A5";
        require(!fault.rule.empty() && !fault.message.empty());
    });
    require(audit.bytes == bytes.size() && audit.diffId == sha256(bytes) && audit.faults == faults);
    layer::TarValidator validator({.maxBytes = 1 << 24});
    const bool canonical = !refusal([&] {
        validator.write(bytes);
        validator.finish();
    });
    require(bytes.size() > 1 << 24 || canonical == (faults == 0));
    require(!canonical || reading.error.empty());
    require(!reading.error.empty() || cut || reading.count == audit.entries);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, size);
    const auto whole = read(bytes, std::max<std::size_t>(size, 1));
    const auto dripped = read(bytes, 1 + size % 1500);
    require(whole.error == dripped.error && whole.count == dripped.count);
    require(whole.truncated || dripped.truncated || whole.entries == dripped.entries);
    compareWithAudit(bytes, whole);
    return 0;
}
