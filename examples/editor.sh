#!/bin/sh
# An editor, started in the directory that is mounted at /files. Writes editor.tar.
set -eu
"$(dirname "$0")/packages.sh" nano libc6 libncursesw6 libtinfo6 ncurses-base >editor.json
rootlayer build -f editor.json --entrypoint /bin/nano --workdir /files -e TERM=linux --name editor -o docker-archive:editor.tar
