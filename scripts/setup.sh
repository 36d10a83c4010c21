#!/bin/sh
# Makes .venv and installs what is missing, by apt where it may (root or sudo), else prints the line to type.
# Usage: scripts/setup.sh run|test. Run again it finds everything done within a second.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:?run or test}
python=${PYTHON:-python3}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# as_root COMMAND...: through sudo when this user is not root; fails where neither is possible
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo "$@"
  else
    return 127
  fi
}

installed() {
  dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'
}

# need PACKAGE...: installs those of the Debian packages that are missing, and starts none of their services
need() {
  command -v dpkg-query >/dev/null || return 0
  missing=
  for package in "$@"; do
    installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "Cài gói hệ thống / installing system packages:$missing"
  log=$(mktemp)
  # shellcheck disable=SC2086
  as_root sh -s $missing >"$log" 2>&1 <<'ROOT' || status=$?
set -eu
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get -o DPkg::Lock::Timeout=120 update -q || true
apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends "$@"
ROOT
  if [ "${status:-0}" != 0 ]; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "Thiếu gói hệ thống, hãy chạy / system packages are missing, please run:" \
      "  sudo apt-get install -y --no-install-recommends$missing"
  fi
  rm -f "$log"
}

command -v "$python" >/dev/null || need python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "Cần Python 3.11 trở lên / Python 3.11 or newer is needed; found $("$python" -V 2>&1). Set PYTHON=…"
"$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv

# What WeasyPrint loads, and fonts with all Vietnamese letters.
need libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation2 fonts-dejavu-core
if [ "$purpose" = test ]; then
  need postgresql redis-server chromium nginx-light poppler-utils qpdf libreoffice-calc-nogui
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  echo "Tạo môi trường / making the environment: .venv"
  "$python" -m venv --clear .venv || fail "Không tạo được .venv / .venv could not be made: install python3-venv."
fi

# install REQUIREMENTS STAMP: pip runs only when the pins have changed since the last time
install() {
  pins=$(cat requirements.txt scripts/constraints.txt "$1" | sha256sum)
  [ "$(cat ".venv/$2" 2>/dev/null)" != "$pins" ] || return 0
  echo "Cài thư viện / installing libraries: $1"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-input -r "$1" ||
    fail "Không cài được thư viện / the libraries could not be installed: is there a network?"
  echo "$pins" >".venv/$2"
}

install requirements.txt .installed-run
if [ "$purpose" = test ]; then
  install tests/requirements.txt .installed-test
fi
