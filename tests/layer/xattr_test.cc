#include <string>

#include <catch2/catch.hpp>

#include "layer/xattr.hh"
#include "sample_layer.hh"

using namespace rootlayer::layer;
using rootlayer::test::errorOf;

TEST_CASE("a layer keeps the attributes that mean the same everywhere", "[T7]") {
    for (const auto* name : {"user.a", "user.containers.x", "security.capability", "system.posix_acl_access",
                             "system.posix_acl_default"})
        CHECK(isLayerXattr(name));
    for (const auto* name : {"trusted.overlay.opaque", "user.overlay.redirect", "security.selinux",
                             "security.ima", "security.evm", "system.other", "user.", "user", ""})
        CHECK_FALSE(isLayerXattr(name));
}

TEST_CASE("capabilities lose the user namespace they were given in", "[T7]") {
    const std::string rights(16, '\x07');
    const auto version3 = std::string("\x01\0\0\x03", 4) + rights + std::string("\xe8\x03\0\0", 4);
    const auto version2 = std::string("\x01\0\0\x02", 4) + rights;
    CHECK(portableCapability(version3) == version2);
    CHECK(portableCapability(version2) == version2);
    CHECK(portableCapability("odd") == "odd");
    CHECK(errorOf([&] { checkXattr("security.capability", version2); }).empty());
    CHECK(errorOf([&] { checkXattr("security.capability", version3); }).find("version 2") !=
          std::string::npos);
}

TEST_CASE("attributes that a pax header cannot hold are refused by name", "[T7]") {
    const auto refused = [](std::string_view name, std::string_view value) {
        return errorOf([&] { checkXattr(name, value); });
    };
    CHECK(refused("user.a", "") ==
          "the extended attribute \"user.a\" is empty, which a pax header cannot hold");
    CHECK(refused("user.a=b", "x").find("'='") != std::string::npos);
    CHECK(refused(std::string_view("user.a\0b", 8), "x").find("NUL") != std::string::npos);
    CHECK(refused("user." + std::string(251, 'a'), "x").find("255 bytes") != std::string::npos);
    CHECK(refused("user.a", std::string(65537, 'x')).find("64 KiB") != std::string::npos);
    CHECK(refused("trusted.overlay.opaque", "y").find("is not allowed in a layer") != std::string::npos);
    CHECK(refused("user." + std::string(250, 'a'), std::string(65536, 'x')).empty());
}
