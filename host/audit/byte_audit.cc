#include "audit/byte_audit.hh"

#include <array>
#include <fmt/format.h>
#include <string>

#include "layer/pax.hh"
#include "layer/ustar.hh"

namespace rootlayer::audit {

namespace {

struct Field {
    std::string_view name;
    std::size_t offset;
    std::size_t size;
};

// POSIX pax(1), "ustar Header Block". chksum is not listed: it follows from the others.
constexpr std::array<Field, 15> kFields{{{"name", 0, 100},
                                         {"mode", 100, 8},
                                         {"uid", 108, 8},
                                         {"gid", 116, 8},
                                         {"size", 124, 12},
                                         {"mtime", 136, 12},
                                         {"typeflag", 156, 1},
                                         {"linkname", 157, 100},
                                         {"magic", 257, 6},
                                         {"version", 263, 2},
                                         {"uname", 265, 32},
                                         {"gname", 297, 32},
                                         {"devmajor", 329, 8},
                                         {"devminor", 337, 8},
                                         {"prefix", 345, 167}}};

void auditHeader(const tar::TarMember& member, const layer::Entry& entry, const KnownFaults& known,
                 const ReportFault& report) {
    std::string expected;
    layer::appendUstarHeader(expected, entry);
    std::string differing;
    for (const auto& field : kFields) {
        if (known.fields.contains(field.name)) continue;
        if (member.block.compare(field.offset, field.size, expected, field.offset, field.size) == 0) continue;
        differing += (differing.empty() ? "" : ", ") + std::string(field.name);
    }
    if (differing.empty() && known.fields.empty() && member.block != expected) differing = "chksum";
    if (!differing.empty())
        report("T3", fmt::format("these fields of its header are not canonical: {}", differing));
}

void auditPaxBlock(const tar::TarExtension& pax, const ReportFault& report) {
    std::string expected;
    layer::appendPaxBlock(expected, pax.body.size());
    if (pax.block == expected) return;
    report("T3", fmt::format("the field {} of its pax header's block is not canonical",
                             layer::differingField(pax.block, expected)));
}

} // namespace

void auditBytes(const tar::TarMember& member, const layer::Entry& entry, const KnownFaults& known,
                const ReportFault& report) {
    bool faulty = known.any;
    const ReportFault counted = [&](std::string_view rule, std::string message) {
        faulty = true;
        report(rule, std::move(message));
    };
    auditHeader(member, entry, known, counted);
    std::string records;
    layer::appendPaxRecords(records, entry);
    for (const auto& extension : member.extensions) {
        if (extension.type != 'x') continue;
        auditPaxBlock(extension, counted);
        // A record that breaks another rule also has wrong bytes: do not report it twice.
        if (!faulty && extension.body != records)
            counted(
                "T3",
                "its pax header has records that the ustar header can hold, or its records are not in order");
    }
}

} // namespace rootlayer::audit
