#include "vm/libvirt/libvirt_handles.hh"

#include <fmt/format.h>
#include <libvirt/virterror.h>
#include <string>

#include "base/escape.hh"
#include "vm/architecture.hh"

namespace rootlayer::vm {

namespace {

std::string hintFor(const virError& error, std::string_view message) {
    const auto says = [&](std::string_view text) { return message.find(text) != std::string_view::npos; };
    if (says("no connection driver") || says("driver 'qemu'") || says("libvirt_driver_qemu")) {
        return "install libvirt's QEMU driver: apt install libvirt-daemon-driver-qemu";
    }
    if (says("/dev/kvm") || says("domaintype=kvm") || says("kvm.c") || says("failed to set MSR"))
        return "--accel tcg";
    if (says("could not find capabilities") || says("Cannot find a suitable emulator")) {
        return "install QEMU: apt install " + std::string(architecture().qemuPackage);
    }
    if (error.code == VIR_ERR_NO_CONNECT || error.code == VIR_ERR_AUTH_FAILED ||
        error.domain == VIR_FROM_RPC) {
        return "omit --connect: rootlayer needs no libvirt daemon";
    }
    return {};
}

} // namespace

Error libvirtError(std::string_view what) {
    const virError* last = virGetLastError();
    if (last == nullptr) return {ErrorCode::Machine, std::string(what)};
    const auto message = escaped(last->message != nullptr ? last->message : "no reason given");
    return {ErrorCode::Machine, fmt::format("{}: libvirt: {}", what, message), hintFor(*last, message)};
}

} // namespace rootlayer::vm
