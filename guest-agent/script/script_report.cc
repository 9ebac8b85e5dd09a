#include "guest-agent/script/script_report.hh"

#include <algorithm>
#include <span>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

void fill(std::span<char> field, std::string_view text) {
    std::copy_n(text.data(), std::min(text.size(), field.size() - 1), field.data());
}

} // namespace

ScriptReport ScriptReport::of(Kind kind, int value, std::string_view text, std::string_view hint) {
    ScriptReport report;
    report.kind = kind;
    report.value = value;
    fill(report.text, text);
    fill(report.hint, hint);
    return report;
}

void ScriptReport::send(int pipe) const noexcept {
    [[maybe_unused]] const auto written = ::write(pipe, this, sizeof *this);
}

} // namespace rootlayer::guest
