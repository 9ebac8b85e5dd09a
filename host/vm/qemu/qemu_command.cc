#include "vm/qemu/qemu_command.hh"

#include <fmt/format.h>

#include "vm/architecture.hh"
#include "vm/devices.hh"

namespace rootlayer::vm {

namespace {

/// The first slot on the PCIe root bus, the same as in domainXml().
constexpr unsigned kFirstSlot = 2;

/// Escapes a value inside an option: a comma ends it, two commas stand for one.
std::string value(const std::string& text) {
    std::string result;
    for (const char c : text)
        result += c == ',' ? std::string(",,") : std::string(1, c);
    return result;
}

std::string cpu(Accelerator accelerator) {
    // Without the feature that cannot be frozen (invtsc), also if the machine is not: a script sees the same
    // processor in every run.
    if (accelerator == Accelerator::Kvm) return "host,migratable=on";
    std::string text = "max";
    for (const auto feature : featuresSlowUnderTcg())
        text += fmt::format(",{}=off", feature);
    return text;
}

std::string memory(const MachineSpec& spec, const QemuPlaces& places, StartMode beginning) {
    const auto size = fmt::format("id=ram,size={}k", spec.memory >> 10);
    if (beginning == StartMode::Cold) return "memory-backend-ram," + size;
    return fmt::format("memory-backend-file,{},share={},mem-path={}", size,
                       beginning == StartMode::Boot ? "on" : "off", value(places.memoryFile));
}

bool isRestored(StartMode beginning) {
    return beginning == StartMode::Restore || beginning == StartMode::Wait;
}

/// Whether the layers are attached from the start.
bool hasLayers(StartMode beginning) {
    return beginning == StartMode::Cold || beginning == StartMode::Restore;
}

class Line final {
  public:
    explicit Line(std::vector<std::string> words) : m_words(std::move(words)) {}

    void add(const char* option, std::string argument) {
        m_words.emplace_back(option);
        m_words.push_back(std::move(argument));
    }
    void disk(const DiskDevice& device, std::size_t number, const std::string& path) {
        add("-blockdev",
            fmt::format("driver={},node-name=disk{},read-only={}{},file.driver=file,file.filename={}",
                        device.format == BlockDriver::Vmdk ? "vmdk" : "raw", number,
                        device.readOnly ? "on" : "off",
                        device.disposable ? ",cache.direct=off,cache.no-flush=on" : "", value(path)));
        add("-device", fmt::format("virtio-blk-pci,id={},drive=disk{},write-cache=on,addr={}",
                                   diskDevice(number), number, m_slot++));
    }
    /// Number 0 is the console's.
    void port(const PortDevice& port, std::size_t number, int fd) {
        add("-chardev", fmt::format("socket,id={},fd={}", port.id, fd));
        add("-device",
            fmt::format("virtserialport,bus=ports.0,nr={},chardev={},name={}", number, port.id, port.name));
    }
    unsigned slot() { return m_slot++; }
    std::vector<std::string> take() { return std::move(m_words); }

  private:
    std::vector<std::string> m_words;
    unsigned m_slot = kFirstSlot;
};

void addMachine(Line& line, const MachineSpec& spec, const QemuPlaces& places, StartMode beginning) {
    line.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    line.add("-machine",
             fmt::format("{},accel={},usb=off,vmport=off,dump-guest-core=off,memory-backend=ram",
                         architecture().machineType, spec.accelerator == Accelerator::Kvm ? "kvm" : "tcg"));
    line.add("-cpu", cpu(spec.accelerator));
    line.add("-smp", std::to_string(spec.processors));
    line.add("-m", fmt::format("size={}k", spec.memory >> 10));
    line.add("-object", memory(spec, places, beginning));
    line.add("-smbios", fmt::format("type=1,uuid={}", kSystemUuid));
    line.add("-kernel", places.kernel);
    line.add("-initrd", places.initramfs);
    line.add("-append", spec.commandLine);
}

void addDevices(Line& line, const Devices& devices, const QemuPlaces& places) {
    line.add("-chardev", fmt::format("socket,id=monitor,fd={}", places.monitor));
    line.add("-mon", "chardev=monitor,mode=control");
    line.add("-chardev", fmt::format("file,id=console,append=on,path={}", value(places.console)));
    line.add("-serial", "chardev:console");
    line.add("-device", fmt::format("virtio-serial-pci,id=ports,addr={}", line.slot()));
    for (std::size_t i = 0; i < devices.ports.size(); ++i)
        line.port(devices.ports[i], i + 1, i < places.ports.size() ? places.ports[i] : -1);
    for (std::size_t i = 0; i < devices.disks.size(); ++i)
        line.disk(devices.disks[i], i, i < places.disks.size() ? places.disks[i] : "");
    line.add("-object", "rng-random,id=random,filename=/dev/urandom");
    line.add("-device", fmt::format("virtio-rng-pci,rng=random,addr={}", line.slot()));
}

} // namespace

std::string diskDevice(std::size_t number) {
    return fmt::format("device{}", number);
}

std::vector<std::string> qemuCommand(const MachineSpec& spec, const QemuPlaces& places, StartMode beginning) {
    Line line({spec.qemu.empty() ? std::string(architecture().qemuProgram) : spec.qemu, "-nodefaults",
               "-no-user-config", "-display", "none", "-no-reboot"});
    // The guardian finds QEMU by the name of the run's directory.
    line.add("-name", fmt::format("guest={}", value(spec.directory)));
    for (const auto& [number, fd] : places.sets)
        line.add("-add-fd", fmt::format("fd={},set={}", fd, number));
    addMachine(line, spec, places, beginning);
    auto devices = devicesOf(spec);
    // QEMU cannot freeze a machine that has a VMDK open. The format of a disk is not part of the state.
    if (!hasLayers(beginning)) devices.disks[0].format = BlockDriver::Raw;
    addDevices(line, devices, places);
    if (isRestored(beginning)) line.add("-incoming", "defer");
    return line.take();
}

} // namespace rootlayer::vm
