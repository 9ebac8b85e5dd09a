#include "hostile_tar.hh"

#include <fmt/format.h>

#include "layer/pax.hh"
#include "layer/ustar.hh"

namespace rootlayer::test {

using namespace layer;

namespace {

constexpr std::size_t kChecksumOffset = 148;
constexpr std::size_t kChecksumSize = 8;

void appendUnchecked(std::string& tar, const Item& item) {
    std::string records;
    appendPaxRecords(records, item.entry);
    if (!records.empty()) {
        appendPaxBlock(tar, records.size());
        tar += records;
        tar.append(paddingAfter(records.size()), '\0');
    }
    appendUstarHeader(tar, item.entry);
    tar += item.data;
    tar.append(paddingAfter(item.data.size()), '\0');
}

} // namespace

std::string uncheckedTar(const Items& items) {
    std::string tar;
    for (const auto& item : items)
        appendUnchecked(tar, item);
    return tar + tarEnd();
}

std::string uncheckedTar(const std::vector<Entry>& entries) {
    Items items;
    for (const auto& entry : entries)
        items.push_back({entry});
    return uncheckedTar(items);
}

std::string paxRecord(std::string_view key, std::string_view value) {
    for (std::size_t length = 0;; ++length) {
        const auto record = fmt::format("{} {}={}\n", length, key, value);
        if (record.size() == length) return record;
    }
}

std::string withPax(std::string_view records, const Entry& entry) {
    std::string tar;
    appendPaxBlock(tar, records.size());
    tar += records;
    tar.append(paddingAfter(records.size()), '\0');
    appendUstarHeader(tar, entry);
    return tar;
}

std::string tarEnd() {
    return std::string(2 * kBlockSize, '\0');
}

void patch(std::string& tar, std::size_t block, std::size_t offset, std::string_view bytes) {
    tar.replace(block + offset, bytes.size(), bytes);
    reseal(tar, block);
}

void reseal(std::string& tar, std::size_t block) {
    tar.replace(block + kChecksumOffset, kChecksumSize, kChecksumSize, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlockSize; ++i)
        sum += static_cast<unsigned char>(tar[block + i]);
    tar.replace(block + kChecksumOffset, kChecksumSize, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

std::vector<std::size_t> headerBlocks(std::string_view tar) {
    std::vector<std::size_t> blocks;
    for (std::size_t at = 0; tar[at] != '\0';) {
        const auto block = tar.substr(at, kBlockSize);
        const auto body = sizeField(block);
        blocks.push_back(at);
        at += kBlockSize;
        const bool isPax = typeFlag(block) == 'x';
        for (std::size_t i = 0; isPax && i < body; i += kBlockSize)
            blocks.push_back(at + i);
        at += static_cast<std::size_t>(body) + paddingAfter(body);
    }
    return blocks;
}

} // namespace rootlayer::test
