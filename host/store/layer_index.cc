#include "store/layer_index.hh"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/system_error.hh"
#include "layer/order.hh"

namespace rootlayer::store {

namespace {

// The file: magic, records (the path first), a u64 offset of each record and of their end, a u64 count. In
// the byte order of the host.
constexpr std::string_view kMagic = "rootlayer-index1";
constexpr std::size_t kFull = std::size_t{64} << 10;
constexpr std::uint64_t kMaxRecord = std::uint64_t{1} << 20;

[[noreturn]] void damaged() {
    throw Error(ErrorCode::Internal, "the index of a cached layer is damaged",
                "run \"rootlayer cache verify\", or remove the cache");
}

template <typename Value>
void put(std::string& bytes, Value value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void putText(std::string& bytes, std::string_view text) {
    put(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
}

/// Consumes values from the front of a record.
class RecordReader final {
  public:
    explicit RecordReader(std::string_view bytes) : m_bytes(bytes) {}

    template <typename Value>
    Value take() {
        Value value;
        if (m_bytes.size() < sizeof value) damaged();
        std::memcpy(&value, m_bytes.data(), sizeof value);
        m_bytes.remove_prefix(sizeof value);
        return value;
    }
    std::string_view takeText() {
        const auto size = take<std::uint32_t>();
        if (m_bytes.size() < size) damaged();
        const auto text = m_bytes.substr(0, size);
        m_bytes.remove_prefix(size);
        return text;
    }

  private:
    std::string_view m_bytes;
};

enum Flag : std::uint8_t { kWhiteoutFlag = 1, kOpaqueFlag = 2 };

std::string recordOf(const Node& node) {
    static const layer::Entry none;
    const auto& entry = node.inode ? node.inode->attributes : none;
    std::string bytes;
    putText(bytes, node.path());
    put(bytes,
        static_cast<std::uint8_t>((node.whiteout ? kWhiteoutFlag : 0) | (node.opaque ? kOpaqueFlag : 0)));
    put(bytes, static_cast<std::uint8_t>(entry.type));
    put(bytes, entry.mode);
    put(bytes, entry.uid);
    put(bytes, entry.gid);
    put(bytes, entry.size);
    put(bytes, entry.mtime);
    put(bytes, entry.devMajor);
    put(bytes, entry.devMinor);
    putText(bytes, entry.linkTarget);
    put(bytes, static_cast<std::uint32_t>(entry.xattrs.size()));
    for (const auto& [name, value] : entry.xattrs) {
        putText(bytes, name);
        putText(bytes, value);
    }
    return bytes;
}

IndexEntry parseRecord(std::string_view bytes) {
    RecordReader reader(bytes);
    reader.takeText();
    IndexEntry result;
    const auto flags = reader.take<std::uint8_t>();
    result.whiteout = (flags & kWhiteoutFlag) != 0;
    result.opaque = (flags & kOpaqueFlag) != 0;
    auto& entry = result.attributes;
    const auto type = reader.take<std::uint8_t>();
    if (type > static_cast<std::uint8_t>(layer::EntryType::Fifo)) damaged();
    entry.type = static_cast<layer::EntryType>(type);
    entry.mode = reader.take<std::uint32_t>();
    entry.uid = reader.take<std::uint32_t>();
    entry.gid = reader.take<std::uint32_t>();
    entry.size = reader.take<std::uint64_t>();
    entry.mtime = reader.take<std::int64_t>();
    entry.devMajor = reader.take<std::uint32_t>();
    entry.devMinor = reader.take<std::uint32_t>();
    entry.linkTarget = reader.takeText();
    for (auto left = reader.take<std::uint32_t>(); left > 0; --left) {
        const auto name = reader.takeText();
        entry.xattrs.emplace(name, reader.takeText());
    }
    return result;
}

} // namespace

void writeLayerIndex(LayerTree& tree, const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) throw systemError(fmt::format("cannot create {}", quote(path)));
    FdSink file(fd.get(), quote(path));
    std::string buffer(kMagic);
    std::string offsets;
    std::uint64_t written = 0;
    // visit() walks the tree in comparePaths() order, which find() relies on.
    tree.visit([&](const Node& node) {
        put(offsets, written + buffer.size());
        buffer += recordOf(node);
        if (buffer.size() < kFull) return;
        file.write(buffer);
        written += buffer.size();
        buffer.clear();
    });
    const auto count = offsets.size() / sizeof(std::uint64_t);
    put(offsets, written + buffer.size()); // the end of the last
    file.write(buffer);
    file.write(offsets);
    std::string tail;
    put(tail, static_cast<std::uint64_t>(count));
    file.write(tail);
}

LayerIndex::LayerIndex(const std::string& path)
    : m_fd(openInput(path, "layer's index")), m_size(fileSize(m_fd.get())) {
    constexpr std::size_t number = sizeof(std::uint64_t);
    if (m_size < kMagic.size() + 2 * number || readAt(0, kMagic.size()) != kMagic) damaged();
    const auto tail = readAt(m_size - number, number);
    std::memcpy(&m_count, tail.data(), number);
    if (m_count > m_size / number - 2) damaged();
    m_table = m_size - (m_count + 2) * number;
}

std::optional<IndexEntry> LayerIndex::find(std::string_view path) const {
    std::uint64_t low = 0;
    std::uint64_t high = m_count;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto record = recordAt(middle);
        const auto name = RecordReader(record).takeText();
        if (name == path) return parseRecord(record);
        const bool before = layer::comparePaths(name, path) < 0;
        (before ? low : high) = before ? middle + 1 : middle;
    }
    return std::nullopt;
}

std::string LayerIndex::recordAt(std::uint64_t number) const {
    const auto bounds = readAt(m_table + number * sizeof(std::uint64_t), 2 * sizeof(std::uint64_t));
    RecordReader reader(bounds);
    const auto begin = reader.take<std::uint64_t>();
    const auto end = reader.take<std::uint64_t>();
    if (end < begin || end > m_table || end - begin > kMaxRecord) damaged();
    return readAt(begin, static_cast<std::size_t>(end - begin));
}

std::string LayerIndex::readAt(std::uint64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    const auto got = ::pread(m_fd.get(), bytes.data(), size, static_cast<off_t>(offset));
    if (got < 0) throw systemError("cannot read the index of a cached layer");
    if (static_cast<std::size_t>(got) != size) damaged();
    return bytes;
}

} // namespace rootlayer::store
