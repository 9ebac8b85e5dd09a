#include "foreign_reader.hh"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.hh"
#include "base/process.hh"
#include "layer/ustar.hh"
#include "layer/whiteout.hh"

namespace rootlayer::test {

using namespace layer;
using Lines = std::vector<std::string>;

namespace {

Lines split(const std::string& text, char separator) {
    Lines lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line, separator);)
        lines.push_back(line);
    return lines;
}

CommandOutput run(std::vector<std::string> argv, const std::string& locale) {
    Command command{std::move(argv)};
    command.environment = {"LC_ALL=" + locale, "TZ=UTC"};
    return runCommand(command, Deadline::after(std::chrono::seconds(60)));
}

/// Includes the warnings of the program, so that a test fails on them.
Lines linesOf(const CommandOutput& output) {
    auto lines = split(output.out, '\n');
    if (!output.status.success()) lines.push_back(output.status.str());
    for (const auto& line : split(output.err, '\n'))
        lines.push_back(line);
    return lines;
}

std::string octal(unsigned char byte) {
    return fmt::format("\\{:03o}", byte);
}

// ---- GNU tar

/// `--quoting-style=escape`, in a locale where only ASCII is printable.
std::string gnuEscaped(const std::string& text) {
    static const std::string kControls = "\a\b\f\n\r\t\v\\";
    static const std::string kLetters = "abfnrtv\\";
    std::string out;
    for (const char c : text) {
        const auto control = kControls.find(c);
        if (control != std::string::npos)
            out += {'\\', kLetters[control]};
        else if (c < ' ' || c == '\x7f')
            out += octal(static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out;
}

std::string gnuMode(const Entry& entry) {
    std::string text = "-rwxrwxrwx";
    text[0] = "-hlcbdp"[static_cast<int>(entry.type)];
    for (int bit = 0; bit < 9; ++bit)
        if ((entry.mode >> bit & 1) == 0) text[9 - bit] = '-';
    const auto special = [&](unsigned bit, std::size_t at, char with, char without) {
        if (entry.mode & bit) text[at] = text[at] == 'x' ? with : without;
    };
    special(04000, 3, 's', 'S');
    special(02000, 6, 's', 'S');
    special(01000, 9, 't', 'T');
    return text;
}

std::string gnuLine(const Entry& entry) {
    const bool isDevice = entry.type == EntryType::CharDevice || entry.type == EntryType::BlockDevice;
    const auto size =
        isDevice ? fmt::format("{},{}", entry.devMajor, entry.devMinor) : std::to_string(entry.size);
    const auto link = entry.type == EntryType::Symlink    ? " -> " + gnuEscaped(entry.linkTarget)
                      : entry.type == EntryType::HardLink ? " link to " + gnuEscaped(entry.linkTarget)
                                                          : "";
    return fmt::format("{} {}/{} {} {:%Y-%m-%d %H:%M:%S} {}{}", gnuMode(entry), entry.uid, entry.gid, size,
                       fmt::gmtime(static_cast<std::time_t>(entry.mtime)), gnuEscaped(tarName(entry)), link);
}

/// The columns are padded; the blanks in names are not.
std::string withoutPadding(const std::string& line) {
    std::string out;
    int columns = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool padding = columns < 3 && line[i] == ' ' && i + 1 < line.size() && line[i + 1] == ' ';
        if (padding) continue;
        if (line[i] == ' ') ++columns;
        out += line[i];
    }
    return out;
}

// ---- libarchive's mtree

std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        out += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
        i += 3;
    }
    return out;
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes)
        out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out.empty() ? "-" : out;
}

std::string sortedLine(const std::string& path, Lines words) {
    std::sort(words.begin(), words.end());
    return fmt::format("{} {}", hex(path), fmt::join(words, " "));
}

std::string mtreeType(EntryType type) {
    static const char* const kNames[] = {"file", "file", "link", "char", "block", "dir", "fifo"};
    return kNames[static_cast<int>(type)];
}

