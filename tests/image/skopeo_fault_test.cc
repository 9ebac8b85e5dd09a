#include <catch2/catch.hpp>

#include <string>

#include "image/skopeo_fault.hh"

using namespace rootlayer;
using Catch::Contains;

namespace {

Error faultOf(const std::string& words, const std::string& image = "docker://h.example:5000/a/b:1") {
    return image::skopeoFault(image, "time=\"2026-01-01T00:00:00Z\" level=warning msg=\"x\"\n"
                                     "time=\"2026-01-01T00:00:00Z\" level=fatal msg=\"" +
                                         words + "\"\n");
}

} // namespace

TEST_CASE("skopeo's last message becomes an error with a hint") {
    struct Case {
        std::string words;
        ErrorCode code;
        std::string what;
        std::string hint;
    };
    const Case cases[] = {
        {"reading manifest 1 in h.example:5000/a/b: manifest unknown: manifest unknown", ErrorCode::Input,
         "does not have", "skopeo list-tags docker://h.example:5000/a/b"},
        {"reading manifest 1: unauthorized: authentication required", ErrorCode::Input, "requires a login",
         "skopeo login h.example:5000"},
        {"requested access to the resource is denied", ErrorCode::Input, "requires a login",
         "REGISTRY_AUTH_FILE"},
        {"pinging: Get https://h/v2/: http: server gave HTTP response to HTTPS client", ErrorCode::Input,
         "does not use TLS", "--no-tls-verify"},
        {"x509: certificate signed by unknown authority", ErrorCode::Input, "is not trusted", "ca.crt"},
        {"dial tcp 127.0.0.1:5: connect: connection refused", ErrorCode::System, "cannot be reached",
         "network"},
        {"dial tcp: lookup h.example on 10.0.0.1:53: no such host", ErrorCode::System, "cannot be reached",
         "name"},
        {"Error writing blob: Digest did not match, expected sha256:1, got sha256:2", ErrorCode::Image,
         "does not match its digests", "do not use"},
        {"Error writing blob: write /tmp/x: no space left on device", ErrorCode::Resource,
         "no space left for", "TMPDIR"},
        {"invalid reference format: repository name must be lowercase", ErrorCode::Usage,
         "not a valid image name", "docker://NAME"},
        {"Source image rejected: Running image rejected by policy", ErrorCode::Input, "policy",
         "containers-policy.json"},
        {"reading JSON file \\\"/x\\\": 2 errors:\\n\\t* open /x\\n", ErrorCode::Input,
         "reading JSON file \"/x\": 2 errors: * open /x", "REGISTRY_AUTH_FILE"},
        {"something that nobody foresaw", ErrorCode::System, "something that nobody foresaw",
         "skopeo inspect"},
    };
    for (const Case& each : cases) {
        const Error error = faultOf(each.words);
        CAPTURE(each.words);
        CHECK(error.code() == each.code);
        CHECK_THAT(error.what(), Contains(each.what));
        CHECK_THAT(error.what(), Contains("docker://h.example:5000/a/b:1"));
        CHECK_THAT(error.hint(), Contains(each.hint));
    }
}

TEST_CASE("skopeo's own quotes are taken off, and what could harm a terminal is escaped", "[B16]") {
    const Error error = faultOf(R"(Error parsing \"x\": nobody \x1b[31m knows)");
    CHECK_THAT(error.what(), Contains("Error parsing \"x\": nobody"));
    CHECK(image::skopeoFault("docker://a", "plain \x1b[31m words\n").message().find('\x1b') ==
          std::string::npos);
    CHECK_THAT(image::skopeoFault("docker://a", "plain words\n").message(), Contains("plain words"));
}

TEST_CASE("a name without a host is Docker's") {
    CHECK(image::registryHost("alpine") == "docker.io");
    CHECK(image::registryHost("library/alpine") == "docker.io");
    CHECK(image::registryHost("localhost/alpine") == "localhost");
    CHECK(image::registryHost("127.0.0.1:5000/a") == "127.0.0.1:5000");
}

TEST_CASE("names, ports and digests in skopeo's message do not decide which fault it is") {
    const std::string http =
        ": Get \\\"https://127.0.0.1:40143/v2/\\\": http: server gave HTTP response to HTTPS client";
    CHECK_THAT(
        faultOf("pinging container registry 127.0.0.1:40143" + http, "docker://127.0.0.1:40143/a").message(),
        Contains("does not use TLS"));
    CHECK_THAT(
        faultOf("reading manifest 403 in h.example/denied: manifest unknown", "docker://h.example/denied:403")
            .message(),
        Contains("does not have"));
    CHECK_THAT(faultOf("fetching blob sha256:a401b404c403: dial tcp: no such host").message(),
               Contains("cannot be reached"));
    CHECK_THAT(faultOf("invalid status code from registry 401 (Unauthorized)").message(),
               Contains("requires a login"));
    CHECK_THAT(faultOf("received unexpected HTTP status: 403 Forbidden").message(),
               Contains("requires a login"));
    CHECK_THAT(faultOf("requested access to the resource is denied", "docker://e").message(),
               Contains("requires a login"));
    CHECK_THAT(
        faultOf("reading manifest latest in docker.io/library/denied: manifest unknown", "docker://denied")
            .message(),
        Contains("does not have"));
    CHECK_THAT(faultOf("StatusCode: 404").message(), Contains("does not have"));
}
