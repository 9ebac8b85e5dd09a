#!/bin/sh
# A child has its parent's environment, and what it sets itself. Writes parent.tar and environment.tar.
set -eu
[ -e bash.tar ] || "$(dirname "$0")/bash.sh"
rootlayer build --from docker-archive:bash.tar -e FROM_PARENT=true -e LAST=parent -o docker-archive:parent.tar
rootlayer build --from docker-archive:parent.tar -e FROM_CHILD=true -e LAST=child --cmd /usr/bin/env \
  --name environment -o docker-archive:environment.tar
