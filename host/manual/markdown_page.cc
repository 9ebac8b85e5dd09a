#include "manual/markdown_page.hh"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "manual/roff.hh"

namespace rootlayer::manual {

namespace {

constexpr std::string_view kExample = "    ";
constexpr std::string_view kItem = "* ";

/// `code` becomes bold, [text](target) the text.
std::string inlined(std::string_view text) {
    std::string result;
    std::string plain;
    const auto flush = [&] { result += roff(std::exchange(plain, {})); };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto code = text[at] == '`' ? text.find('`', at + 1) : std::string_view::npos;
        const auto link = text[at] == '[' ? text.find("](", at) : std::string_view::npos;
        const auto target = link == std::string_view::npos ? link : text.find(')', link);
        if (code != std::string_view::npos) {
            flush();
            result += bold(text.substr(at + 1, code - at - 1));
            at = code;
        } else if (target != std::string_view::npos) {
            plain += text.substr(at + 1, link - at - 1);
            at = target;
        } else {
            plain += text[at];
        }
    }
    flush();
    return result;
}

class Page final {
  public:
    void add(std::string_view line) {
        if (line.starts_with(kExample) && !m_inItem) {
            endText();
            m_example += std::string(line.substr(kExample.size())) + "\n";
        } else if (line.empty()) {
            endText();
            if (!m_example.empty()) m_example += "\n";
        } else {
            endExample();
            addText(line);
        }
    }

    std::string take() {
        endText();
        endExample();
        endSection();
        return std::move(m_page);
    }

  private:
    void addText(std::string_view line) {
        if (line.starts_with("## ")) {
            endText();
            std::string title(line.substr(3));
            std::transform(title.begin(), title.end(), title.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            endSection();
            m_title = roff(title);
        } else if (line.starts_with(kItem)) {
            endText();
            m_inItem = true;
            m_text = line.substr(kItem.size());
        } else {
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            m_text += (m_text.empty() ? "" : "\n") + std::string(line);
        }
    }

    void endSection() {
        if (!m_roff.empty()) m_page += section(m_title, m_roff);
        m_roff.clear();
    }

    void endText() {
        if (!m_text.empty()) m_roff += (m_inItem ? ".IP \\(bu 2\n" : ".PP\n") + inlined(m_text) + "\n";
        m_text.clear();
        m_inItem = false;
    }

    void endExample() {
        while (m_example.ends_with("\n\n"))
            m_example.pop_back();
        if (!m_example.empty()) m_roff += verbatim(m_example);
        m_example.clear();
    }

    std::string m_page;
    std::string m_title = "DESCRIPTION";
    std::string m_roff; // of the section
    std::string m_text;
    std::string m_example;
    bool m_inItem = false;
};

} // namespace

std::string markdownPage(const std::string& document, const std::string& name, int section,
                         const std::string& summary, const std::string& version) {
    if (!document.starts_with("# "))
        throw Error(ErrorCode::Input, "the document of " + name + " has no heading");
    Page page;
    for (auto at = document.find('\n') + 1; at != 0 && at < document.size();) {
        const auto end = std::min(document.find('\n', at), document.size());
        page.add(std::string_view(document).substr(at, end - at));
        at = end + 1;
    }
    return pageHeader(name, section, version) + ".SH NAME\n" + roff(name) + " \\- " + roff(summary) + "\n" +
           page.take() + ".SH SEE ALSO\n.BR rootlayer (1)\n";
}

} // namespace rootlayer::manual
