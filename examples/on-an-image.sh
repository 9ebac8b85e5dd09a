#!/bin/sh
# An image on an image: a script on top of what bash.sh writes. Its layers stay as they are. Writes on-an-image.tar.
set -eu
[ -e bash.tar ] || "$(dirname "$0")/bash.sh"
cat >greet <<'END'
#!/bin/bash
echo "hello from bash $BASH_VERSION"
END
rootlayer build --from docker-archive:bash.tar --contents greet:/usr/bin/greet,mode=0755 --cmd /usr/bin/greet \
  --name on-an-image -o docker-archive:on-an-image.tar
