#include "store/layer_index.hh"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer::store {

namespace {

// The file: magic, records, a u64 offset of each record and of their end, a u64 count. In the byte order of
// the host. A record has its name in its directory, not its path, so the size of an index does not depend on
// the depth of the tree. The names of a directory follow each other, sorted; the first record is the root.
constexpr std::string_view kMagic = "rootlayer-index2";
constexpr std::size_t kFull = std::size_t{64} << 10;
constexpr std::uint64_t kMaxRecord = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxHead = 512; // of the name and what find() returns

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

std::string recordOf(const Node& node, std::uint64_t firstBelow) {
    static const layer::Entry none;
    const auto& entry = node.inode ? node.inode->attributes : none;
    std::string bytes;
    putText(bytes, node.name);
    put(bytes,
        static_cast<std::uint8_t>((node.whiteout ? kWhiteoutFlag : 0) | (node.opaque ? kOpaqueFlag : 0)));
    put(bytes, firstBelow);
    put(bytes, static_cast<std::uint64_t>(node.children.size()));
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

IndexName parseHead(std::uint64_t number, std::string_view head) {
    RecordReader reader(head);
    reader.takeText();
    const auto flags = reader.take<std::uint8_t>();
    IndexName name{number, (flags & kWhiteoutFlag) != 0, (flags & kOpaqueFlag) != 0, false, 0, 0};
    name.firstBelow = reader.take<std::uint64_t>();
    name.below = reader.take<std::uint64_t>();
    name.directory = reader.take<std::uint8_t>() == static_cast<std::uint8_t>(layer::EntryType::Directory);
    return name;
}

layer::Entry parseRecord(std::string_view bytes) {
    RecordReader reader(bytes);
    reader.takeText();
    reader.take<std::uint8_t>();  // the flags
    reader.take<std::uint64_t>(); // the names below
    reader.take<std::uint64_t>();
    layer::Entry entry;
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
    return entry;
}

} // namespace

void writeLayerIndex(const LayerTree& tree, const std::string& path, const CancelToken* cancel) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) throw systemError(fmt::format("cannot create {}", quote(path)));
    FdSink file(fd.get(), quote(path));
    std::string buffer(kMagic);
    std::string offsets;
    std::uint64_t written = 0;
    std::deque<const Node*> next{&tree.root()};
    for (std::uint64_t last = 0; !next.empty(); next.pop_front()) {
        if (cancel != nullptr) cancel->check();
        const auto& node = *next.front();
        put(offsets, written + buffer.size());
        buffer += recordOf(node, last + 1);
        for (const auto& [name, below] : node.children)
            next.push_back(below.get());
        last += node.children.size();
        if (buffer.size() < kFull) continue;
        file.write(buffer);
        written += buffer.size();
        buffer.clear();
    }
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

IndexName LayerIndex::root() const {
    if (m_count == 0) damaged();
    return parseHead(0, headAt(0));
}

std::optional<IndexName> LayerIndex::find(const IndexName& directory, std::string_view name) const {
    auto low = directory.firstBelow;
    auto high = low + directory.below;
    if (low > m_count || directory.below > m_count - low) damaged();
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto head = headAt(middle);
        const auto there = RecordReader(head).takeText();
        if (there == name) return parseHead(middle, head);
        (there < name ? low : high) = there < name ? middle + 1 : middle;
    }
    return std::nullopt;
}

layer::Entry LayerIndex::attributes(std::uint64_t number) const {
    const auto [begin, end] = boundsOf(number);
    return parseRecord(readAt(begin, static_cast<std::size_t>(end - begin)));
}

/// The start of a record, without the attributes, which may be long.
std::string LayerIndex::headAt(std::uint64_t number) const {
    const auto [begin, end] = boundsOf(number);
    return readAt(begin, static_cast<std::size_t>(std::min(end - begin, kMaxHead)));
}

std::pair<std::uint64_t, std::uint64_t> LayerIndex::boundsOf(std::uint64_t number) const {
    const auto bounds = readAt(m_table + number * sizeof(std::uint64_t), 2 * sizeof(std::uint64_t));
    RecordReader reader(bounds);
    const auto begin = reader.take<std::uint64_t>();
    const auto end = reader.take<std::uint64_t>();
    if (end < begin || end > m_table || end - begin > kMaxRecord) damaged();
    return {begin, end};
}

std::string LayerIndex::readAt(std::uint64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    const auto got = ::pread(m_fd.get(), bytes.data(), size, static_cast<off_t>(offset));
    if (got < 0) throw systemError("cannot read the index of a cached layer");
    if (static_cast<std::size_t>(got) != size) damaged();
    return bytes;
}

} // namespace rootlayer::store
