#!/bin/sh
# A server, its port and a volume for its data. Writes redis.tar.
set -eu
"$(dirname "$0")/packages.sh" redis-server redis-tools libc6 libatomic1 libhiredis0.14 libjemalloc2 liblua5.1-0 \
  liblzf1 lua-bitop lua-cjson libssl3 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libzstd1 libstdc++6 libgcc-s1 >redis.json
rootlayer build -f redis.json --preset nss --entrypoint /usr/bin/redis-server --cmd '["--protected-mode", "no"]' \
  --expose 6379 --volume /data --workdir /data --name redis -o docker-archive:redis.tar
