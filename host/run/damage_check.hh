#pragma once

// Damage check: finds damaged cache entries after a run has failed.
//
// A run reads the files of a cache entry only if they look changed (base/directory_cache.hh), so it misses
// other damage, such as that of a failing drive. Therefore a run that fails in a way that damage can explain
// reads all cache entries that it used, removes the damaged ones, and starts again, once.

#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "images/guest_image.hh"
#include "store/layer_store.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"
#include "vm/qemu/template_store.hh"

namespace rootlayer::run {

/// Whether a script's exit status may come from a damaged cache entry: a program could not be executed, or
/// was killed by SIGILL, SIGBUS or SIGSEGV.
bool diedOfDamage(int status);
/// Whether the error may come from a damaged guest image, template or disk.
bool isOfMachine(const Error& error);
/// Whether the guest's kernel reports that it cannot read a disk. The script can print such lines, too; the
/// check then finds no damage.
bool saysReadError(const std::string& console);

/// The cache entries that a run used. The references are to objects of the run.
struct UsedCache {
    const std::string& cacheDirectory;
    const std::vector<store::LayerDisk>& disks;
    const images::GuestImage& guestImage;
    const vm::AcceleratorCache& accelerators;
    const vm::TemplateStore* templates = nullptr; ///< null: none were used
    vm::MachineSpec plain;                        ///< the machine, for TemplateStore::keyOf()
    std::string acceleratorKey;
    std::string templateImage; ///< for TemplateStore::keyOf()
};

/// Reads all of these entries and removes the damaged ones. Returns a sentence for each.
std::vector<std::string> removeDamaged(const UsedCache& used);

} // namespace rootlayer::run
