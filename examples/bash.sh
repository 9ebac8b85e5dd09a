#!/bin/sh
# A shell and its tools. --preset adds /bin/sh and the names of root and nobody. Writes bash.tar.
set -eu
"$(dirname "$0")/packages.sh" bash coreutils libc6 libtinfo6 libselinux1 libpcre2-8-0 libacl1 libattr1 libgmp10 >bash.json
rootlayer build -f bash.json --preset nss --preset sh --cmd /bin/bash --name bash -o docker-archive:bash.tar
