#include "network/helper/client_hello.hh"

#include <algorithm>

namespace rootlayer::network {

namespace {

using State = ClientHello::State;

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxRecord = (1U << 14U) + 256;
constexpr std::size_t kMaxRecords = 4096;
constexpr unsigned char kHandshake = 22;
constexpr unsigned char kMajorVersion = 3;

constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kMaxMessage = 1U << 16U;
constexpr char kClientHello = 1;
static_assert(kMaxClientHello == kMaxMessage + kMessageHeader + kMaxRecords * kRecordHeader);

constexpr std::size_t kVersionAndRandom = 2 + 32;
constexpr std::size_t kMaxSessionId = 32;
constexpr std::size_t kServerName = 0;
constexpr std::size_t kHostName = 0;
constexpr std::size_t kMaxHostName = 255;

std::size_t numberOf(std::string_view bytes) {
    std::size_t number = 0;
    for (const char byte : bytes)
        number = (number << 8U) | static_cast<unsigned char>(byte);
    return number;
}

/// Reads bytes from front to back. After a read beyond the end it is broken, and all that it reads is empty.
class Cursor final {
  public:
    explicit Cursor(std::string_view bytes) : m_rest(bytes) {}

    std::string_view take(std::size_t size) {
        m_isBroken = m_isBroken || size > m_rest.size();
        if (m_isBroken) return {};
        const auto taken = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
        return taken;
    }
    std::size_t number(std::size_t width) { return numberOf(take(width)); }
    /// What has its size before it.
    std::string_view sized(std::size_t width) { return take(number(width)); }

    bool hasMore() const { return !m_isBroken && !m_rest.empty(); }
    bool isAtEnd() const { return !m_isBroken && m_rest.empty(); }

  private:
    std::string_view m_rest;
    bool m_isBroken = false;
};

/// Takes the records off the bytes. A fragment may be cut short by their end.
class Records final {
  public:
    explicit Records(std::string_view bytes) : m_rest(bytes) {}

    /// Reads the next record. Any state but Complete means that there is none.
    State next() {
        // What the first bytes are decides whether it is TLS; what follows a TLS record must be one.
        const auto foreign = m_count == 0 ? State::NotTls : State::Malformed;
        if (!m_rest.empty() && static_cast<unsigned char>(m_rest[0]) != kHandshake) return foreign;
        if (m_rest.size() > 1 && static_cast<unsigned char>(m_rest[1]) != kMajorVersion) return foreign;
        if (!m_rest.empty() && m_count == kMaxRecords) return State::Malformed;
        if (m_rest.size() < kRecordHeader) return State::Incomplete;
        const auto size = numberOf(m_rest.substr(3, 2));
        if (size == 0 || size > kMaxRecord) return State::Malformed;
        m_fragment = m_rest.substr(kRecordHeader, size);
        m_rest.remove_prefix(kRecordHeader + m_fragment.size());
        m_announced += size;
        ++m_count;
        return State::Complete;
    }
    std::string_view fragment() const { return m_fragment; }
    /// The size that all fragments so far will have when they are whole.
    std::size_t announced() const { return m_announced; }

  private:
    std::string_view m_rest;
    std::string_view m_fragment;
    std::size_t m_announced = 0;
    std::size_t m_count = 0;
};

/// Whether a whole hello is there, from the headers alone; and the size of its message.
State checkRecords(std::string_view bytes, std::size_t& size) {
    Records records(bytes);
    std::string header; // of the message; records may split it
    std::size_t received = 0;
    while (true) {
        if (const auto state = records.next(); state != State::Complete) return state;
        received += records.fragment().size();
        header += records.fragment().substr(0, kMessageHeader - header.size());
        if (!header.empty() && header[0] != kClientHello) return State::Malformed;
        if (header.size() < kMessageHeader) continue;
        size = kMessageHeader + numberOf(std::string_view(header).substr(1));
        // No client sends another message before it has an answer.
        if (size > kMessageHeader + kMaxMessage || records.announced() > size) return State::Malformed;
        if (received == size) return State::Complete;
    }
}

std::string assemble(std::string_view bytes, std::size_t size) {
    std::string message;
    message.reserve(size);
    for (Records records(bytes); message.size() < size && records.next() == State::Complete;)
        message += records.fragment();
    return message;
}

/// Reads the content of the extension. False if it is malformed.
bool readServerName(std::string_view extension, std::string& name) {
    Cursor outer(extension);
    Cursor list(outer.sized(2));
    const auto type = list.number(1);
    const auto text = list.sized(2);
    if (!outer.isAtEnd() || !list.isAtEnd() || type != kHostName) return false;
    if (text.empty() || text.size() > kMaxHostName || text.find('\0') != std::string_view::npos) return false;
    name = text;
    return true;
}

/// Reads the body of the message. False if it is malformed.
bool readBody(std::string_view body, std::string& name) {
    Cursor cursor(body);
    cursor.take(kVersionAndRandom);
    const auto session = cursor.sized(1);
    const auto ciphers = cursor.sized(2);
    const auto compressions = cursor.sized(1);
    if (session.size() > kMaxSessionId || ciphers.empty() || ciphers.size() % 2 != 0 || compressions.empty())
        return false;
    if (cursor.isAtEnd()) return true; // TLS 1.2 may leave the extensions out
    Cursor extensions(cursor.sized(2));
    if (!cursor.isAtEnd()) return false;
    while (extensions.hasMore()) {
        const auto type = extensions.number(2);
        const auto content = extensions.sized(2);
        if (type != kServerName) continue;
        if (!name.empty() || !readServerName(content, name)) return false;
    }
    return extensions.isAtEnd();
}

} // namespace

ClientHello readClientHello(std::string_view bytes) {
    std::size_t size = 0;
    if (const auto state = checkRecords(bytes, size); state != State::Complete) return {state, {}};
    std::string name;
    if (!readBody(std::string_view(assemble(bytes, size)).substr(kMessageHeader), name))
        return {State::Malformed, {}};
    return {State::Complete, name};
}

} // namespace rootlayer::network
