#!/bin/sh
# Paths that refer to one another get a layer each. The second image is layered on top of the first, has its layers, and adds
# only what is new. Writes layered.tar and layered-on-layered.tar.
set -eu
"$(dirname "$0")/packages.sh" hello bash libc6 libtinfo6 >/dev/null
mkdir -p root/opt links
for package in hello bash libc6 libtinfo6; do
  dpkg-deb -x "${PACKAGES:-packages}/$package"_*.deb "root/opt/$package"
done
ln -sfn opt/libc6/lib links/lib
ln -sfn opt/libc6/lib64 links/lib64
cat >hello-graph.json <<'END'
{"paths": [{"path": "/opt/hello", "references": ["/opt/libc6"]}, {"path": "/opt/libc6", "references": []}]}
END
cat >bash-graph.json <<'END'
{"paths": [{"path": "/opt/bash", "references": ["/opt/libc6", "/opt/libtinfo6"]},
           {"path": "/opt/libtinfo6", "references": ["/opt/libc6"]}, {"path": "/opt/libc6", "references": []}]}
END
rootlayer build --layered --closure hello-graph.json --closure-root root --contents links --cmd /opt/hello/usr/bin/hello \
  --name layered -o docker-archive:layered.tar
rootlayer build --from docker-archive:layered.tar --layered --closure bash-graph.json --closure-root root \
  -e LD_LIBRARY_PATH=/opt/libtinfo6/lib/x86_64-linux-gnu --cmd '["/opt/bash/bin/bash", "-c", "/opt/hello/usr/bin/hello"]' \
  --name layered-on-layered -o docker-archive:layered-on-layered.tar
