#include "store/lower_layers.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/poll.hh"
#include "base/process.hh"
#include "store/layer_index.hh"
#include "store/path_trail.hh"

namespace rootlayer::store {

namespace {

constexpr auto kTimeout = std::chrono::minutes(10);

/// What one layer has at a path.
struct Answer {
    std::optional<std::uint64_t> name; ///< number in the index
    bool final = false;                ///< the layer hides the path in the layers below
};

} // namespace

/// What the layer has at a directory on the way to the last path.
struct LowerLayers::Step {
    std::optional<IndexName> name; ///< nullopt: the layer does not have it
    bool opaque = false;           ///< it or a directory above it

    bool leadsOn() const { return name && name->directory && !name->whiteout; }
};

/// A layer that is in use.
struct LowerLayers::Layer {
    explicit Layer(const std::string& path) : index(path), root(index.root()) {}

    LayerIndex index;
    IndexName root;
    PathTrail<Step> trail;

    Answer ask(std::string_view path) {
        auto at = trail.rewind(path);
        auto step = trail.last() == nullptr ? Step{root} : *trail.last();
        while (at < path.size() && step.leadsOn()) {
            const auto begin = at == 0 ? 0 : at + 1;
            at = std::min(path.find('/', begin), path.size());
            step.name = index.find(*step.name, path.substr(begin, at - begin));
            step.opaque = step.opaque || (step.name && step.name->opaque);
            trail.push(at, step);
        }
        if (!step.name) return {std::nullopt, step.opaque};
        if (step.name->whiteout || at < path.size()) return {std::nullopt, true};
        return {step.name->number, true};
    }
};

LowerLayers::LowerLayers(std::vector<ConvertedLayer> layers)
    : m_layers(std::move(layers)), m_open(m_layers.size()) {}

LowerLayers::~LowerLayers() = default;

std::optional<LowerEntry> LowerLayers::find(const std::string& path) const {
    for (std::size_t number = m_layers.size(); number-- > 0;) {
        auto& layer = opened(number);
        const auto answer = layer.ask(path);
        if (answer.name) return LowerEntry{layer.index.attributes(*answer.name), number};
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
        pollFiles(waits, deadline.pollTimeout());
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

LowerLayers::Layer& LowerLayers::opened(std::size_t layer) const {
    if (!m_open[layer]) m_open[layer] = std::make_unique<Layer>(m_layers[layer].index);
    return *m_open[layer];
}

} // namespace rootlayer::store
