#!/bin/sh
# The smallest image with a program: hello and its library. Writes hello.tar.
set -eu
"$(dirname "$0")/packages.sh" hello libc6 >hello.json
rootlayer build -f hello.json --cmd /usr/bin/hello --name hello -o docker-archive:hello.tar
