#include <rootlayer/error.hh>

#include <array>
#include <utility>

#include "base/system_error.hh"

#include <cstring>
#include <fmt/format.h>

namespace rootlayer {

namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 13> kNames{{
    {ErrorCode::Usage, "usage"},
    {ErrorCode::Input, "bad-input"},
    {ErrorCode::Image, "bad-image"},
    {ErrorCode::Layer, "bad-layer"},
    {ErrorCode::Platform, "wrong-platform"},
    {ErrorCode::Machine, "machine"},
    {ErrorCode::Guest, "guest"},
    {ErrorCode::Protocol, "protocol"},
    {ErrorCode::Timeout, "timeout"},
    {ErrorCode::Cancelled, "cancelled"},
    {ErrorCode::Resource, "resource"},
    {ErrorCode::System, "system"},
    {ErrorCode::Internal, "internal"},
}};

ErrorCode codeOf(int number) {
    switch (number) {
    case ENOSPC:
    case EFBIG:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return ErrorCode::Resource;
    default:
        return ErrorCode::System;
    }
}

} // namespace

std::string_view name(ErrorCode code) {
    for (const auto& [candidate, text] : kNames) {
        if (candidate == code) return text;
    }
    return "internal";
}

ErrorCode errorCodeFromName(std::string_view wanted) {
    for (const auto& [code, text] : kNames) {
        if (text == wanted) return code;
    }
    return ErrorCode::Internal;
}

Error::Error(ErrorCode code, std::string message, std::string hint)
    : m_code(code), m_message(std::move(message)), m_hint(std::move(hint)), m_what(m_message) {}

Error& Error::addContext(std::string context) {
    m_what = context + ": " + m_what;
    m_context.insert(m_context.begin(), std::move(context));
    return *this;
}

Error& Error::addHint(std::string hint) {
    if (m_hint.empty()) m_hint = std::move(hint);
    return *this;
}

Error systemError(int number, std::string_view what, std::string hint) {
    return Error(codeOf(number), fmt::format("{}: {}", what, ::strerror(number)), std::move(hint));
}

bool saysNoSpace(std::string_view message) {
    return message.find("No space left on device") != std::string_view::npos ||
           message.find("Disk quota exceeded") != std::string_view::npos;
}

Error systemError(std::string_view what, std::string hint) {
    return systemError(errno, what, std::move(hint));
}

} // namespace rootlayer
