#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "layer/entry.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::test {

/// An entry and what a file holds.
struct Item {
    layer::Entry entry;
    std::string data = {};

    friend bool operator==(const Item&, const Item&) = default;
};
using Items = std::vector<Item>;

layer::Entry directory(std::string path);
layer::Entry file(std::string path);
layer::Entry symlinkTo(std::string path, std::string target);
/// With the same metadata.
layer::Entry hardLink(std::string path, const layer::Entry& target);
layer::Entry device(std::string path, layer::EntryType type, unsigned major, unsigned minor);
Item fileWith(std::string path, std::string data);

/// A layer with an entry of every kind, all sorts of names, and every pax key except size.
Items sampleLayer();

/// Through TarWriter.
std::string tarOf(const Items& items);

/// Through TarValidator, in pieces of this size. Throws what it throws.
Items itemsOf(std::string_view tar, std::size_t piece = 1 << 20);

/// Why the validator refuses these bytes: its Error's what(); "" when it accepts them.
std::string refusal(std::string_view tar, layer::ValidatorLimits limits = {});

/// The message of the Error that `act` throws; "" for none. Other exceptions are passed on.
std::string errorOf(const std::function<void()>& act);

} // namespace rootlayer::test
