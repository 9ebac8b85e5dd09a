#include <catch2/catch.hpp>
#include <optional>
#include <random>

#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

ImageBuilder sample() {
    ImageBuilder image;
    image.tags = {"box:1"};
    image.fileLayer("a", "bottom").fileLayer("b", "top", gzipped).fileLayer("c", "z", [](auto bytes) {
        return zstdCompressed(bytes);
    });
    return image;
}

struct Form {
    std::string prefix;
    std::string bytes;
};

std::vector<Form> forms() {
    const ImageBuilder image = sample();
    return {{"docker-archive:", makeTar(image.dockerArchive())},
            {"docker-archive:", makeTar(image.docker25Archive())},
            {"docker-archive:", gzipped(makeTar(image.docker25Archive()))},
            {"oci-archive:", makeTar(image.ociLayout())},
            {"oci-archive:", zstdCompressed(makeTar(image.ociLayout()))}};
}

/// The layers, or nothing when there was an Error; anything else that is thrown fails the test.
std::optional<std::vector<std::string>> tryToRead(const Bases& bases, const Form& form,
                                                  const std::string& bytes) {
    try {
        return readLayers(*open(form.prefix + bases.write("x", bytes), bases.options));
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

TEST_CASE("an archive that is truncated anywhere but in the zeros at its end is an error", "[A5]") {
    const Bases bases;
    const auto whole = sample().tars();
    for (const Form& form : forms()) {
        const std::size_t last = form.bytes.size();
        const std::size_t step = last > 2000 ? 97 : 1;
        for (std::size_t size = 0; size < last; size += step) {
            INFO(form.prefix << size << " of " << last);
            const auto layers = tryToRead(bases, form, form.bytes.substr(0, size));
            const bool zerosAlone = form.bytes.find_first_not_of('\0', size) == std::string::npos;
            REQUIRE((zerosAlone ? !layers || *layers == whole : !layers));
        }
    }
    CHECK(bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("an archive with any byte changed is an error, or gives the very same layers", "[A5][A6]") {
    const Bases bases;
    std::mt19937 random(3); // NOLINT: the same damage every time
    const auto whole = sample().tars();
    for (const Form& form : forms()) {
        for (int round = 0; round < 600; ++round) {
            std::string bytes = form.bytes;
            const std::size_t at = random() % bytes.size();
            bytes[at] = static_cast<char>(bytes[at] ^ (1 + random() % 255));
            const auto layers = tryToRead(bases, form, bytes);
            INFO(form.prefix << " byte " << at);
            REQUIRE((!layers || *layers == whole));
        }
    }
}

TEST_CASE("layouts with damaged documents are errors, or give the very same layers", "[A6][A7]") {
    const Bases bases;
    std::mt19937 random(4); // NOLINT: the same damage every time
    const ImageBuilder image = sample();
    for (int round = 0; round < 400; ++round) {
        Members members = image.docker25Archive();
        std::string& bytes = members[random() % members.size()].data;
        bytes[random() % bytes.size()] = static_cast<char>(random());
        for (const char* prefix : {"docker-archive:", "oci-archive:"}) {
            const auto layers = tryToRead(bases, {prefix, {}}, makeTar(members));
            REQUIRE((!layers || *layers == image.tars()));
        }
    }
}
