#!/bin/sh
# SPDX-License-Identifier: ISC
# The daemon as a process, where things go wrong: stopped, started twice, put
# back from a backup, reloaded, with one person's rows spoiled, with a step that
# leaves the policy while its messages wait.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
case $srcdir in /*) ;; *) srcdir=$(cd "$srcdir" && pwd) ;; esac
case $builddir in /*) ;; *) builddir=$(cd "$builddir" && pwd) ;; esac
dunlin=$builddir/src/cli/dunlin
dunlind=$builddir/src/dunlind/dunlind
DUNLIN_DATADIR=$srcdir
export DUNLIN_DATADIR
unset DUNLIN_CONF

root=$(mktemp -d "${TMPDIR:-/tmp}/dunlin-dunlind.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

n=0
tell()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		sed 's/^/# /' "$root/err" 2>/dev/null | tail -20
		echo "not ok $n - $2"
	fi
}
sql()	# STATEMENT
{
	python3 -c "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
for row in db.execute(sys.argv[2]):
    print(*row)
db.commit()" "$ws/var/dunlin.db" "$1"
}
once()	# NAME STATUS TIME
{
	timeout 60 "$dunlind" -c "$conf" --once --now "2026-11-24T$3-05:00" \
	    2>"$root/err"
	got=$?
	[ "$got" = "$2" ]
	tell $? "$1 (status $got)"
}
counts()	# NAME SQL WANTED
{
	got=$(sql "$2")
	[ "$got" = "$3" ]
	tell $? "$1 ($got)"
}
until_says()	# TEXT: the daemon in the background says so
{
	for _ in $(seq 100); do
		grep -qF -e "$1" "$root/log" && return 0
		sleep 0.1
	done
	return 1
}

fresh()
{
	ws=$root/ws
	conf=$ws/conf/dunlin.conf
	data=$srcdir/contrib/demo-data
	rm -rf "$ws"
	"$dunlin" init "$ws" >"$root/err" 2>&1
	rm "$ws"/conf/creditors/*
	cp "$data/creditors.conf" "$ws/conf/creditors/demo.conf"
	sed -i 's/entry = "first"/entry = "by-age"/' \
	    "$ws/conf/policies/default.conf"
	for kind in customers invoices; do
		awk -F, 'NR == 1 || $1 == "andina"' "$data/$kind.csv" |
		    cut -d, -f2- >"$ws/$kind.csv"
		"$dunlin" import -c "$conf" --creditor andina --kind "$kind" \
		    --now 2026-11-24T06:00:00-05:00 "$ws/$kind.csv" \
		    >"$root/err" 2>&1 || tell 1 "import of $kind"
	done
}

# --- a stop flag, then a ceiling, then a policy that loses a step --------------
fresh
sed -i 's/^service = {/service = { max_per_hour = 5;/' "$conf"
once "a ceiling" 0 10:00:00
counts "five left" "SELECT count(*) FROM message WHERE state = 'accepted'" 5
waiting=$(sql "SELECT count(*) FROM message WHERE state = 'ready'")
[ "$waiting" -gt 50 ]
tell $? "the others wait"
sql "UPDATE meta SET value = 'wrong file' WHERE name = 'stop'"
once "stopped, it ends" 0 11:00:00
counts "and sends nothing" \
    "SELECT count(*) FROM message WHERE state = 'accepted'" 5
counts "nothing stays claimed" \
    "SELECT count(*) FROM message WHERE state IN ('claimed', 'intent')" 0
sql "UPDATE meta SET value = '' WHERE name = 'stop'"
sed -i 's/max_per_hour = 5;//' "$conf"
step=$(sql "SELECT step FROM notice n JOIN message m ON m.notice_id = n.id
    WHERE m.state = 'ready' GROUP BY step ORDER BY count(*) DESC LIMIT 1")
sed -i "s/id = \"$step\"/id = \"${step}x\"/;
    s/template = \"$step\"/template = \"$step\"/" \
    "$ws"/conf/policies/default.conf
grep -q "id = \"${step}x\"; .*template" "$ws"/conf/policies/default.conf ||
    sed -i "s/id = \"${step}x\";/id = \"${step}x\"; template = \"$step\";/" \
	"$ws"/conf/policies/default.conf
once "the step $step is gone" 0 12:00:00
counts "no notice waits at it for ever" "SELECT count(*) FROM notice n
    JOIN message m ON m.notice_id = n.id WHERE n.step = '$step'
    AND m.state IN ('ready', 'claimed', 'intent')" 0

# --- a backup that is put back -------------------------------------------------
fresh
once "a first run" 0 10:00:00
cp "$ws/var/dunlin.db" "$root/backup"
sql "UPDATE person SET agenda_at = 0"
once "a second one" 0 10:30:00
"$dunlin" hold -c "$conf" --reason x --until 2026-12-24 \
    "$(sql 'SELECT ref FROM customer LIMIT 1')" >"$root/err" 2>&1
once "a third one" 0 10:40:00
rm -f "$ws"/var/dunlin.db*
cp "$root/backup" "$ws/var/dunlin.db"
once "the backup is refused" 1 11:00:00
once "and refused again" 1 11:00:00

# --- one person whose rows make no sense ------------------------------------------
fresh
sql "INSERT INTO entry (customer_id, instalment_id, kind, ref, currency, amount,
    value_on, known_at, author, batch) SELECT v.customer_id, s.id, 'fee', 'x',
    v.currency, 9000000000000000000, 20000, 0, 'x', 0 FROM instalment s
    JOIN invoice v ON v.id = s.invoice_id, (SELECT 1 UNION SELECT 2)
    WHERE s.id = 1"
once "one person's sum is too large" 0 10:00:00
counts "the operator is told" \
    "SELECT count(*) FROM alert WHERE kind = 'not_decided'" 1
[ "$(sql "SELECT count(*) FROM message WHERE state = 'accepted'")" -gt 50 ]
tell $? "the others are reminded"

# --- one person whose decision the store refuses ----------------------------------
fresh
one=$(sql "SELECT c.id FROM customer c JOIN invoice v ON v.customer_id = c.id
    JOIN instalment s ON s.invoice_id = v.id WHERE s.due < 20775
    AND c.status = 'active' AND c.email <> '' AND c.consent LIKE '%email%'
    ORDER BY c.id LIMIT 1")
sql "CREATE TRIGGER broken BEFORE INSERT ON notice WHEN NEW.customer_id = $one
    BEGIN SELECT RAISE(ABORT, 'a rule of the store'); END"
once "the store refuses one decision" 0 10:00:00
counts "the operator is told of that, too" \
    "SELECT count(*) FROM alert WHERE kind = 'not_decided'
    AND about LIKE 'person %a rule of the store%'" 1
[ "$(sql "SELECT count(*) FROM message WHERE state = 'accepted'")" -gt 50 ]
tell $? "the others are planned, and reminded"
counts "that one is looked at again in an hour" \
    "SELECT count(*) FROM person WHERE agenda_at = 1795536000000 AND id =
    (SELECT person_id FROM customer WHERE id = $one)" 1

# --- as a service: twice, reloaded, ended --------------------------------------
"$dunlind" -c "$conf" >"$root/log" 2>&1 &
pid=$!
until_says daemon.ready
tell $? "it starts"
timeout 20 "$dunlind" -c "$conf" --once 2>"$root/err"
[ $? = 1 ] && grep -q "another dunlind" "$root/err"
tell $? "a second one is refused"
kill -HUP "$pid"
until_says config.reloaded
tell $? "it reloads"
cp "$conf" "$root/conf"
sed -i 's#dunlin.db#other.db#' "$conf"
kill -HUP "$pid"
until_says 'the store is another one'
tell $? "another store needs another start"
cp "$root/conf" "$conf"
sed -i 's#run = ".*"#run = "elsewhere"#; t; s#^service = {#service = { run = "elsewhere";#' "$conf"
kill -HUP "$pid"
until_says 'service.run is'
tell $? "another run folder, too"
[ "$(grep -c config.reloaded "$root/log")" = 1 ]
tell $? "and neither was taken"
cp "$root/conf" "$conf"
kill -HUP "$pid"
kill -TERM "$pid"
wait "$pid"
tell $? "and ends when told, also in a reload"
instance=$(sql "SELECT value FROM meta WHERE name = 'instance'")
grep -q "$instance" "$ws/run/guard"
tell $? "the guard's file is its own"
echo "1..$n"
