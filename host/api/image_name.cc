#include <rootlayer/image_name.hh>

#include "image/image_name.hh"

namespace rootlayer {

std::string fullImageName(std::string_view name) {
    return image::fullImageName(name);
}

} // namespace rootlayer
