#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "image/image_writer.hh"

using namespace rootlayer;
using Catch::Contains;

namespace {

/// A skopeo that always fails with this message of a registry.
class Answer final {
  public:
    explicit Answer(const std::string& words) : m_path(std::getenv("PATH")) {
        makeDirectories(m_directory.file("bin"));
        makeDirectories(m_directory.file("tmp"));
        const auto program = m_directory.file("bin/skopeo");
        writeFile(program,
                  fmt::format("#!/bin/sh\necho \"$@\" >>{}\necho 'level=fatal msg=\"{}\"' >&2\nexit 1\n",
                              m_directory.file("asked"), words));
        REQUIRE(::chmod(program.c_str(), 0755) == 0);
        ::setenv("PATH", (m_directory.file("bin") + ":" + m_path).c_str(), 1);
    }
    ~Answer() { ::setenv("PATH", m_path.c_str(), 1); }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    void open() const {
        image::WriteOptions options;
        options.temporaryDirectory = m_directory.file("tmp");
        image::openImageWriter(oci::Reference::parse("docker://h.example/n:tag"), options);
    }
    ErrorCode refusal() const {
        try {
            open();
        } catch (const Error& error) {
            CHECK_THAT(error.what(), Contains("docker://h.example/n:tag"));
            CHECK_FALSE(error.hint().empty());
            return error.code();
        }
        return ErrorCode::Internal;
    }
    std::string asked() const { return readFile(m_directory.file("asked"), "log", 1 << 20); }

  private:
    TempDir m_directory{"/tmp"};
    std::string m_path;
};

} // namespace

TEST_CASE("a registry is asked whether it accepts the image before anything is made") {
    const std::string missing = "sha256:" + std::string(64, '0');
    const Answer yes("reading blob " + missing + ": open /tmp/404/blobs: no such file or directory");
    CHECK_NOTHROW(yes.open());
    CHECK_THAT(yes.asked(), Contains("copy") && Contains("docker://h.example/n:tag"));
}

TEST_CASE("a push that would be refused is refused when its output is opened") {
    const std::string trying = "trying to reuse blob sha256:00 at destination: ";
    CHECK(
        Answer(trying + "checking whether a blob exists: unauthorized: authentication required").refusal() ==
        ErrorCode::Input);
    CHECK(Answer(trying + "requested access to the resource is denied").refusal() == ErrorCode::Input);
    CHECK(Answer(trying + "dial tcp 127.0.0.1:1: connect: connection refused").refusal() ==
          ErrorCode::System);
}

TEST_CASE("an unknown answer is ignored, and the push itself decides") {
    CHECK_NOTHROW(Answer("some words of a later skopeo").open());
}
