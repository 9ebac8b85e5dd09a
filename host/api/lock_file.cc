#include <rootlayer/lock_file.hh>

#include <fmt/format.h>
#include <sstream>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/escape.hh"

namespace rootlayer {

std::vector<LockLine> parseLock(const std::string& text, const std::string& file) {
    std::vector<LockLine> lines;
    std::istringstream all(text);
    std::string line;
    for (int number = 1; std::getline(all, line); ++number) {
        std::istringstream words(line);
        LockLine locked;
        std::string more;
        if (!(words >> locked.name) || locked.name[0] == '#') continue;
        words >> locked.digest >> locked.fileDigest;
        try {
            Digest::parse(locked.digest);
            Digest::parse(locked.fileDigest);
            if (words >> more) throw Error(ErrorCode::Input, "it has more than three fields");
        } catch (const Error& error) {
            throw Error(ErrorCode::Input,
                        fmt::format("line {} of the lock {}: {}", number, quote(file), error.message()),
                        "NAME sha256:MANIFEST sha256:ARCHIVE, as rootlayer pull prints it");
        }
        lines.push_back(std::move(locked));
    }
    return lines;
}

LockLine lockedLine(const std::vector<LockLine>& lines, const std::string& name, const std::string& file) {
    if (name.empty() && lines.size() == 1) return lines.front();
    for (const auto& line : lines) {
        if (line.name == name) return line;
    }
    if (name.empty()) {
        throw Error(
            ErrorCode::Input,
            fmt::format("the lock {} has {} images, but no image name is given", quote(file), lines.size()),
            "use rootlayer pull NAME --lock FILE");
    }
    throw Error(ErrorCode::Input, fmt::format("the lock {} has no image {}", quote(file), quote(name)),
                "pull it once without --lock, and add the line that is printed to the file");
}

} // namespace rootlayer