std::string mtreeLine(const Item& item) {
    const auto& [entry, data] = item;
    Lines words{"type=" + mtreeType(entry.type), fmt::format("mode={:o}", entry.mode),
                fmt::format("uid={}", entry.uid), fmt::format("gid={}", entry.gid),
                fmt::format("time={}.0", entry.mtime)};
    if (entry.type == EntryType::File || entry.type == EntryType::HardLink)
        words.push_back(fmt::format("size={}", entry.size));
    if (entry.type == EntryType::File) words.push_back("sha256digest=" + sha256(data).hex());
    if (entry.type == EntryType::Symlink) words.push_back("link=" + hex(entry.linkTarget));
    if (entry.type == EntryType::CharDevice || entry.type == EntryType::BlockDevice)
        words.push_back(fmt::format("device=native,{},{}", entry.devMajor, entry.devMinor));
    return sortedLine("./" + entry.path, words);
}

std::string mtreeLineRead(const std::string& line) {
    auto words = split(line, ' ');
    const auto path = unescaped(words.front());
    words.erase(words.begin());
    for (auto& word : words)
        if (word.starts_with("link=")) word = "link=" + hex(unescaped(word.substr(5)));
    return sortedLine(path, words);
}

// ---- Python

std::string pythonXattrs(const Entry& entry) {
    Lines words;
    for (const auto& [name, value] : entry.xattrs)
        words.push_back(hex(name) + '=' + hex(value));
    return words.empty() ? "-" : fmt::format("{}", fmt::join(words, ","));
}

std::string pythonLine(const Item& item, bool withData) {
    static const char* const kNames[] = {"file", "hardlink", "symlink", "char", "block", "directory", "fifo"};
    const auto& entry = item.entry;
    return fmt::format("{} {} {:o} {} {} {} {} {} {}:{} {} {}", hex(entry.path),
                       kNames[static_cast<int>(entry.type)], entry.mode, entry.uid, entry.gid, entry.size,
                       entry.mtime, hex(entry.linkTarget), entry.devMajor, entry.devMinor,
                       pythonXattrs(entry),
                       withData && entry.type == EntryType::File ? sha256(item.data).hex() : "-");
}

} // namespace

Lines GnuTar::read(const std::string& tarFile) const {
    const auto output = run({"tar", "--list", "--verbose", "--numeric-owner", "--full-time",
                             "--quoting-style=escape", "--file", tarFile},
                            "C");
    Lines result;
    for (const auto& line : linesOf(output))
        result.push_back(withoutPadding(line));
    return result;
}

Lines GnuTar::expected(const Items& items) const {
    Lines result;
    for (const auto& item : items)
        result.push_back(gnuLine(item.entry));
    return result;
}

Lines BsdTar::read(const std::string& tarFile) const {
    const auto output =
        run({"bsdtar", "-cPf", "-", "--format=mtree", "--options",
             "mtree:!all,mtree:type,mtree:mode,mtree:uid,mtree:gid,mtree:size,mtree:time,mtree:link,"
             "mtree:device,mtree:sha256",
             "@" + tarFile},
            "C.UTF-8");
    const auto lines = linesOf(output);
    Lines result;
    for (std::size_t i = 1; i < lines.size(); ++i) // the first is "#mtree"
        result.push_back(mtreeLineRead(lines[i]));
    std::sort(result.begin(), result.end());
    return result;
}

Lines BsdTar::expected(const Items& items) const {
    Lines result;
    for (const auto& item : items)
        result.push_back(mtreeLine(item));
    std::sort(result.begin(), result.end());
    return result;
}

Lines PythonTar::read(const std::string& tarFile) const {
    std::vector<std::string> argv{"python3", ROOTLAYER_TEST_DATA "/dump_tar.py", tarFile};
    if (!m_withData) argv.push_back("--no-data");
    return linesOf(run(argv, "C.UTF-8"));
}

Lines PythonTar::expected(const Items& items) const {
    Lines result;
    for (const auto& item : items)
        result.push_back(pythonLine(item, m_withData));
    return result;
}

} // namespace rootlayer::test
