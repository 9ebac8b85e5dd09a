#include "audit/layer_audit.hh"

#include <cstdint>
#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "audit/entry_audit.hh"
#include "audit/tree_audit.hh"
#include "layer/tar_validator.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::audit {

namespace {

/// Also feeds what is read to the strict validator and the digest.
class ValidatingSource final : public Source {
  public:
    ValidatingSource(Source& source, const CancelToken& cancel) : m_source(source), m_cancel(cancel) {}

    std::size_t read(std::span<char> buffer) override {
        m_cancel.check();
        m_failed = true;
        const auto count = m_source.read(buffer);
        m_failed = false;
        const std::string_view bytes(buffer.data(), count);
        m_hash.write(bytes);
        if (m_refusal.empty()) validate(bytes);
        return count;
    }

    /// Whether the source itself threw in the last read().
    bool failed() const { return m_failed; }
    const std::string& refusal() const { return m_refusal; }
    std::uint64_t bytes() const { return m_hash.bytes(); }
    Digest finish() { return m_hash.finish(); }

  private:
    void validate(std::string_view bytes) {
        try {
            bytes.empty() ? void(m_validator.finish()) : m_validator.write(bytes);
        } catch (const Error& error) { // a finding, not a failure of the audit
            m_refusal = error.what();
        }
    }

    Source& m_source;
    const CancelToken& m_cancel;
    layer::TarValidator m_validator;
    Sha256 m_hash;
    std::string m_refusal;
    bool m_failed = false;
};

/// What is wrong with the end of a tar; empty if it is exactly two zero blocks.
std::string endFault(const tar::TarEnd& end) {
    if (end.missing()) return "it does not end with two zero blocks";
    if (end.junk)
        return fmt::format("{} bytes that are not all zeros follow its end; no tool reads them",
                           end.trailing);
    if (end.trailing == 0) return {};
    return fmt::format("{} zero bytes follow the two blocks that end it", end.trailing);
}

void drain(Source& source) {
    std::string buffer(std::size_t{256} * 1024, '\0');
    while (source.read(buffer) > 0)
        continue;
}

class Audit final {
  public:
    Audit(Source& tar, const std::function<void(const LayerFault&)>& report, const CancelToken& cancel)
        : m_validating(tar, cancel), m_blocks(m_validating), m_report(report) {}

    LayerAudit operator()() {
        try {
            while (const auto* member = m_blocks.next())
                take(*member);
            m_path.clear();
            if (auto wrong = endFault(m_blocks.end()); !wrong.empty()) fault(0, "T10", std::move(wrong));
        } catch (const Error& error) {
            if (m_validating.failed() || error.code() != ErrorCode::Image) throw;
            m_path.clear();
            fault(m_blocks.number(), "A5", std::string(error.what()) + "; the rest was not checked");
            drain(m_validating);
        }
        // The rules say what is wrong; the validator decides whether the layer is canonical.
        if (m_result.faults == 0 && !m_validating.refusal().empty()) fault(0, "T3", m_validating.refusal());
        m_result.bytes = m_validating.bytes();
        m_result.diffId = m_validating.finish();
        return m_result;
    }

  private:
    void take(const tar::TarMember& member) {
        m_path.clear();
        // Faults are reported with the path, which is known only after auditEntry().
        std::vector<std::pair<std::string, std::string>> faults;
        const ReportFault keep = [&](std::string_view rule, std::string message) {
            faults.emplace_back(rule, std::move(message));
        };
        const auto entry = auditEntry(member, keep);
        ++m_result.entries;
        m_path = entry.path;
        if (!entry.path.empty()) m_tree.next(entry, keep);
        for (auto& [rule, message] : faults)
            fault(m_result.entries, rule, std::move(message));
    }

    void fault(std::uint64_t entry, std::string_view rule, std::string message) {
        ++m_result.faults;
        m_report({entry, m_path, std::string(rule), std::move(message)});
    }

    ValidatingSource m_validating;
    tar::TarBlocks m_blocks;
    TreeAudit m_tree;
    const std::function<void(const LayerFault&)>& m_report;
    std::string m_path;
    LayerAudit m_result;
};

/// Also feeds what is read to the digest.
class HashedSource final : public Source {
  public:
    HashedSource(Source& source, const CancelToken& cancel) : m_source(source), m_cancel(cancel) {}

    std::size_t read(std::span<char> buffer) override {
        m_cancel.check();
        m_failed = true;
        const auto count = m_source.read(buffer);
        m_failed = false;
        m_hash.write({buffer.data(), count});
        return count;
    }
    bool failed() const { return m_failed; }
    Sha256& hash() { return m_hash; }

  private:
    Source& m_source;
    const CancelToken& m_cancel;
    Sha256 m_hash;
    bool m_failed = false;
};

} // namespace

LayerAudit auditEnd(Source& tar, const std::function<void(const LayerFault&)>& report,
                    const CancelToken& cancel) {
    HashedSource source(tar, cancel);
    tar::TarBlocks blocks(source);
    LayerAudit result;
    try {
        while (blocks.next())
            ++result.entries;
        if (blocks.end().missing() || blocks.end().junk) {
            ++result.faults;
            report({0, {}, "T10", endFault(blocks.end())});
        }
    } catch (const Error& error) {
        // Faults of entries are auditLayer()'s job.
        if (source.failed() || error.code() != ErrorCode::Image) throw;
        drain(source);
    }
    result.bytes = source.hash().bytes();
    result.diffId = source.hash().finish();
    return result;
}

LayerAudit auditLayer(Source& tar, const std::function<void(const LayerFault&)>& report,
                      const CancelToken& cancel) {
    return Audit(tar, report, cancel)();
}

} // namespace rootlayer::audit
