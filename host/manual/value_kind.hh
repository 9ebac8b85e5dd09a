#pragma once

#include <string>
#include <vector>

namespace rootlayer::manual {

/// What a value can be completed to. It is read from what help calls the value: alternatives between "|", of
/// which FILE, DIRECTORY, LAYER and the kinds of images are files, directories and prefixes of references,
/// and words in lower case are values themselves: "FILE|-", "auto|kvm|tcg". Others cannot be completed.
struct ValueKind {
    bool files = false;
    bool directories = false;
    std::vector<std::string> words;        ///< "kvm"
    std::vector<std::string> filePrefixes; ///< "tar:", followed by a file
    std::vector<std::string> treePrefixes; ///< "dir:", followed by a directory
    std::vector<std::string> openPrefixes; ///< "docker://", followed by what cannot be completed

    bool empty() const;
};

ValueKind valueKind(const std::string& placeholder);

} // namespace rootlayer::manual
