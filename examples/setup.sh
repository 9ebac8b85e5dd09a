#!/bin/sh
# Shows what a script can do: files, owners, modes, a device, links. Needs only a shell.
set -e
mkdir -p /etc /srv/www
echo "rootlayer was here" > /etc/motd
mkdir -m 0750 /srv/private
chown 33:33 /srv/www
mknod /srv/null c 1 3
ln -s ../etc/motd /srv/motd
echo "wrote $(wc -c < /etc/motd) bytes to /etc/motd as uid $(id -u)"
