#include "sample_layer.hh"

#include <algorithm>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/stream.hh"
#include "layer/order.hh"
#include "layer/tar_writer.hh"
#include "layer/whiteout.hh"

namespace rootlayer::test {

using namespace layer;

namespace {

Entry entryOf(std::string path, EntryType type, std::uint32_t mode) {
    Entry entry;
    entry.path = std::move(path);
    entry.type = type;
    entry.mode = mode;
    entry.mtime = 1'700'000'000;
    return entry;
}

} // namespace

Entry directory(std::string path) {
    return entryOf(std::move(path), EntryType::Directory, 0755);
}

Entry file(std::string path) {
    return entryOf(std::move(path), EntryType::File, 0644);
}

Entry symlinkTo(std::string path, std::string target) {
    auto entry = entryOf(std::move(path), EntryType::Symlink, 0777);
    entry.linkTarget = std::move(target);
    return entry;
}

Entry hardLink(std::string path, const Entry& target) {
    auto entry = target;
    entry.type = EntryType::HardLink;
    entry.linkTarget = target.path;
    entry.path = std::move(path);
    entry.size = 0;
    entry.devMajor = entry.devMinor = 0;
    return entry;
}

Entry device(std::string path, EntryType type, unsigned major, unsigned minor) {
    auto entry = entryOf(std::move(path), type, 0660);
    entry.devMajor = major;
    entry.devMinor = minor;
    return entry;
}

Item fileWith(std::string path, std::string data) {
    auto entry = file(std::move(path));
    entry.size = data.size();
    return {entry, std::move(data)};
}

Items sampleLayer() {
    Items items;
    const auto add = [&](Entry entry, std::string data = {}) {
        items.push_back({std::move(entry), std::move(data)});
    };
    const auto caps = std::string("\x01\0\0\x02", 4) + std::string(16, '\x05');

    add(whiteoutEntry("gone"));
    add(whiteoutEntry("z"));
    add(directory("a"));
    add(whiteoutEntry("a/old file"));
    auto first = file("a/first");
    first.size = 5;
    first.mode = 04755;
    first.xattrs = {{"security.capability", caps}, {"user.note", std::string("a\0b\n=", 5)}};
    add(first, "hello");
    add(hardLink("a/second", first));
    const auto link = symlinkTo("a/symlink", "/etc/../nowhere");
    add(link);
    add(hardLink("a/symlink again", link));
    auto sticky = directory("a-b");
    sticky.mode = 01777;
    sticky.uid = 65534;
    sticky.gid = 65534;
    add(sticky);
    add(device("dev-block", EntryType::BlockDevice, 7, 0));
    add(device("dev-null", EntryType::CharDevice, 1, 3));
    add(device("dev-wide", EntryType::CharDevice, 4095, 1048575));
    add(device("fifo", EntryType::Fifo, 0, 0));
    items.push_back(fileWith("line\nbreak \"quoted\" \\ $x", std::string(512, 'x')));
    add(directory(std::string(99, 'n')));
    add(directory(std::string(100, 'n')));
    add(file(std::string(100, 'n') + "/" + std::string(255, 'c')));
    add(symlinkTo("near", std::string(100, 't')));
    add(symlinkTo("nearer", std::string(101, 't')));
    auto large = file("numbers");
    large.uid = 2097152;
    large.gid = 4294967294;
    large.mtime = 8589934592;
    add(large);
    large.path = "numbers that fit";
    large.uid = large.gid = 2097151;
    large.mtime = 8589934591;
    add(large);
    add(file("\xff\xfe not UTF-8"));
    std::sort(items.begin(), items.end(),
              [](const Item& x, const Item& y) { return compareLayerPaths(x.entry.path, y.entry.path) < 0; });
    return items;
}

std::string tarOf(const Items& items) {
    StringSink sink;
    TarWriter writer(sink);
    for (const auto& [entry, data] : items) {
        writer.add(entry);
        if (!data.empty()) writer.data(data);
    }
    writer.finish();
    return sink.take();
}

Items itemsOf(std::string_view tar, std::size_t piece) {
    Items items;
    TarValidator validator(
        {}, [&](const Entry& entry) { items.push_back({entry}); },
        [&](std::string_view bytes) { items.back().data.append(bytes); });
    for (; !tar.empty(); tar.remove_prefix(std::min(piece, tar.size())))
        validator.write(tar.substr(0, piece));
    validator.finish();
    return items;
}

std::string refusal(std::string_view tar, ValidatorLimits limits) {
    return errorOf([&] {
        TarValidator validator(limits);
        validator.write(tar);
        validator.finish();
    });
}

std::string errorOf(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace rootlayer::test
