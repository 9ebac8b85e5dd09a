#!/bin/sh
# What a first run can show: files, owners, modes, a device, links. It needs nothing but a shell.
set -e
mkdir -p /etc /srv/www
echo "rootlayer was here" > /etc/motd
mkdir -m 0750 /srv/private
chown 33:33 /srv/www
mknod /srv/null c 1 3
ln -s ../etc/motd /srv/motd
echo "wrote $(wc -c < /etc/motd) bytes to /etc/motd as uid $(id -u)"
