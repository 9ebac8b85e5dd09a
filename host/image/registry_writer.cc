#include "image/registry_writer.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/image_name.hh"
#include "image/push_question.hh"
#include "image/skopeo.hh"

namespace rootlayer::image {

namespace {

constexpr const char* kTag = "image";

/// A name with upper-case letters is refused, not changed: the image would go to another repository.
std::string nameOf(const oci::Reference& target) {
    const auto given = target.selector.empty() ? target.path : target.path + ":" + target.selector;
    auto name = checkedImageName(given);
    if (name.starts_with(given)) return "docker://" + name;
    throw Error(ErrorCode::Usage,
                fmt::format("{} has upper-case letters, which no registry accepts", quote(given)),
                fmt::format("use {}, or prepend the registry's HOST:PORT", quote(name)));
}

oci::Reference layoutIn(const SweptDir& directory) {
    oci::Reference layout;
    layout.kind = oci::ReferenceKind::OciLayout;
    layout.path = directory.file("layout");
    layout.selector = kTag;
    return layout;
}

} // namespace

RegistryWriter::RegistryWriter(const oci::Reference& target, const WriteOptions& options)
    : m_name(nameOf(target)), m_options(options), m_directory(options.temporaryDirectory),
      m_layout(layoutIn(m_directory), options) {
    askToPush(m_name, m_directory.file("question"), options);
}

LayerForm RegistryWriter::layerForm() const {
    const bool plain = m_options.compression == compress::Compression::None;
    return {plain ? compress::Compression::Gzip : m_options.compression, true};
}

void RegistryWriter::write(const std::vector<ImageDraft>& images) {
    if (images.size() != 1)
        throw Error(ErrorCode::Usage, "only one image at a time can be pushed to a registry",
                    "push them one by one");
    m_layout.write(images);
    m_layout.commit();
}

void RegistryWriter::commit() {
    const Skopeo skopeo({.tlsVerify = m_options.tlsVerify, .cancel = m_options.cancel});
    skopeo.send(m_directory.file("layout") + ":" + kTag, m_name);
}

} // namespace rootlayer::image
