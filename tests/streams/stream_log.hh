#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocol/frame.hh"
#include "streams/multiplexer.hh"

namespace rootlayer::test {

/// Keeps what a multiplexer reports.
struct StreamLog final : streams::Multiplexer::Handler {
    struct Opened {
        streams::StreamId id;
        protocol::StreamKind kind;
        std::string target;
    };
    std::vector<Opened> opened;
    std::map<streams::StreamId, std::string> data;
    std::vector<streams::StreamId> ended;
    std::vector<streams::StreamId> resets;
    int byes = 0;
    std::function<void(streams::StreamId)> onEach;  ///< after each piece of data
    std::function<void(streams::StreamId)> onEnded; ///< after each end

    void onOpen(streams::StreamId id, protocol::StreamKind kind, std::string_view target) override {
        opened.push_back({id, kind, std::string(target)});
    }
    void onData(streams::StreamId id, std::string_view bytes) override {
        data[id] += bytes;
        if (onEach) onEach(id);
    }
    void onEnd(streams::StreamId id) override {
        ended.push_back(id);
        if (onEnded) onEnded(id);
    }
    void onReset(streams::StreamId id) override { resets.push_back(id); }
    void onBye() override { ++byes; }
};

/// Four bytes, the lowest first.
inline std::string number(std::uint32_t value) {
    std::string bytes;
    for (unsigned i = 0; i < 4; ++i)
        bytes += static_cast<char>((value >> (8U * i)) & 0xFFU);
    return bytes;
}

/// The bytes of a frame of the streams' port.
inline std::string rawFrame(protocol::StreamFrame type, streams::StreamId id, std::string_view payload = {},
                            std::uint8_t flags = 0) {
    std::string bytes;
    protocol::appendFrame(bytes, static_cast<std::uint8_t>(type), flags, number(id), payload);
    return bytes;
}

} // namespace rootlayer::test
