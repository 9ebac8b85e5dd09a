#include "image_recipe.hh"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "base/digest.hh"
#include "fuzz.hh"

namespace rootlayer::fuzz {

namespace {

constexpr std::size_t kMostFiles = 10;
constexpr std::size_t kBlock = 512;

struct File {
    std::string name;
    std::string data;
};

std::vector<File> filesOf(std::string_view recipe) {
    std::vector<File> files;
    Input input(recipe);
    input.upTo("=== ");
    while (!input.empty() && files.size() < kMostFiles) {
        Input file(input.upTo("\n=== "));
        const std::string name(file.upTo("\n"));
        files.push_back({name.substr(0, 100), std::string(file.rest())});
    }
    return files;
}

/// Replaces @N and #N in the text of the file at `at`.
std::string filled(const std::vector<File>& files, std::size_t at, const std::vector<std::string>& digests) {
    std::string text;
    const auto& data = files[at].data;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto number = i + 1 < data.size() ? static_cast<std::size_t>(data[i + 1] - '0') : kMostFiles;
        const bool later = number < files.size() && number > at;
        if (!later || (data[i] != '@' && data[i] != '#')) {
            text += data[i];
            continue;
        }
        text += data[i] == '@' ? digests[number] : std::to_string(files[number].data.size());
        ++i;
    }
    return text;
}

std::string header(const File& file) {
    std::string block(kBlock, '\0');
    const auto put = [&](std::size_t place, std::string_view text) {
        block.replace(place, text.size(), text);
    };
    put(0, file.name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", file.data.size()));
    put(136, "00000000000");
    put(148, "        ");
    block[156] = '0';
    put(257, std::string_view("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + '\0');
    return block;
}

} // namespace

std::string archiveOf(std::string_view recipe) {
    auto files = filesOf(recipe);
    std::vector<std::string> digests(files.size());
    for (auto at = files.size(); at-- > 0;) {
        files[at].data = filled(files, at, digests);
        digests[at] = sha256(files[at].data).hex();
        const auto mark = files[at].name.find('@');
        if (mark != std::string::npos) files[at].name.replace(mark, 1, digests[at]);
        files[at].name.resize(std::min<std::size_t>(files[at].name.size(), 100));
    }
    std::string tar;
    for (const auto& file : files) {
        tar += header(file) + file.data;
        tar.resize((tar.size() + kBlock - 1) / kBlock * kBlock, '\0');
    }
    return tar + std::string(2 * kBlock, '\0');
}

} // namespace rootlayer::fuzz
