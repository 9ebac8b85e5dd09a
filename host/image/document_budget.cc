#include "image/document_budget.hh"

#include <cstdint>
#include <fmt/format.h>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::image {

namespace {

[[noreturn]] void refuse(const std::string& document, const std::string& image, std::string_view bound) {
    throw Error(
        ErrorCode::Image,
        fmt::format("{} is too much: of the documents of {}, at most {} are read", document, image, bound),
        "the image is malformed, or a store of many images: copy the one that you need");
}

} // namespace

void DocumentBudget::takeDocument(const std::string& document, const std::string& image,
                                  std::uint64_t bytes) {
    if (bytes > m_limits.document) {
        throw Error(ErrorCode::Image, fmt::format("{} has {} bytes; a document may have at most {}", document,
                                                  bytes, m_limits.document));
    }
    if (m_documents == m_limits.documents)
        refuse(document, image, fmt::format("{} documents", m_limits.documents));
    if (bytes > m_limits.text - m_text) refuse(document, image, fmt::format("{} bytes", m_limits.text));
    ++m_documents;
    m_text += bytes;
}

void DocumentBudget::takeValues(const std::string& document, const std::string& image, std::size_t values) {
    if (values > m_limits.values - m_values)
        refuse(document, image, fmt::format("{} JSON values", m_limits.values));
    m_values += values;
}

} // namespace rootlayer::image
