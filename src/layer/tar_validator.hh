#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/acl.hh"
#include "layer/entry.hh"
#include "layer/tree_order.hh"

namespace rootlayer::layer {

/// The limits of a layer. Names and pax headers have limits of their own (rules.hh).
struct ValidatorLimits {
    std::uint64_t maxEntries = 10'000'000;
    std::uint64_t maxBytes = std::uint64_t{1} << 40; ///< of the whole tar
    std::uint64_t maxDepth = 2048; ///< components of a path; the most that fit in 4095 bytes
};

/// Counts of a validated layer. The caller computes its digest: combine with Sha256.
struct LayerSummary {
    std::uint64_t entries = 0; ///< including whiteouts
    std::uint64_t bytes = 0;   ///< of the whole tar
    std::uint64_t whiteouts = 0;

    friend bool operator==(const LayerSummary&, const LayerSummary&) = default;
};

/// Accepts exactly the bytes that TarWriter writes, and nothing else (docs/layer-format.md): it parses every
/// header, writes it again, and compares. The input is hostile: every length is checked before it is used,
/// and memory is bounded by one pax header and 11 to 22 bytes per entry. Every call throws Error{Layer}
/// naming the entry and the rule; after that it refuses everything.
class TarValidator final : public Sink {
  public:
    using OnEntry = std::function<void(const Entry&)>;
    using OnData = std::function<void(std::string_view)>;

    /// `onEntry` gets each entry as soon as it is checked; `onData` gets the data of that entry in pieces as
    /// they arrive.
    explicit TarValidator(ValidatorLimits limits = {}, OnEntry onEntry = {}, OnData onData = {});

    void write(std::string_view bytes) override;
    /// Throws unless the layer is complete.
    LayerSummary finish();

  private:
    enum class State { Header, PaxRecords, FileHeader, Data, Padding, EndBlock, End, Refused };

    void consume(std::string_view& bytes);
    void takeBlock(std::string_view& bytes);
    void takeRecords(std::string_view& bytes);
    void takeData(std::string_view& bytes);
    void takePadding(std::string_view& bytes);
    void onBlock(std::string_view block);
    void onEndBlock(std::string_view block);
    void beginPax(std::string_view block);
    void onEntryHeader(std::string_view block);
    void checkCanonical(std::string_view block);
    void announce();
    std::string place() const;

    ValidatorLimits m_limits;
    OnEntry m_onEntry;
    OnData m_onData;
    LayerSummary m_summary;
    TreeOrder m_order;
    InheritedAcls m_acls;
    LinkTargets m_links;
    State m_state = State::Header;
    std::string m_block;           ///< part of a block
    std::string m_records;         ///< pax records with their padding
    std::size_t m_recordsSize = 0; ///< without it
    std::uint64_t m_left = 0;      ///< bytes of records or data still to come
    std::size_t m_padding = 0;     ///< zeros after the data
    std::string m_expected;        ///< a reused buffer
    Entry m_entry;
    bool m_named = false; ///< m_entry.path belongs to the current entry
};

} // namespace rootlayer::layer
