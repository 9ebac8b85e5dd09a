#include "opened.hh"

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>

#include "base/file.hh"

namespace rootlayer::test {

namespace {
constexpr std::uint64_t kMax = 64 * 1024 * 1024;
}

Bases::Bases() : m_directory(std::filesystem::temp_directory_path()) {
    options.workspace.directory = makeDirectory("tmp");
}

std::string Bases::makeDirectory(const std::string& name) const {
    std::filesystem::create_directories(path(name));
    return path(name);
}

std::string Bases::write(const std::string& name, const std::string& bytes) const {
    writeFile(path(name), bytes);
    return path(name);
}

std::string Bases::layout(const Members& members) const {
    removeTree(path("layout"));
    writeMembers(makeDirectory("layout"), members);
    return path("layout");
}

bool Bases::temporaryDirectoryIsEmpty() const {
    return std::filesystem::is_empty(options.workspace.directory);
}

std::unique_ptr<image::BaseImage> open(const std::string& reference, const image::OpenOptions& options) {
    return image::openBase(oci::Reference::parse(reference), options);
}

std::vector<std::string> readLayers(const image::BaseImage& base) {
    std::vector<std::string> layers;
    for (const image::BaseLayer& layer : base.layers())
        layers.push_back(readAll(*layer.open(), kMax, "a layer"));
    return layers;
}

Error failure(const std::string& reference, const image::OpenOptions& options) {
    try {
        readLayers(*open(reference, options));
    } catch (const Error& error) {
        return error;
    }
    FAIL("accepted: " << reference);
    throw;
}

} // namespace rootlayer::test
