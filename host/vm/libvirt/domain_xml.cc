#include "vm/libvirt/domain_xml.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/escape.hh"
#include "vm/architecture.hh"
#include "vm/devices.hh"

namespace rootlayer::vm {

namespace {

constexpr std::size_t kNameDigits = 16;
/// The first free slot on the PCIe root bus of q35: 0 is the host bridge, 1 is reserved for a display.
constexpr unsigned kFirstSlot = 2;

/// Escapes text for an element or a double-quoted attribute.
std::string xml(const std::string& text) {
    auto plain = text;
    std::erase(plain, '\\');
    // Apart from the backslash, escaped() changes exactly what XML cannot represent.
    if (escaped(plain) != plain) {
        throw Error(ErrorCode::Input, fmt::format("libvirt cannot use the path {}", quote(text)),
                    "use a path of printable UTF-8 characters");
    }
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&apos;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

/// Puts each device directly on the root bus. Without the root port that libvirt would add for each device
/// the guest boots faster, and the slots are fixed.
class Slots final {
  public:
    std::string next() {
        return fmt::format("<address type='pci' domain='0x0000' bus='0x00' slot='0x{:02x}' function='0x0'/>",
                           m_next++);
    }

  private:
    unsigned m_next = kFirstSlot;
};

std::string cpu(Accelerator accelerator) {
    if (accelerator == Accelerator::Kvm) return "  <cpu mode='host-passthrough' migratable='on'/>\n";
    std::string text = "  <cpu mode='maximum'>\n";
    for (const auto feature : featuresSlowUnderTcg()) {
        text += fmt::format("    <feature policy='disable' name='{}'/>\n", feature);
    }
    return text + "  </cpu>\n";
}

std::string disk(const DiskDevice& device, std::size_t index, Slots& slots) {
    return fmt::format("    <disk type='file' device='disk'>\n"
                       "      <driver name='qemu' type='{}'{}/>\n"
                       "      <source file='{}'/>\n"
                       "      <target dev='vd{}' bus='virtio'/>\n"
                       "{}"
                       "      {}\n"
                       "    </disk>\n",
                       device.format == BlockDriver::Vmdk ? "vmdk" : "raw",
                       device.disposable ? " cache='unsafe'" : "", xml(device.path),
                       static_cast<char>('a' + index), device.readOnly ? "      <readonly/>\n" : "",
                       slots.next());
}

std::string channel(const PortDevice& port) {
    return fmt::format("    <channel type='unix'>\n"
                       "      <source mode='connect' path='{}'/>\n"
                       "      <target type='virtio' name='{}'/>\n"
                       "    </channel>\n",
                       xml(port.socket), xml(port.name));
}

std::string deviceList(const Devices& devices) {
    Slots slots;
    std::string text = fmt::format("    <controller type='usb' model='none'/>\n"
                                   "    <controller type='virtio-serial' index='0'>\n"
                                   "      {}\n"
                                   "    </controller>\n",
                                   slots.next());
    for (std::size_t i = 0; i < devices.disks.size(); ++i)
        text += disk(devices.disks[i], i, slots);
    for (const auto& port : devices.ports)
        text += channel(port);
    text += fmt::format("    <serial type='file'>\n"
                        "      <source path='{}'/>\n"
                        "      <target type='isa-serial' port='0'/>\n"
                        "    </serial>\n"
                        "    <rng model='virtio'>\n"
                        "      <backend model='random'>/dev/urandom</backend>\n"
                        "      {}\n"
                        "    </rng>\n",
                        xml(devices.consoleFile), slots.next());
    return text + "    <memballoon model='none'/>\n"
                  "    <video>\n"
                  "      <model type='none'/>\n"
                  "    </video>\n";
}

std::string emulator(const MachineSpec& spec) {
    return spec.qemu.empty() ? "" : fmt::format("    <emulator>{}</emulator>\n", xml(spec.qemu));
}

std::string securityLabel(const DomainOptions& options) {
    if (!options.owner) return {};
    return fmt::format("  <seclabel type='static' model='dac' relabel='no'>\n"
                       "    <label>+{}:+{}</label>\n"
                       "  </seclabel>\n",
                       options.owner->user, options.owner->group);
}

/// The <uuid> element cannot be used: it identifies the domain and must be unique.
std::string systemUuid() {
    return fmt::format("  <qemu:commandline>\n"
                       "    <qemu:arg value='-smbios'/>\n"
                       "    <qemu:arg value='type=1,uuid={}'/>\n"
                       "  </qemu:commandline>\n",
                       kSystemUuid);
}

} // namespace

std::string domainName(const std::string& directory) {
    return "rootlayer-" + sha256(directory).hex().substr(0, kNameDigits);
}

std::string domainXml(const MachineSpec& spec, const DomainOptions& options) {
    return fmt::format("<domain type='{}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
                       "  <name>{}</name>\n"
                       "  <memory unit='b'>{}</memory>\n"
                       "  <vcpu>{}</vcpu>\n"
                       "  <os>\n"
                       "    <type arch='{}' machine='{}'>hvm</type>\n"
                       "    <kernel>{}</kernel>\n"
                       "    <initrd>{}</initrd>\n"
                       "    <cmdline>{}</cmdline>\n"
                       "  </os>\n"
                       "  <features>\n"
                       "    <acpi/>\n"
                       "  </features>\n"
                       "{}"
                       "  <on_poweroff>destroy</on_poweroff>\n"
                       "  <on_reboot>destroy</on_reboot>\n"
                       "  <on_crash>destroy</on_crash>\n"
                       "  <devices>\n"
                       "{}{}"
                       "  </devices>\n"
                       "{}"
                       "{}"
                       "</domain>\n",
                       spec.accelerator == Accelerator::Kvm ? "kvm" : "qemu", domainName(spec.directory),
                       spec.memory, spec.processors, architecture().name, architecture().machineType,
                       xml(spec.kernel), xml(spec.initramfs), xml(spec.commandLine), cpu(spec.accelerator),
                       emulator(spec), deviceList(devicesOf(spec)), securityLabel(options), systemUuid());
}

} // namespace rootlayer::vm
