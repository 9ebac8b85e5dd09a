#include <rootlayer/file_digest.hh>

#include <memory>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/digest.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "compress/compression.hh"
#include "tar/tar_sum.hh"

namespace rootlayer {

namespace {

std::unique_ptr<Source> opened(const std::string& file) {
    if (file == "-") return std::make_unique<FdSource>(STDIN_FILENO, "standard input");
    return std::make_unique<FileSource>(file, "file");
}

std::string tarSumOf(std::unique_ptr<Source> source, const std::string& file, tar::TarSumVersion version,
                     const std::string& json) {
    try {
        return tar::tarSum(*compress::decompress(std::move(source), file), version, json);
    } catch (Error& error) {
        error.addContext(file == "-" ? "standard input" : quote(file));
        throw;
    }
}

} // namespace

std::string fileDigest(const std::string& file, DigestAlgorithm algorithm, const std::string& json,
                       const CancelToken& cancel) {
    auto source = std::make_unique<CancellableSource>(opened(file), cancel);
    switch (algorithm) {
    case DigestAlgorithm::TarSumV0:
        return tarSumOf(std::move(source), file, tar::TarSumVersion::V0, json);
    case DigestAlgorithm::TarSumV1:
        return tarSumOf(std::move(source), file, tar::TarSumVersion::V1, json);
    default:
        return sha256(*source).str();
    }
}

} // namespace rootlayer
