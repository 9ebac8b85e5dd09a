#include "layer/tar_validator.hh"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/pax.hh"
#include "layer/refuse.hh"
#include "layer/rules.hh"
#include "layer/ustar.hh"
#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

bool allZero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

std::string_view take(std::string_view& bytes, std::uint64_t most) {
    const auto piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes.size())));
    bytes.remove_prefix(piece.size());
    return piece;
}

/// Whether there was a slash is checked when the entry is written again.
void stripSlash(Entry& entry) {
    if (entry.type == EntryType::Directory && entry.path.ends_with('/')) entry.path.pop_back();
}

} // namespace

TarValidator::TarValidator(ValidatorLimits limits, OnEntry onEntry, OnData onData)
    : m_limits(limits), m_onEntry(std::move(onEntry)), m_onData(std::move(onData)) {}

void TarValidator::write(std::string_view bytes) {
    if (m_state == State::Refused) refuse("the layer was refused before");
    try {
        while (!bytes.empty())
            consume(bytes);
    } catch (Error& error) {
        error.addContext(place());
        m_state = State::Refused;
        throw;
    }
}

LayerSummary TarValidator::finish() {
    if (m_state == State::End) return m_summary;
    if (m_state == State::Refused) refuse("the layer was refused before");
    Error error(ErrorCode::Layer,
                fmt::format("it is truncated: it has {} bytes and no end", m_summary.bytes));
    error.addContext(place());
    m_state = State::Refused;
    throw error;
}

void TarValidator::consume(std::string_view& bytes) {
    if (m_state == State::End) refuse("there are bytes after the two zero blocks that end the layer");
    const auto before = bytes.size();
    switch (m_state) {
    case State::PaxRecords:
        takeRecords(bytes);
        break;
    case State::Data:
        takeData(bytes);
        break;
    case State::Padding:
        takePadding(bytes);
        break;
    default:
        takeBlock(bytes);
    }
    m_summary.bytes += before - bytes.size();
    if (m_summary.bytes > m_limits.maxBytes)
        refuse(fmt::format("the layer is larger than the limit of {} bytes", m_limits.maxBytes));
}

void TarValidator::takeBlock(std::string_view& bytes) {
    if (m_block.empty() && bytes.size() >= kBlockSize) return onBlock(take(bytes, kBlockSize));
    m_block.append(take(bytes, kBlockSize - m_block.size()));
    if (m_block.size() < kBlockSize) return;
    onBlock(m_block);
    m_block.clear();
}

void TarValidator::onBlock(std::string_view block) {
    if (m_state == State::EndBlock) return onEndBlock(block);
    if (m_state == State::FileHeader) return onEntryHeader(block);
    if (allZero(block)) {
        m_state = State::EndBlock;
        return;
    }
    m_named = false;
    if (++m_summary.entries > m_limits.maxEntries)
        refuse(fmt::format("the layer has more entries than the limit of {}", m_limits.maxEntries));
    if (typeFlag(block) == 'x') return beginPax(block);
    m_recordsSize = 0;
    m_records.clear();
    onEntryHeader(block);
}

void TarValidator::onEndBlock(std::string_view block) {
    if (!allZero(block)) refuse("there is a single zero block; a layer ends with two");
    m_state = State::End;
}

void TarValidator::beginPax(std::string_view block) {
    const auto size = sizeField(block);
    if (size == 0) refuse("its pax header is empty");
    if (size > kMaxPaxHeader)
        refuse(fmt::format("its pax header has {} bytes, more than the limit of 1 MiB", size));
    m_recordsSize = static_cast<std::size_t>(size);
    m_expected.clear();
    appendPaxBlock(m_expected, m_recordsSize);
    if (block != m_expected)
        refuse(fmt::format("the field {} of its pax header is not canonical",
                           differingField(block, m_expected)));
    m_records.clear();
    m_left = m_recordsSize + paddingAfter(m_recordsSize);
    m_state = State::PaxRecords;
}

void TarValidator::takeRecords(std::string_view& bytes) {
    const auto piece = take(bytes, m_left);
    m_records.append(piece);
    m_left -= piece.size();
    if (m_left == 0) m_state = State::FileHeader;
}

void TarValidator::onEntryHeader(std::string_view block) {
    parseUstarHeader(block, m_entry);
    applyPaxRecords(std::string_view(m_records).substr(0, m_recordsSize), m_entry);
    stripSlash(m_entry);
    m_named = true;
    checkEntry(m_entry);
    checkCanonical(block);
    m_order.next(m_entry);
    if (auto fault = m_acls.fault(m_entry); !fault.empty()) refuse(std::move(fault));
    m_links.next(m_entry);
    announce();
}

void TarValidator::checkCanonical(std::string_view block) {
    m_expected.clear();
    appendPaxRecords(m_expected, m_entry);
    if (m_expected.size() < m_recordsSize)
        refuse("its pax header has a record that it does not need, or is padded");
    if (m_expected.size() > m_recordsSize)
        refuse("it has no pax record for a value that does not fit the ustar header");
    m_expected.append(paddingAfter(m_expected.size()), '\0');
    if (m_expected != m_records) refuse("its pax header is not canonical");
    m_expected.clear();
    appendUstarHeader(m_expected, m_entry);
    if (block != m_expected)
        refuse(fmt::format("the field {} of its header is not canonical", differingField(block, m_expected)));
}

void TarValidator::announce() {
    if (pathDepth(m_entry.path) > m_limits.maxDepth)
        refuse(fmt::format("its path is deeper than the limit of {}", m_limits.maxDepth));
    if (m_entry.size > m_limits.maxBytes - std::min(m_limits.maxBytes, m_summary.bytes))
        refuse(fmt::format(
            "its {} bytes take the layer above the limit of {} bytes (a sparse file is written out in full)",
            m_entry.size, m_limits.maxBytes));
    if (isWhiteoutPath(m_entry.path)) ++m_summary.whiteouts;
    m_left = m_entry.size;
    m_padding = paddingAfter(m_entry.size);
    m_state = m_left > 0 ? State::Data : State::Header;
    if (m_onEntry) m_onEntry(m_entry);
}

void TarValidator::takeData(std::string_view& bytes) {
    const auto piece = take(bytes, m_left);
    m_left -= piece.size();
    if (m_left == 0) m_state = m_padding > 0 ? State::Padding : State::Header;
    if (m_onData) m_onData(piece);
}

void TarValidator::takePadding(std::string_view& bytes) {
    const auto piece = take(bytes, m_padding);
    if (!allZero(piece)) refuse("the padding after its data is not zero");
    m_padding -= piece.size();
    if (m_padding == 0) m_state = State::Header;
}

std::string TarValidator::place() const {
    if (m_summary.entries == 0) return "layer";
    if (m_state == State::EndBlock || m_state == State::End)
        return fmt::format("layer of {} entries", m_summary.entries);
    if (!m_named) return fmt::format("layer entry {}", m_summary.entries);
    return fmt::format("layer entry {}, {}", m_summary.entries, quote(m_entry.path));
}

} // namespace rootlayer::layer
