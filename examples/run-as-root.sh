#!/bin/sh
# A script as root in a machine, on what bash.sh writes, between one that prepares the layer and one that tidies it.
# Writes run-as-root.tar.
set -eu
[ -e bash.tar ] || "$(dirname "$0")/bash.sh"
echo 'mkdir -m 1777 tmp && mkdir -p srv' >before.sh
cat >script.sh <<'END'
mkdir -p /srv/data /srv/cache
chown 1000:1000 /srv/data
mknod -m 0666 /srv/null c 1 3
echo "made by $(id -u)" >/srv/data/made
END
echo 'rm -r srv/cache' >after.sh
rootlayer build --from docker-archive:bash.tar --before before.sh --script script.sh --after after.sh \
  --cmd '["/bin/bash", "-c", "cat /srv/data/made"]' --name run-as-root -o docker-archive:run-as-root.tar
