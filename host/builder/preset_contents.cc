#include "builder/contents_layer.hh"

#include "layer/tar_writer.hh"

namespace rootlayer::builder {

std::vector<std::string> ContentsLayer::addPreset(const Preset& preset) {
    std::vector<std::string> added;
    m_links.clear();
    m_replaceLinks = false;
    m_format = ArchiveFormat::None;
    for (const auto& file : presetFiles(preset)) {
        m_parent.reset(); // the one before may have changed where a path leads
        const auto path = landing(file.entry.path, false);
        if (!has(path)) {
            addPresetFile(file);
            added.push_back("/" + path);
        } else if (usesBusybox(preset)) {
            break;
        }
    }
    return added;
}

void ContentsLayer::addPresetFile(const PresetFile& file) {
    StringSink bytes;
    layer::TarWriter tar(bytes);
    auto alone = file.entry; // a layer would need its directories
    alone.path = "file";
    tar.add(alone);
    tar.data(file.bytes);
    tar.finish();
    StringSource source(bytes.bytes());
    const Contents none;
    const auto place = [&](const std::string&) { return file.entry.path; };
    m_tree.add(source, {}, [&](layer::Entry& entry) { return edit(none, place, entry); });
}

} // namespace rootlayer::builder
