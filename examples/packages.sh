#!/bin/sh
# Prints a build file with the files of Debian packages: packages.sh NAME... Fetches those that are not in $PACKAGES (default:
# packages) yet. They are not installed: no package's script runs.
set -eu
directory=${PACKAGES:-packages}
mkdir -p "$directory"
for package in "$@"; do
  ls "$directory/${package}"_*.deb >/dev/null 2>&1 || echo "$package"
done | (cd "$directory" && xargs -r apt-get -qq download)
separator='{"contents": ['
for package in "$@"; do
  printf '%s"%s,format=deb"' "$separator" "$(ls "$directory/${package}"_*.deb)"
  separator=', '
done
echo ']}'
