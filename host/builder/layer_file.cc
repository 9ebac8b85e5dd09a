#include "builder/layer_file.hh"

#include <unistd.h>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "compress/compression.hh"

namespace rootlayer::builder {

bool namesLayerFile(const std::string& text) {
    if (text == "scratch") return false;
    return text.find(':') == std::string::npos || ::access(text.c_str(), F_OK) == 0;
}

std::unique_ptr<Source> openLayerFile(const std::string& path, const CancelToken& cancel) {
    auto file = std::make_unique<CancellableSource>(std::make_unique<FileSource>(path, "layer"), cancel);
    return std::make_unique<CancellableSource>(compress::decompress(std::move(file), "layer " + quote(path)),
                                               cancel);
}

} // namespace rootlayer::builder
