#include "build/layer_file.hh"

#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "image/compression.hh"

namespace rootlayer::build {

bool namesLayerFile(const std::string& text) {
    if (text == "scratch") return false;
    return text.find(':') == std::string::npos || ::access(text.c_str(), F_OK) == 0;
}

std::unique_ptr<Source> openLayerFile(const std::string& path) {
    return image::decompress(std::make_unique<FileSource>(path, "layer"), "layer " + quote(path));
}

} // namespace rootlayer::build
