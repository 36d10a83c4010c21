#!/bin/sh
# Every check runs, also after one has failed; the exit code tells whether all passed.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
export PAR_INDEX_DATA_DIR="$data"
failed=

check() {
  title=$1
  shift
  if output=$("$@" 2>&1); then
    echo "ok      $title"
  else
    printf '%s\n' "$output"
    echo "FAILED  $title"
    failed=yes
  fi
}

check "ruff" $bin/ruff check --output-format concise --quiet .
check "ruff format" $bin/ruff format --check --output-format concise --quiet .
check "djlint" $bin/djlint templates --lint --quiet
check "imports point down" $bin/lint-imports --no-logo
check "migrations" $bin/python manage.py makemigrations --check --dry-run
check "catalogues" $bin/python scripts/messages.py check
check "catalogues compile" $bin/python scripts/messages.py compile
[ -z "$failed" ]
