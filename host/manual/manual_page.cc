#include "manual/manual_page.hh"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#include "manual/roff.hh"

namespace rootlayer::manual {

namespace {

// What the library reads besides the options' own variables (rootlayer/settings.hh), and the command.
constexpr const char* kEnvironment = R"(.TP
\fBROOTLAYER_NAME\fR
sets the option \fB\-\-name\fR of the commands that have it, such as ROOTLAYER_MEMORY for \fB\-\-memory\fR. An option on the
command line takes precedence. The page of each command lists its variables.
.TP
\fBROOTLAYER_CACHE_LIMIT\fR
the size to which the cache is shrunk after each run, such as 5G (default: 20G)
.TP
\fBXDG_CACHE_HOME\fR, \fBHOME\fR
where the cache is
.TP
\fBTMPDIR\fR
where temporary files are, such as the disk that a script writes to (default: /tmp)
.TP
\fBXDG_RUNTIME_DIR\fR
where sockets are
.TP
\fBSOURCE_DATE_EPOCH\fR
the default of \fB\-\-source\-date\-epoch\fR
.TP
\fBREGISTRY_AUTH_FILE\fR
the logins of registries, for
.BR skopeo (1)
.TP
\fBNO_COLOR\fR, \fBTERM\fR
whether a terminal gets colour and a status line
)";

constexpr const char* kCacheFile = R"(.TP
.I \(ti/.cache/rootlayer
the cache: kernels, snapshots of VMs, and layers as file systems. It can be removed at any time.
)";

std::string optionalSection(const std::string& title, const std::string& text) {
    return text.empty() ? "" : section(title, text);
}

std::string sentence(std::string text) {
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text.ends_with('.') ? text : text + ".";
}

/// A value as a man page shows it: what stands for something is in italics, what is typed in bold.
std::string shownValue(const std::string& value) {
    std::string text;
    for (std::size_t at = 0; at <= value.size();) {
        const auto end = std::min(value.find('|', at), value.size());
        const auto word = value.substr(at, end - at);
        const bool typed =
            std::none_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        text += (at == 0 ? "" : "|") + (typed ? bold(word) : italic(word));
        at = end + 1;
    }
    return text;
}

std::string paragraph(const std::string& tag, const std::string& text) {
    return ".TP\n" + tag + "\n" + text + "\n";
}

std::string optionsOf(const Command& command) {
    std::string text;
    const auto all = groupedOptions(command);
    for (const auto& group : all) {
        if (all.size() > 1) text += ".SS " + roff(group.name) + "\n";
        for (const auto& option : group.options) {
            std::string names;
            for (const auto& name : option.names)
                names += (names.empty() ? "" : ", ") + bold(name);
            if (!option.value.empty()) names += " " + shownValue(option.value);
            text += paragraph(names, roff(option.help));
        }
    }
    return text;
}

std::string commandsOf(const Command& command) {
    std::string text;
    for (const auto& each : command.commands)
        text += paragraph(fmt::format(".BR {} (1)", roff(pageName(each))), roff(each.summary));
    return text;
}

std::string argumentsOf(const Command& command) {
    std::string text;
    for (const auto& argument : command.arguments)
        text += paragraph(italic(argument.name), roff(argument.help));
    return text;
}

std::string environmentOf(const Command& command, bool isRoot) {
    if (isRoot) return kEnvironment;
    std::string text;
    for (const auto& option : command.options) {
        if (!option.variable.empty()) {
            text += paragraph(bold(option.variable), option.value.empty()
                                                         ? "true or false: " + bold(option.names.back())
                                                         : "the value of " + bold(option.names.back()));
        }
    }
    return text.empty() ? "" : text + ".PP\nOthers are in\n.BR rootlayer (1).\n";
}

bool hasVariable(const Command& command, std::string_view variable) {
    return std::any_of(command.options.begin(), command.options.end(),
                       [&](const Option& option) { return option.variable == variable; });
}

std::string statusesOf(const Command& command) {
    std::string text;
    const auto& all = command.statuses;
    for (std::size_t at = 0; at < all.size();) {
        const auto end = std::min(all.find("; ", at), all.size());
        const auto status = all.substr(at, end - at);
        const auto blank = status.find(' ');
        const bool numbered = std::isdigit(static_cast<unsigned char>(status[0])) != 0;
        text += numbered ? paragraph(bold(status.substr(0, blank)), roff(status.substr(blank + 1)))
                         : paragraph("others", roff(status));
        at = end + 2;
    }
    return text;
}

std::string examplesOf(const Command& command) {
    std::string lines;
    for (const auto& line : command.examples)
        lines += line + "\n";
    return lines.empty() ? "" : verbatim(lines);
}

std::string seeAlso(const Command& command, const Command& root) {
    std::vector<std::string> pages;
    if (&command != &root) {
        const auto parent = command.path.substr(0, command.path.rfind(' '));
        for (const auto* each : allCommands(root)) {
            if (each->path == parent) pages.push_back(pageName(*each) + "(1)");
        }
    }
    for (const auto& each : command.commands)
        pages.push_back(pageName(each) + "(1)");
    pages.insert(pages.end(), {"rootlayer-build-file(5)", "rootlayer-references(7)"});
    std::string text;
    for (const auto& page : pages) {
        const auto section = page.find('(');
        text += fmt::format(".BR {} {}{}\n", roff(page.substr(0, section)), page.substr(section),
                            &page == &pages.back() ? "" : ",");
    }
    return text;
}

} // namespace

std::string pageName(const Command& command) {
    auto name = command.path;
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string manualPage(const Command& command, const Command& root, const std::string& version) {
    const bool isRoot = &command == &root;
    const auto name = pageName(command);
    auto text = pageHeader(name, 1, version);
    text += optionalSection("NAME", roff(name) + " \\- " + roff(command.summary) + "\n");
    text += optionalSection("SYNOPSIS", bold(command.path) + " " + roff(usageOf(command)) + "\n");
    text +=
        section("DESCRIPTION",
                roff(sentence(command.description.empty() ? command.summary : command.description)) + "\n");
    text += optionalSection("COMMANDS", commandsOf(command));
    text += optionalSection("ARGUMENTS", argumentsOf(command));
    text += optionalSection("OPTIONS", optionsOf(command));
    text += optionalSection("ENVIRONMENT", environmentOf(command, isRoot));
    text += optionalSection("FILES", isRoot || hasVariable(command, "ROOTLAYER_CACHE_DIR") ? kCacheFile : "");
    text += optionalSection("EXIT STATUS", statusesOf(command));
    text += optionalSection("EXAMPLES", examplesOf(command));
    return text + section("SEE ALSO", seeAlso(command, root));
}

} // namespace rootlayer::manual
