# shellcheck shell=bash
# Debian's source packages, for scripts that this one is sourced by.

# The deb-src lines of the host's own release and of its updates.
source_list() {
  local apt=$1 file suite
  # shellcheck disable=SC1091
  suite="($(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")|sid|unstable)(-[a-z]+)?"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -e "$file" ]; then sed -nE "s/^deb (.* $suite main( .*)?)$/deb-src \\1/p" "$file"; fi
  done >"$apt/sources.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    if [ -e "$file" ] && grep -qE "^Suites: $suite( |$)" "$file"; then
      sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/sources.list.d/${file##*/}"
    fi
  done
}

# use_debian_sources CACHE: sets APT_CONFIG, so that apt has lists of its own, of Debian's sources, and the host's stay as they
# are. They are updated once a day.
use_debian_sources() {
  local apt=$1/apt
  mkdir -p "$apt"/{sources.list.d,lists/partial,cache/archives/partial}
  cat >"$apt/apt.conf" <<END
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/sources.list.d";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
END
  export APT_CONFIG=$apt/apt.conf
  source_list "$apt"
  if [ -z "$(find "$apt/updated" -mmin -1440 2>/dev/null)" ]; then
    apt-get -qq update >&2 && touch "$apt/updated"
  fi
}
