#include "store/lower_layers.hh"

#include <array>
#include <chrono>
#include <poll.h>

#include <rootlayer/error.hh>

#include "base/process.hh"

namespace rootlayer::store {

namespace {

constexpr auto kTimeout = std::chrono::minutes(10);

/// What one layer has at a path.
struct Answer {
    std::optional<layer::Entry> entry;
    bool final = false; ///< the layer hides the path in the layers below
};

Answer ask(const LayerIndex& index, const std::string& path) {
    bool opaque = false;
    for (std::size_t at = 0; at < path.size();) {
        const auto slash = std::min(path.find('/', at), path.size());
        const auto found = index.find(path.substr(0, slash));
        if (!found) return {std::nullopt, opaque};
        if (found->whiteout) return {std::nullopt, true};
        if (slash == path.size()) return {found->attributes, true};
        if (found->attributes.type != layer::EntryType::Directory) return {std::nullopt, true};
        opaque = opaque || found->opaque;
        at = slash + 1;
    }
    const auto root = index.find("");
    return {root ? std::optional(root->attributes) : std::nullopt, true};
}

} // namespace

LowerLayers::LowerLayers(std::vector<ConvertedLayer> layers)
    : m_layers(std::move(layers)), m_indexes(m_layers.size()) {}

std::optional<LowerEntry> LowerLayers::find(const std::string& path) const {
    for (std::size_t layer = m_layers.size(); layer-- > 0;) {
        auto answer = ask(index(layer), path);
        if (answer.entry) return LowerEntry{*std::move(answer.entry), layer};
        if (answer.final) return std::nullopt;
    }
    return std::nullopt;
}

void LowerLayers::copyFile(std::size_t layer, const std::string& path, std::uint64_t size, Sink& out,
                           const CancelToken* cancel) const {
    Pipe pipe = makePipe();
    Command command{{"rdsquashfs", "-c", "/" + path, m_layers[layer].disk}};
    command.stdoutFd = pipe.writer.get();
    auto child = Child::start(command);
    pipe.writer.reset();

    const auto deadline = Deadline::after(kTimeout);
    FdSource source(pipe.reader.get(), "a file of a lower layer");
    std::string buffer(std::size_t{64} << 10, '\0');
    std::uint64_t total = 0;
    for (;;) {
        std::array<pollfd, 2> waits{
            {{pipe.reader.get(), POLLIN, 0}, {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        ::poll(waits.data(), waits.size(), deadline.pollTimeout());
        if (cancel != nullptr) cancel->check();
        if (deadline.expired()) throw Error(ErrorCode::Timeout, "rdsquashfs did not finish in time");
        if (waits[0].revents == 0) continue;
        const auto got = source.read({buffer.data(), buffer.size()});
        if (got == 0) break;
        total += got;
        if (total > size) break;
        out.write({buffer.data(), got});
    }
    const auto status = child.wait(deadline, cancel);
    if (total != size || !status || !status->success()) {
        throw Error(ErrorCode::Internal, "a file of a cached layer cannot be read",
                    "run \"rootlayer cache verify\"");
    }
}

const LayerIndex& LowerLayers::index(std::size_t layer) const {
    if (!m_indexes[layer]) m_indexes[layer] = std::make_unique<LayerIndex>(m_layers[layer].index);
    return *m_indexes[layer];
}

} // namespace rootlayer::store
