#include "vm/qemu/template_store.hh"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "vm/kvm_host.hh"
#include "vm/run_directory.hh"

namespace rootlayer::vm {

namespace fs = std::filesystem;

namespace {

// Increase the number when existing templates must not be used any more.
constexpr std::string_view kVersion = "template 2";
constexpr const char* kMemory = "memory";
constexpr const char* kState = "state";
constexpr const char* kRefused = "refused";
constexpr const char* kRefusedAt = "refused-at";
constexpr std::chrono::hours kRefusalIsBelieved{1};
/// A template takes about 100 MB.
constexpr std::size_t kMaxTemplates = 8;
constexpr std::chrono::seconds kBootTimeout{60};
constexpr std::chrono::seconds kFreezeTimeout{30};
constexpr std::chrono::seconds kRestoreTimeout{20};
constexpr std::size_t kBlank = 4096;

std::int64_t now() {
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

std::optional<std::string> refusalOf(const Seal& seal) {
    const auto reason = seal.facts.find(kRefused);
    return reason == seal.facts.end() ? std::nullopt : std::optional(reason->second);
}

/// Whether a refusal has expired.
bool outdated(const Seal& seal) {
    const auto at = seal.facts.find(kRefusedAt);
    if (at == seal.facts.end()) return true;
    const auto since = now() - std::strtoll(at->second.c_str(), nullptr, 10);
    return since < 0 || std::chrono::seconds(since) > kRefusalIsBelieved;
}

/// The same machine with a blank disk instead of the layers.
MachineSpec withBlankLayer(MachineSpec spec) {
    spec.layers = {{spec.directory + "/blank-layer", kBlank}};
    writeFile(spec.layers[0].path, std::string(kBlank, '\0'));
    return spec;
}

MachineSpec blankMachine(MachineSpec spec, const RunDirectory& directory) {
    spec.directory = directory.path();
    spec.scratch = directory.file("scratch");
    writeFile(spec.scratch, std::string(kBlank, '\0'));
    return withBlankLayer(std::move(spec));
}

class PausedQemu final : public PausedMachine {
  public:
    explicit PausedQemu(std::unique_ptr<QemuMachine> machine) : m_machine(std::move(machine)) {}

    std::unique_ptr<Machine> goOn(const MachineSpec& spec, const CancelToken* cancel) override {
        m_machine->goOn(spec, Deadline::after(kRestoreTimeout), cancel);
        return std::move(m_machine);
    }

  private:
    std::unique_ptr<QemuMachine> m_machine;
};

} // namespace

std::string TemplateStore::keyOf(const MachineSpec& spec, const std::string& image) const {
    MachineSpec plain = spec;
    plain.directory = plain.scratch = plain.kernel = plain.initramfs = "";
    plain.layers.clear();
    auto text = fmt::format("{}\n{}\n", kVersion, image);
    for (const auto& word : qemuCommand(plain, {}, StartMode::Boot))
        text += word + '\n';
    if (spec.accelerator == Accelerator::Kvm) text += kvmHost();
    return sha256(text).hex();
}

bool TemplateStore::writable() const {
    return ::access(cache().path(".").c_str(), W_OK) == 0;
}

bool TemplateStore::has(const std::string& key) const {
    const auto seal = cache().find(key);
    return seal && !refusalOf(*seal);
}

std::optional<std::string> TemplateStore::refusal(const std::string& key) const {
    const auto seal = cache().find(key);
    return seal && !outdated(*seal) ? refusalOf(*seal) : std::nullopt;
}

std::string TemplateStore::make(const std::string& key, const MachineSpec& spec, const Ready& ready,
                                const CancelToken* cancel) const {
    bool made = false;
    const auto make = [&](const std::string& directory) {
        made = true;
        return fill(directory, spec, ready, cancel);
    };
    const auto seal = cache().ensure(key, make, cancel);
    if (refusalOf(seal)) cache().replace(key, make, cancel);
    if (made) removeOldest();
    return seal.damage;
}

Seal TemplateStore::fill(const std::string& directory, const MachineSpec& spec, const Ready& ready,
                         const CancelToken* cancel) const {
    const RunDirectory run(m_runtimeDirectory);
    const auto memory = directory + "/" + kMemory;
    auto machine = QemuMachine::boot(blankMachine(spec, run), memory, Deadline::after(kBootTimeout), cancel);
    ready(*machine);
    machine->freeze(directory + "/" + kState, Deadline::after(kFreezeTimeout));
    machine.reset();

    Seal seal;
    seal.add(directory, kState);
    seal.addSparse(directory, kMemory);
    return seal;
}

std::unique_ptr<Machine> TemplateStore::restore(const std::string& key, const MachineSpec& spec,
                                                const CancelToken* cancel) const {
    return QemuMachine::restore(spec, frozen(key, cancel), Deadline::after(kRestoreTimeout), cancel);
}

std::unique_ptr<PausedMachine> TemplateStore::prepare(const std::string& key, const MachineSpec& spec,
                                                      const CancelToken* cancel) const {
    return std::make_unique<PausedQemu>(QemuMachine::restoreToWait(withBlankLayer(spec), frozen(key, cancel),
                                                                   Deadline::after(kRestoreTimeout), cancel));
}

FrozenMachine TemplateStore::frozen(const std::string& key, const CancelToken* cancel) const {
    const auto directory = cache().path(key) + "/";
    return {directory + kMemory, directory + kState, cache().hold(key, cancel)};
}

void TemplateStore::remove(const std::string& key) const {
    cache().remove(key);
}

std::string TemplateStore::removeDamaged(const std::string& key) const {
    auto damage = cache().damage(key);
    if (!damage.empty()) cache().remove(key);
    return damage;
}

void TemplateStore::refuse(const std::string& key, const std::string& reason) const noexcept {
    try {
        cache().replace(key, [&](const std::string&) {
            Seal seal;
            seal.facts[kRefused] = escaped(reason);
            seal.facts[kRefusedAt] = std::to_string(now());
            return seal;
        });
    } catch (const std::exception&) {
        // Not fatal: the next run tries again.
    }
}

void TemplateStore::removeOldest() const {
    cache().sweep();
    auto names = cache().names();
    if (names.size() <= kMaxTemplates) return;
    // The seal's time is updated at each use.
    const auto usedAt = [&](const std::string& name) {
        std::error_code gone;
        return fs::last_write_time(cache().path(name) + "/seal", gone);
    };
    std::sort(names.begin(), names.end(),
              [&](const auto& a, const auto& b) { return usedAt(a) < usedAt(b); });
    names.resize(names.size() - kMaxTemplates);
    for (const auto& name : names)
        cache().removeUnused(name);
}

} // namespace rootlayer::vm
