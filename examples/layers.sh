#!/bin/sh
# Several layers, each built on the one before: the last one that has a file decides. Writes layers.tar.
set -eu
[ -e bash.tar ] || "$(dirname "$0")/bash.sh"
from=bash.tar
for number in 1 2 3; do
  mkdir -p "layer-$number"
  echo "$number" | tee "layer-$number/last" >"layer-$number/only-$number"
  rootlayer build --from "docker-archive:$from" --contents "layer-$number:/layers" \
    --cmd '["/bin/bash", "-c", "cat /layers/last /layers/only-*"]' --name layers -o "docker-archive:layers-$number.tar"
  from=layers-$number.tar
done
mv layers-3.tar layers.tar
