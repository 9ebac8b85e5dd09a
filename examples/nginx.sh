#!/bin/sh
# A web server that is never root: its user owns the one directory that it writes to. Writes nginx.tar.
set -eu
"$(dirname "$0")/packages.sh" nginx libc6 libcrypt1 libpcre2-8-0 libssl3 zlib1g >nginx.json
mkdir -p nginx/state nginx/www
echo '<p>It works.' >nginx/www/index.html
cat >nginx/nginx.conf <<'END'
daemon off;
pid /var/lib/nginx/pid;
events {}
http {
  access_log off;
  default_type text/html;
  server { listen 8080; root /srv/www; }
}
END
rootlayer build -f nginx.json --preset nss --contents nginx/nginx.conf:/etc/nginx/nginx.conf \
  --contents nginx/www:/srv/www --contents nginx/state:/var/lib/nginx,uid=33,gid=33 \
  --cmd '["/usr/sbin/nginx", "-e", "stderr"]' --user 33:33 --expose 8080 --name nginx -o docker-archive:nginx.tar
