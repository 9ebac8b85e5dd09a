#include <catch2/catch.hpp>

#include "tar/posix_acl.hh"

using namespace rootlayer;

TEST_CASE("the text of an ACL becomes the bytes that the kernel has", "[B9]") {
    // What setfacl -m u:1000:rw,g:70000:r makes of a file of mode 0640, as getfattr shows it.
    const std::string bytes("\x02\0\0\0"
                            "\x01\0\x06\0\xff\xff\xff\xff"
                            "\x02\0\x06\0\xe8\x03\0\0"
                            "\x04\0\x04\0\xff\xff\xff\xff"
                            "\x08\0\x04\0\x70\x11\x01\0"
                            "\x10\0\x06\0\xff\xff\xff\xff"
                            "\x20\0\0\0\xff\xff\xff\xff",
                            52);
    for (const auto* text :
         {"user::rw-,user:1000:rw-,group::r--,group:70000:r--,mask::rw-,other::---",
          "u::rw-\nu:1000:rw-\t#effective:rw-\ng::r--\ng:70000:r--\nm::rw-\no::---\n",
          "other::---,mask::rw-,group:70000:r--,group::r--,user:1000:rw-,user::rw-",
          "user::rw-,user:joe:rw-:1000,group::r--,group:staff:r--:70000,mask::rw-,other::---"}) {
        CHECK(tar::aclFromText(text) == bytes);
    }
    CHECK(tar::isAclBytes(bytes));
}

TEST_CASE("text that is not an ACL, or has names without numbers, gives none", "[B9]") {
    for (const auto* text : {"", "user::rw", "user:joe:rw-", "mask:1:rw-", "x::rwx", "user::rwx:1:2",
                             "user::xwr", "user:99999999999:r--"}) {
        CHECK_FALSE(tar::aclFromText(text));
    }
    CHECK_FALSE(tar::isAclBytes("user::rw-"));
}

TEST_CASE("bytes that the kernel would not accept are not an ACL", "[B9]") {
    const std::string head("\2\0\0\0", 4);
    const std::string user("\1\0\6\0\xff\xff\xff\xff", 8);
    const std::string named("\2\0\6\0\7\0\0\0", 8);
    const std::string group("\4\0\4\0\xff\xff\xff\xff", 8);
    const std::string mask("\x10\0\6\0\xff\xff\xff\xff", 8);
    const std::string other("\x20\0\0\0\xff\xff\xff\xff", 8);
    CHECK(tar::isAclBytes(head));
    CHECK(tar::isAclBytes(head + user + group + other));
    CHECK(tar::isAclBytes(head + user + named + named + group + mask + other));
    for (const auto& broken :
         {std::string(), user, head + user, head + user + other, head + group + other,
          head + user + named + group + other, head + user + group + mask, head + group + user + other,
          head + user + user + group + other, head + user + group + other + "x",
          head + std::string("\1\0\x0e\0\xff\xff\xff\xff", 8) + group + other,
          head + user + std::string("\2\0\6\0\xff\xff\xff\xff", 8) + group + mask + other,
          head + user + std::string("\3\0\6\0\7\0\0\0", 8) + group + mask + other}) {
        CHECK_FALSE(tar::isAclBytes(broken));
    }
    using rootlayer::layer::EntryType;
    const auto acl = head + user + group + other;
    CHECK(tar::isUsableAcl(EntryType::Fifo, "system.posix_acl_access", acl));
    CHECK(tar::isUsableAcl(EntryType::Directory, "system.posix_acl_default", acl));
    CHECK_FALSE(tar::isUsableAcl(EntryType::File, "system.posix_acl_default", acl));
    CHECK_FALSE(tar::isUsableAcl(EntryType::Symlink, "system.posix_acl_access", acl));
    CHECK_FALSE(tar::isUsableAcl(EntryType::File, "system.posix_acl_other", acl));
}
