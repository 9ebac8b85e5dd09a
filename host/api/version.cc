#include <rootlayer/version.hh>

namespace rootlayer {

const char* version() {
    return ROOTLAYER_VERSION;
}

} // namespace rootlayer
