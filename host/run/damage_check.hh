#pragma once

#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "images/guest_image.hh"
#include "store/layer_store.hh"
#include "vm/accelerator.hh"
#include "vm/machine.hh"
#include "vm/qemu/template_store.hh"

namespace rootlayer::run {

// A cache entry can be damaged in a way that its seal does not show. The guest meets it: then the run reads
// all that it used of the cache, removes what is damaged, and starts again, once.

/// Does a script's exit status look as if a program's file could not be read? It is that of a program that
/// could not be executed, or was killed by SIGILL, SIGBUS or SIGSEGV.
bool diedOfDamage(int status);
/// Can the error come from a damaged machine or disk?
bool isOfMachine(const Error& error);
/// Does the guest kernel report that it cannot read a disk? The script can write such lines, too: then
/// nothing is found damaged.
bool saysReadError(const std::string& console);

/// What a run used of the cache; refers to what the run owns.
struct UsedCache {
    const std::string& cacheDirectory;
    const std::vector<store::LayerDisk>& disks;
    const images::GuestImage& guestImage;
    const vm::AcceleratorCache& accelerators;
    const vm::TemplateStore* templates = nullptr; ///< null: none
    vm::MachineSpec plain;                        ///< the machine of the template
    std::string acceleratorKey;
    std::string templateImage; ///< as for TemplateStore::keyOf()
};

/// Reads all of it, removes what is damaged, and says what that was, a sentence each.
std::vector<std::string> removeDamaged(const UsedCache& used);

} // namespace rootlayer::run
