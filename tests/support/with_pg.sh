#!/bin/sh
# SPDX-License-Identifier: ISC
# with_pg.sh COMMAND...: runs it beside a PostgreSQL server of its own (socket
# in a new folder, no TCP) and exports DUNLIN_TEST_PG, the name that db_open
# takes.  Only what was started here is ended.  Without a server to be found:
# a TAP plan that skips, with the reason.
set -u

skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

bin=
for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V) \
    /usr/local/pgsql/bin; do
	test -x "$dir/initdb" && bin=$dir
done
if test -z "$bin" && command -v initdb >/dev/null; then
	bin=$(dirname "$(command -v initdb)")
fi
test -n "$bin" || skip "no PostgreSQL server: apt-get install postgresql"

# PostgreSQL refuses to run as root.
as=
if test "$(id -u)" = 0; then
	id postgres >/dev/null 2>&1 || skip "no user postgres to run a server as"
	as="runuser -u postgres --"
fi

root=$(mktemp -d /tmp/dunlin-pg.XXXXXX) || exit 1
chmod 755 "$root"
test -z "$as" || chown postgres "$root"

# pg_ctl finds the server by its own data folder's pid file.
finish()
{
	(cd "$root" && $as "$bin/pg_ctl" -D "$root/data" -m immediate -w stop) \
	    >/dev/null 2>&1
	rm -rf "$root"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

start()
{
	cd "$root" &&
	$as "$bin/initdb" -D "$root/data" -U postgres -A trust -E UTF8 \
	    --locale=C.UTF-8 --no-sync &&
	$as "$bin/pg_ctl" -D "$root/data" -w -t 60 -l "$root/data/server.log" \
	    -o "-k $root -c listen_addresses= -c fsync=off \
	    -c max_prepared_transactions=0 -c shared_buffers=32MB" start &&
	$as "$bin/createdb" -h "$root" -U postgres dunlin
}
if ! (start) >"$root.log" 2>&1; then
	sed 's/^/# /' "$root.log"
	rm -f "$root.log"
	echo "Bail out! the PostgreSQL server did not start"
	exit 1
fi
rm -f "$root.log"

DUNLIN_TEST_PG="postgresql:host=$root user=postgres dbname=dunlin"
DUNLIN_TEST_PG_CTL="$as $bin/pg_ctl -D $root/data"
export DUNLIN_TEST_PG DUNLIN_TEST_PG_CTL
"$@"
