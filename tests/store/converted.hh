#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/process.hh"
#include "base/temp_dir.hh"
#include "store/layer_store.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::store {

/// A layer's bytes in memory as a source, which counts how often it was opened.
struct MemoryLayer {
    explicit MemoryLayer(std::string tar) : bytes(std::make_shared<std::string>(std::move(tar))) {
        source.diffId = sha256(*bytes);
        source.sizeHint = bytes->size();
        source.open = [bytes = bytes, opened = opened] {
            ++*opened;
            return std::make_unique<StringSource>(*bytes);
        };
    }
    std::shared_ptr<std::string> bytes;
    std::shared_ptr<std::atomic<int>> opened = std::make_shared<std::atomic<int>>(0);
    layer::OpenableLayer source;
};

/// An entry of a disk, as the squashfs tools show it. For hard links `linkTarget` is the first name.
struct OnDisk {
    layer::Entry entry;
    std::string content;

    bool isWhiteout() const {
        return entry.type == layer::EntryType::CharDevice && entry.devMajor == 0 && entry.devMinor == 0;
    }
    bool isOpaque() const { return entry.xattrs.contains("trusted.overlay.opaque"); }
    friend bool operator==(const OnDisk&, const OnDisk&) = default;
};
using DiskContent = std::map<std::string, OnDisk>;

inline DiskContent contentOf(const std::string& disk) {
    const auto tar = requireCommand(Command{{"sqfs2tar", "-r", ".", disk}},
                                    Deadline::after(std::chrono::seconds(60)), "reading the disk back");
    StringSource source(tar);
    tar::ForeignTar reader(source);
    DiskContent content;
    while (const auto* entry = reader.next()) {
        OnDisk found{*entry, {}};
        for (auto bytes = reader.data(); !bytes.empty(); bytes = reader.data())
            found.content += bytes;
        auto path = entry->path;
        while (path.ends_with('/'))
            path.pop_back();
        path = path == "." ? "" : path.substr(2);
        found.entry.path = path;
        if (entry->type == layer::EntryType::HardLink) found.entry.linkTarget = entry->linkTarget.substr(2);
        content.emplace(path, std::move(found));
    }
    return content;
}

/// The disks of some layers, converted in a cache of their own.
class Converted final {
  public:
    explicit Converted(std::vector<std::string> tars) : m_store(m_temp.path()) {
        std::vector<layer::OpenableLayer> sources;
        for (auto& tar : tars)
            sources.push_back(layers.emplace_back(std::move(tar)).source);
        disks = m_store.disksFor(sources);
    }
    DiskContent top() const { return contentOf(disks.back().path); }

  private:
    TempDir m_temp{"/tmp"};
    LayerStore m_store;

  public:
    std::vector<MemoryLayer> layers;
    std::vector<LayerDisk> disks;
};

inline DiskContent converted(const std::string& tar) {
    return Converted({tar}).top();
}

} // namespace rootlayer::store
