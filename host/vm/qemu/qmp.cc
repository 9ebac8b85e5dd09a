#include "vm/qemu/qmp.hh"

#include <array>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>

#include "base/descriptor_message.hh"
#include "base/escape.hh"
#include "base/poll.hh"
#include "base/system_error.hh"

namespace rootlayer::vm {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxLineLength = std::size_t{1} << 20;
constexpr std::size_t kMaxWordsLength = 500;
/// dump() needs stack for each level.
constexpr int kDeepest = 32;
/// Of 4 KiB, at once: a QEMU that sends events without end must not hold its reader.
constexpr int kMaxPieces = 256;

Json parsed(const std::string& line) {
    bool tooDeep = false;
    const auto guard = [&](int depth, Json::parse_event_t, Json&) {
        tooDeep = tooDeep || depth > kDeepest;
        return !tooDeep;
    };
    auto object = Json::parse(line, guard, false);
    if (object.is_object() && !tooDeep) return object;
    throw Error(ErrorCode::Machine, "QEMU's monitor sent an invalid QMP message");
}

std::string wordsOf(const Json& answer) {
    const auto& error = answer.at("error");
    const auto text = error.is_object() ? error.find("desc") : error.end();
    if (text == error.end() || !text->is_string()) return "it does not say why";
    return escapedStart(text->get<std::string>(), kMaxWordsLength);
}

/// A member that is a text; empty if it is not.
std::string textIn(const Json& object, const char* key) {
    const auto value = object.is_object() ? object.find(key) : object.end();
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

/// The fault that an event reports, if any. The base is read-only: a write is the scratch disk's.
std::optional<DiskFault> faultIn(const Json& event) {
    const auto data = event.find("data");
    if (data == event.end() || textIn(*data, "operation") != "write") return std::nullopt;
    const auto full = data->find("nospace");
    return DiskFault{full != data->end() && *full == true,
                     escapedStart(textIn(*data, "reason"), kMaxWordsLength)};
}

std::string versionIn(const Json& greeting) {
    const auto member = [](const Json& object, const char* key) {
        const auto value = object.is_object() ? object.find(key) : object.end();
        return value != object.end() ? *value : Json();
    };
    const auto version = member(greeting, "version");
    const auto numbers = member(version, "qemu");
    std::string text;
    for (const char* key : {"major", "minor", "micro"}) {
        const auto number = member(numbers, key);
        if (!number.is_number_unsigned()) return {};
        text += fmt::format("{}{}", text.empty() ? "" : ".", number.get<std::uint64_t>());
    }
    const auto package = textIn(version, "package");
    return package.empty() ? text : escapedStart(fmt::format("{} ({})", text, package), kMaxWordsLength);
}

} // namespace

Qmp::Qmp(UniqueFd socket, const CancelToken* cancel) : m_socket(std::move(socket)), m_cancel(cancel) {}

void Qmp::greet(Deadline deadline) {
    const auto greeting = parsed(line(deadline));
    if (!greeting.contains("QMP")) {
        throw Error(ErrorCode::Machine, "QEMU's monitor sent no QMP greeting");
    }
    m_version = versionIn(greeting["QMP"]);
    command("qmp_capabilities", "{}", deadline);
}

std::string Qmp::command(const std::string& name, const std::string& arguments, Deadline deadline,
                         int descriptor) {
    send(fmt::format("{{\"execute\":\"{}\",\"arguments\":{}}}\n", name, arguments), descriptor);
    for (;;) {
        const auto text = line(deadline);
        keep(text);
        const auto answer = parsed(text);
        if (answer.contains("return")) return answer["return"].dump();
        if (answer.contains("error")) {
            throw Error(ErrorCode::Machine, fmt::format("QEMU refuses {}: {}", name, wordsOf(answer)));
        }
    }
}

std::string Qmp::migrationStatus(Deadline deadline) {
    const auto answer = Json::parse(command("query-migrate", "{}", deadline));
    const auto status = answer.is_object() ? answer.find("status") : answer.end();
    return status != answer.end() && status->is_string() ? status->get<std::string>() : "none";
}

void Qmp::send(const std::string& text, int descriptor) {
    // Never blocks: a command is far smaller than the socket's buffer, and the previous one was answered.
    if (sendWithDescriptor(m_socket.get(), text, descriptor)) return;
    throw Error(ErrorCode::Machine, "cannot send a command to QEMU's monitor");
}

std::string Qmp::line(Deadline deadline) {
    for (;;) {
        if (const auto end = m_buffer.find('\n'); end != std::string::npos) {
            auto result = m_buffer.substr(0, end);
            m_buffer.erase(0, end + 1);
            return result;
        }
        std::array<pollfd, 2> waits{
            {{m_socket.get(), POLLIN, 0}, {m_cancel != nullptr ? m_cancel->pollFd() : -1, POLLIN, 0}}};
        pollFiles(waits, deadline.pollTimeout());
        if (m_cancel != nullptr) m_cancel->check();
        if (deadline.expired()) throw Error(ErrorCode::Timeout, "QEMU's monitor does not answer");
        if (waits[0].revents == 0) continue;
        if (!fill()) throw Error(ErrorCode::Machine, "QEMU has exited");
    }
}

bool Qmp::fill() {
    std::array<char, 4096> piece{};
    const auto got = ::recv(m_socket.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) return false;
    m_buffer.append(piece.data(), static_cast<std::size_t>(got));
    if (m_buffer.size() > kMaxLineLength)
        throw Error(ErrorCode::Machine, "QEMU's monitor sent a line that is too long");
    return true;
}

void Qmp::keep(const std::string& line) {
    const auto message = parsed(line);
    const auto event = textIn(message, "event");
    const auto data = message.find("data");
    if (event == "SHUTDOWN") {
        m_ended = true;
        if (data != message.end()) m_shutdownReason = escapedStart(textIn(*data, "reason"), kMaxWordsLength);
    }
    if (event == "BLOCK_IO_ERROR" && !m_writeFault) m_writeFault = faultIn(message);
}

void Qmp::readEvents() {
    pollfd ready{m_socket.get(), POLLIN, 0};
    for (int pieces = 0; !m_ended && pieces < kMaxPieces && ::poll(&ready, 1, 0) == 1; ++pieces) {
        if (!fill()) m_ended = true;
        while (!m_ended && m_buffer.find('\n') != std::string::npos)
            keep(line(Deadline::never()));
    }
}

bool Qmp::machineEnded() {
    readEvents();
    return m_ended;
}

const std::optional<DiskFault>& Qmp::writeFault() {
    readEvents();
    return m_writeFault;
}

} // namespace rootlayer::vm
