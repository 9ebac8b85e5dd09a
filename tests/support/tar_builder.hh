#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "layer/entry.hh"
#include "layer/pax.hh"
#include "layer/ustar.hh"

namespace rootlayer::test {

/// Builds tars as other tools do, in any order and with any fault.
class TarBuilder final {
  public:
    TarBuilder& add(layer::Entry entry, std::string_view data = {}) {
        entry.size = data.size();
        std::string records;
        layer::appendPaxRecords(records, entry);
        if (!records.empty()) pax(records);
        layer::appendUstarHeader(m_bytes, entry);
        return padded(data);
    }
    TarBuilder& file(const std::string& path, std::string_view data, std::uint32_t mode = 0644) {
        layer::Entry entry;
        entry.path = path;
        entry.mode = mode;
        entry.mtime = 1000;
        return add(entry, data);
    }
    TarBuilder& directory(const std::string& path, std::uint32_t mode = 0755, std::uint32_t uid = 0,
                          std::int64_t mtime = 2000) {
        layer::Entry entry;
        entry.path = path;
        entry.type = layer::EntryType::Directory;
        entry.mode = mode;
        entry.uid = uid;
        entry.mtime = mtime;
        return add(entry);
    }
    TarBuilder& link(const std::string& path, const std::string& target,
                     layer::EntryType type = layer::EntryType::HardLink) {
        layer::Entry entry;
        entry.path = path;
        entry.type = type;
        entry.mode = 0777;
        entry.linkTarget = target;
        return add(entry);
    }
    TarBuilder& symlink(const std::string& path, const std::string& target) {
        return link(path, target, layer::EntryType::Symlink);
    }
    TarBuilder& device(const std::string& path, std::uint32_t major, std::uint32_t minor) {
        layer::Entry entry;
        entry.path = path;
        entry.type = layer::EntryType::CharDevice;
        entry.devMajor = major;
        entry.devMinor = minor;
        return add(entry);
    }
    TarBuilder& pax(std::string_view records) {
        layer::appendPaxBlock(m_bytes, records.size());
        return padded(records);
    }
    TarBuilder& raw(std::string_view bytes) {
        m_bytes += bytes;
        return *this;
    }
    TarBuilder& padded(std::string_view bytes) {
        m_bytes += bytes;
        m_bytes.append(layer::paddingAfter(bytes.size()), '\0');
        return *this;
    }
    /// Changes the last header (which has no data after it) and gives it a right checksum again.
    TarBuilder& patch(std::size_t offset, std::string_view bytes) {
        const auto start = m_bytes.size() - layer::kBlockSize;
        m_bytes.replace(start + offset, bytes.size(), bytes);
        m_bytes.replace(start + 148, 8, "        ");
        unsigned sum = 0;
        for (std::size_t i = start; i < m_bytes.size(); ++i)
            sum += static_cast<unsigned char>(m_bytes[i]);
        std::string digits(7, '\0');
        for (int i = 5; i >= 0; --i, sum >>= 3U)
            digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + (sum & 7U));
        m_bytes.replace(start + 148, 7, digits);
        return *this;
    }
    const std::string& open() const { return m_bytes; }
    std::string str() const { return m_bytes + std::string(2 * layer::kBlockSize, '\0'); }

  private:
    std::string m_bytes;
};

/// "LENGTH KEY=VALUE\n"
inline std::string paxRecord(const std::string& key, const std::string& value) {
    const auto rest = key.size() + value.size() + 3;
    auto length = rest + std::to_string(rest).size();
    length = rest + std::to_string(length).size();
    return std::to_string(length) + " " + key + "=" + value + "\n";
}

} // namespace rootlayer::test
