#!/bin/sh
# SPDX-License-Identifier: ISC
# What staff and operators type: holds, promises, disputes, payments, the
# queue, tasks, status, the audit log, figures; and the commands that need
# neither config nor store.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
case $srcdir in /*) ;; *) srcdir=$(cd "$srcdir" && pwd) ;; esac
case $builddir in /*) ;; *) builddir=$(cd "$builddir" && pwd) ;; esac
dunlin=$builddir/src/cli/dunlin
DUNLIN_DATADIR=$srcdir
export DUNLIN_DATADIR
unset DUNLIN_CONF

root=$(mktemp -d "${TMPDIR:-/tmp}/dunlin-cli.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$root" || exit 1

n=0
tell()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		sed 's/^/# /' "$root/out" "$root/err" | head -40
		echo "not ok $n - $2"
	fi
}
is()	# NAME STATUS COMMAND...: it ends with that status
{
	name=$1 want=$2
	shift 2
	"$@" >"$root/out" 2>"$root/err" </dev/null
	got=$?
	[ "$got" = "$want" ]
	tell $? "$name (status $got)"
}
fed()	# NAME STATUS INPUT COMMAND...: the same, with printf'ed input
{
	name=$1 want=$2 input=$3
	shift 3
	# shellcheck disable=SC2059
	printf "$input" | "$@" >"$root/out" 2>"$root/err"
	got=$?
	[ "$got" = "$want" ]
	tell $? "$name (status $got)"
}
says()	# NAME TEXT: the last command wrote it
{
	grep -qF -e "$2" "$root/out" "$root/err"
	tell $? "$1"
}
wrote()	# NAME TEXT: the last command's output is exactly this
{
	[ "$(cat "$root/out")" = "$2" ]
	tell $? "$1"
}
check()	# NAME PYTHON: over the lines of JSON that the last command wrote
{
	python3 -c "
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')]
one = rows[0] if rows else None
assert ($2), rows[:3]" "$root/out" 2>>"$root/err"
	tell $? "$1"
}

# --- without config or store --------------------------------------------------

fed "an empty SMS" 0 '' "$dunlin" measure sms
wrote "is no segment" '{"encoding":"gsm7","units":0,"segments":0}'
fed "161 letters" 0 "$(printf '%161s' '' | tr ' ' a)" "$dunlin" measure sms
wrote "take two segments" '{"encoding":"gsm7","units":161,"segments":2}'
fed "a line end counts" 0 'a\n' "$dunlin" measure sms
wrote "as one unit" '{"encoding":"gsm7","units":2,"segments":1}'
fed "the euro sign" 0 '\342\202\254' "$dunlin" measure sms
wrote "takes two units" '{"encoding":"gsm7","units":2,"segments":1}'
fed "Greek of the alphabet's capitals is not all Greek" 0 '\316\261' \
    "$dunlin" measure sms
wrote "alpha is ucs2" '{"encoding":"ucs2","units":1,"segments":1}'
fed "ill-formed UTF-8" 1 'ab\377c' "$dunlin" measure sms
says "names the offset" "byte 2"
is "what else to measure" 2 "$dunlin" measure mail

fed "a template" 0 'Hi {{ name | upcase }}{{ nothing }}!' "$dunlin" liquid
wrote "unknown variables are empty" 'Hi !'
printf '{"name":"Ana"}' >data.json
fed "a template with data" 0 '{{ name | upcase }}' \
    "$dunlin" liquid --data data.json
wrote "uses it" ANA
fed "--strict" 1 '{{ nothing }}' "$dunlin" liquid --strict
says "says which variable" nothing
fed "a malformed template" 1 'a\n{%% if %%}' "$dunlin" liquid
says "with its line" "line 2"
fed "--batch" 0 '{"template":"{{ a.b }}","data":{"a":{"b":[1,2.5]}}}\n{"template":"{%% if %%}"}\n{"template":"{%% include \\"p\\" %%}","templates":{"p":"part"}}\n' \
    "$dunlin" liquid --batch
check "answers each line, in order" \
    'len(rows) == 3 and rows[0] == {"result": "12.5"} and
     list(rows[1]) == ["error"] and rows[2] == {"result": "part"}'
fed "--batch with a line that is no job" 1 \
    '{"template":"a"}\n{"template":\n\n{"template":"b"}' \
    "$dunlin" liquid --batch
check "answers that too" \
    '[list(r) for r in rows] == [["result"], ["error"], ["error"],
     ["result"]]'
fed "error_mode and render_errors" 0 \
    '{"template":"{{ 1 | divided_by: 0 }}","render_errors":true}\n{"template":"{%% if a == %%}x{%% endif %%}","error_mode":"lax"}\n' \
    "$dunlin" liquid --batch
check "are heeded" '"Liquid error" in rows[0]["result"] and
    "result" in rows[1]'
fed "key order" 0 \
    '{"template":"{%% for p in o %%}{{ p[0] }}{%% endfor %%}","data":{"o":{"z":1,"a":2,"m":3}}}\n' \
    "$dunlin" liquid --batch
check "is kept" 'rows == [{"result": "zam"}]'

is "a lawful hour" 0 "$dunlin" lawful --country CO --channel sms \
    --at 2026-11-20T10:00:00-05:00
check "is allowed" 'one["verdict"] == "allow" and one["reason"] is None and
    one["next"] is None and "co.conf:" in one["rule"]'
is "a Sunday" 0 "$dunlin" lawful --country CO --channel sms \
    --at 2026-11-22T10:00:00-05:00 --zone America/Bogota
check "is not" 'one["verdict"] == "deny" and
    one["reason"] == "outside_hours" and
    one["next"] == "2026-11-23T07:00:00-05:00"'
printf '%s\n' '{"at":"2026-11-19T10:00:00-05:00","channel":"sms","outcome":"delivered"}' >history
is "a second channel in a week" 0 "$dunlin" lawful --country CO \
    --channel email --at 2026-11-20T10:00:00-05:00 --history history
check "is locked" 'one["reason"] == "channel_lock"'
is "the same to a business" 0 "$dunlin" lawful --country CO --type business \
    --channel email --at 2026-11-20T10:00:00-05:00 --history history
check "is not" 'one["verdict"] == "allow"'
is "a date" 0 "$dunlin" lawful --country co --channel voice --at 2026-11-21
check "means noon" 'one["verdict"] == "allow"'
is "an unknown channel" 2 "$dunlin" lawful --country CO --channel fax \
    --at 2026-11-21
says "lists the channels" "email, sms, whatsapp, voice, letter, visit"
is "an unknown zone" 2 "$dunlin" lawful --country CO --channel sms \
    --at 2026-11-21 --zone America/Bogata
is "no country" 2 "$dunlin" lawful --channel sms --at 2026-11-21
printf '%s\n' '{"at":"yesterday","channel":"sms"}' >bad
is "a bad history" 1 "$dunlin" lawful --country CO --channel email \
    --at 2026-11-20T10:00:00-05:00 --history bad
says "names file and line" "bad:1:"
fed "--batch of questions" 1 '{"country":"CO","channel":"sms","at":"2026-11-20T10:00:00-05:00","history":[]}\n{"country":"CO"}\n{"country":"US","region":"WA","channel":"voice","at":"2026-11-20T20:30:00-08:00","zone":"America/Los_Angeles"}\n' \
    "$dunlin" lawful --batch
check "answers each" 'len(rows) == 3 and rows[0]["verdict"] == "allow" and
    "error" in rows[1] and rows[2]["verdict"] == "allow"'

is "holidays" 0 "$dunlin" calendar CL 2028 --json
check "with their moves" '{"2028-10-27", "2028-12-25"} <=
    {r["date"] for r in rows} and
    set(one) == {"date", "name", "rule", "optional"}'
is "holidays of a region" 0 "$dunlin" calendar GB-SCT 2026
says "has its own" "St Andrew"
is "a country that is not shipped" 1 "$dunlin" calendar FR 2026
is "no year" 2 "$dunlin" calendar CO 26

# --- a small ledger -------------------------------------------------------------

ws=$root/ws
"$dunlin" init "$ws" >"$root/out" 2>"$root/err"
conf=$ws/conf/dunlin.conf
db=$ws/var/dunlin.db
now=2026-11-24T10:00:00-05:00
run()
{
	verb=$1
	shift
	"$dunlin" "$verb" -c "$conf" --now "$now" "$@"
}
sql()	# STATEMENT...: changes the store behind dunlin's back
{
	python3 - "$db" "$@" <<'END'
import sqlite3
import sys

store = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2:]:
    store.execute(statement)
store.commit()
END
}
cat >customers.csv <<'END'
customer,name,country,zone,language,email,consent
C-1,Ana Paz,CO,America/Bogota,es,ana@example.com,email
C-2,Bruno Gil,CO,America/Bogota,es,bruno@example.com,email
END
cat >invoices.csv <<'END'
invoice,customer,issue_date,due_date,amount,currency,instalment
F-1,C-1,2026-10-01,2026-11-04,100.00,USD,1
F-2,C-1,2026-10-01,2026-11-14,40.00,USD,1
F-2,C-1,2026-10-01,2026-12-14,60.00,USD,2
F-3,C-2,2026-06-01,2026-07-01,500000,COP,1
F-4,C-2,2026-12-01,2026-12-31,900000,COP,1
END
is "customers" 0 run import --kind customers customers.csv
is "invoices" 0 run import --kind invoices invoices.csv

# --- figures ---------------------------------------------------------------------

is "aging" 0 run report aging --json
check "by bucket, with totals" '[(r["currency"], r["bucket"], r["invoices"],
    r["amount"]) for r in rows if r["invoices"]] == [
    ("COP", "91+", 1, "COP 500000.00"), ("COP", "total", 1, "COP 500000.00"),
    ("USD", "not_due", 1, "USD 60.00"), ("USD", "1-30", 2, "USD 140.00"),
    ("USD", "total", 2, "USD 200.00")] and
    all(r["as_of"] == "2026-11-24" and r["creditor"] == "example"
    for r in rows)'
is "aging of a day before" 0 run report aging --as-of 2026-11-04 --json
check "when nothing of USD was due" '[(r["bucket"], r["amount"])
    for r in rows if r["currency"] == "USD" and r["invoices"]] == [
    ("not_due", "USD 200.00"), ("total", "USD 200.00")]'
is "aging before all" 0 run report aging --as-of 2026-05-31
says "is empty" "nothing is open"
is "aging as a table" 0 run report aging --creditor example
says "aligned" "example   91+ "
is "aging of an unknown creditor" 2 run report aging --creditor exmaple
is "another report" 2 run report dso

# --- what staff do ----------------------------------------------------------------

is "a hold" 0 run hold C-2 --reason bereavement
says "without an end gets one" "2026-12-24T10:00:00-05:00"
says "and says so" "30 days"
is "a hold with an end" 0 run hold F-1 --until 2026-12-06 --json
check "lasts to the end of its day" \
    'one["until"] == "2026-12-07T00:00:00-05:00" and
     one["scope"] == "invoice" and not one["default_end"]'
is "a hold on a customer's person" 0 run hold F-1 --scope person
is "a hold that ended already" 1 run hold F-1 --until 2026-11-01
is "a hold on one of two instalments" 0 run hold F-2 --instalment 2
is "on one that is not there" 1 run hold F-2 --instalment 3
is "a scope that is none" 1 run hold F-2 --scope invocie
says "lists the scopes" "person, customer, invoice, instalment"
is "a hold on nothing known" 1 run hold F-99
is "a reason that is no text" 1 run hold C-2 --reason "$(printf 'a\377')"
says "is told" "not UTF-8"
is "a reason with controls" 0 run hold F-4 --reason "$(printf 'a\033[2J\nb')"
is "no until" 2 run hold F-1 --until soon
is "releasing without a reason" 2 run release F-1
is "releasing a customer who is not held" 1 run release C-1 --reason paid
says "tells what stands" "stands on the invoice"
is "releasing" 0 run release F-1 --reason 'settled by phone'
is "releasing twice" 1 run release F-1 --reason again
id=$(run hold F-3 --json | sed 's/.*"hold":\([0-9]*\).*/\1/')
is "a number of somebody else's hold" 1 run release C-1 --id "$id" --reason x
is "releasing by number" 0 run release C-2 --id "$id" --reason x

is "a promise" 0 run promise F-1 --on 2026-11-28 --amount 'USD 50.00' \
    --reason 'on the phone' --json
check "is recorded" 'one["amount"] == "USD 50.00" and
    one["on"] == "2026-11-28"'
is "a promise of a customer, as the demo writes it" 0 \
    run promise C-2 --until 2026-11-30 --reason 'on the phone'
is "a promise without a day" 2 run promise C-2 --reason x
is "a promise for a day gone by" 2 run promise C-2 --on 2026-11-23 --reason x
is "a promise kept" 0 run promise F-1 --end kept --reason 'bank statement'
is "a promise that is not there" 1 run promise F-1 --end kept --reason x
is "a verdict that is none" 1 run promise C-2 --end held --reason x

is "a dispute" 0 run dispute F-1 --reason damaged
is "a dispute of a part, from the oldest debt on" 0 \
    run dispute F-2 --amount 'USD 50.00' --reason 'one line'
says "over two instalments" "2 instalments"
is "more than is left" 1 run dispute F-2 --amount 'USD 50.01' --reason x
is "in another currency" 1 run dispute F-2 --amount 'EUR 5.00' --reason x
is "more decimals than there are" 1 \
    run dispute F-2 --amount 'USD 5.001' --reason x
is "a dispute without a reason" 2 run dispute F-1
is "its end" 0 run dispute F-2 --end rejected --reason 'was delivered'
is "which comes once" 1 run dispute F-2 --end rejected --reason again
is "--end with an amount" 2 run dispute F-1 --end rejected \
    --amount 'USD 1.00' --reason x

is "a payment" 0 run pay F-1 --amount 'USD 30.00' --ref R-1
is "the same again" 1 run pay F-1 --amount 'USD 30.00' --ref R-1
is "too much for a customer" 0 run pay C-1 --amount 'USD 200.00' \
    --date 2026-11-23 --json
check "stays as credit" 'one["credit"] == "USD 30.00"'
is "tomorrow's money" 2 run pay F-1 --amount 'USD 1.00' --date 2026-11-25
says "is a promise" "dunlin promise"
is "nothing" 2 run pay F-1 --amount 'USD 0.00'
is "an amount without currency" 2 run pay F-1 --amount 30
is "aging after it" 0 run report aging --json
check "shows no debt in USD" 'not [r for r in rows if r["currency"] == "USD"
    and r["bucket"] not in ("credit", "total") and r["invoices"]]'

is "an opt-out" 0 run optout C-1 --channel sms --reason 'by reply'
is "undone" 0 run optout C-1 --channel sms --undo --reason 'asked for it'
is "which comes once" 1 run optout C-1 --channel sms --undo --reason x
is "an opt-out without a reason" 2 run optout C-1
is "a channel that is none" 2 run optout C-1 --channel fax --reason x
is "a call made" 0 run contact C-2 --channel voice --outcome answered \
    --at 2026-11-24T09:00:00-05:00 --reason 'pays next week'
is "a call in the future" 2 run contact C-2 --channel voice \
    --outcome answered --at 2026-11-25 --reason x

# --- the queue -------------------------------------------------------------------

is "busy, since persons are due" 1 run queue idle
"$builddir/src/dunlind/dunlind" -c "$conf" --once --now "$now" \
    >"$root/out" 2>"$root/err"
tell $? "dunlind --once"
is "idle behind it" 0 run queue idle --json
check "and says so" 'one["idle"] is True and one["flying"] == 0'
is "an empty queue" 0 run queue
says "says so" "nothing like that"

# F-5 is overdue, and nothing stands in its way; nobody can be reached at C-6
cat >more.csv <<'END'
customer,name,country,zone,language,email,consent
C-5,"=HYPERLINK(1)",CO,America/Bogota,es,eva@example.com,email
C-6,Sin Correo,CO,America/Bogota,es,,
END
cat >later.csv <<'END'
invoice,customer,issue_date,due_date,amount,currency
F-5,C-5,2026-10-01,2026-11-17,10.00,USD
F-6,C-6,2026-10-01,2026-11-17,10.00,USD
END
is "more customers" 0 run import --kind customers more.csv
is "more invoices" 0 run import --kind invoices later.csv
"$builddir/src/dunlind/dunlind" -c "$conf" --once --now "$now" \
    >"$root/out" 2>"$root/err"
is "what was accepted" 0 run queue list --state accepted --json
check "is listed" 'len(rows) == 1 and one["customer"] == "C-5" and
    one["channel"] == "email" and one["attempts"] == 1'
key=$(sed -n '1s/.*"key":"\([^"]*\)".*/\1/p' "$root/out")
is "older than a day" 0 run queue list --state accepted --older 1d --json
check "it is not" 'rows == []'
is "an age that is none" 2 run queue list --older 5x
is "a state that is none" 2 run queue list --state acepted
is "a notice whole" 0 run queue show "$key" --json
check "has items, messages, attempts" 'one["items"][0]["invoice"] == "F-5" and
    one["messages"][0]["attempts"][0]["outcome"] == "accepted"'
is "a notice for people" 0 run queue show "${key%.1}"
says "with its amount" "USD 10.00"
is "a notice that is not there" 1 run queue show nothing
is "taking back what is gone" 1 run queue cancel "$key" --reason x
is "trying again what is gone" 1 run queue retry "$key" --reason x
is "releasing what is not in doubt" 1 \
    run queue release "$key" --as sent --reason x
is "releasing without how" 2 run queue release "$key" --reason x
sql "UPDATE message SET state = 'in-doubt'" \
    "UPDATE notice SET state = 'in-doubt' WHERE state = 'accepted'" \
    "UPDATE item SET state = 'in-doubt' WHERE state = 'accepted'"
is "what is in doubt" 0 run queue list --json
check "waits for a person" '[r["state"] for r in rows] == ["in-doubt"]'
is "can't be tried again" 1 run queue retry "$key" --reason x
says "but released" "release --as"
# the doubt began two days ago: a person wants it to go out again
sql "UPDATE attempt SET outcome = 'in-doubt', ended_at = ended_at - 172800000" \
    "UPDATE message SET accepted_at = NULL"
is "why nothing comes" 0 run why C-5 --json
check "nobody knows" 'any(r.get("code") == "resend" for r in
    one["reasons"]) if "reasons" in one else any("resend" in str(r)
    for r in rows)'
is "a plan with it" 0 run plan --days 60 --json
is "again, says a person" 0 run queue release "$key" --as resend \
    --reason 'they got nothing'
says "if it may" "may still be said"
is "it waits for the daemon" 0 run queue list --state in-doubt --json
check "in doubt" 'len(rows) == 1'
"$builddir/src/dunlind/dunlind" -c "$conf" --once --now "$now" \
    >"$root/out" 2>"$root/err"
is "and went" 0 run queue show "$key" --json
check "once more" 'one["state"] == "accepted" and
    len(one["messages"]) == 1 and [a["outcome"] for a in
    one["messages"][0]["attempts"]] == ["in-doubt", "accepted"]'
is "which the log says" 0 run audit list --json
check "possible duplicate" '"possible_duplicate" in [r["event"] for r in rows]'
sql "UPDATE message SET state = 'in-doubt'" \
    "UPDATE notice SET state = 'in-doubt' WHERE state = 'accepted'" \
    "UPDATE item SET state = 'in-doubt' WHERE state = 'accepted'"
is "sent, says a person" 0 run queue release "$key" --as sent \
    --reason 'seen in the relay log'
is "and it counts as that" 0 run queue show "$key" --json
check "accepted" 'one["state"] == "accepted" and
    one["messages"][0]["state"] == "accepted"'
is "a word that is none" 2 run queue purge

# --- tasks, alerts ------------------------------------------------------------------

is "tasks" 0 run task list --json
check "are there: somebody who can't be reached" \
    '[(r["kind"], r["customer"]) for r in rows] == [("reach", "C-6")]'
task=$(sed -n 's/.*"task":\([0-9]*\).*/\1/p' "$root/out" | head -n 1)
is "a task" 0 run task show "$task"
is "is given to somebody" 0 run task assign "$task" ana
is "whose it is then" 0 run task list --owner ana --json
check "listed" 'len(rows) == 1'
is "not done without an outcome" 2 run task "done" "$task"
is "done" 0 run task "done" "$task" --outcome 'has an address now'
is "once" 1 run task "done" "$task" --outcome again
is "no number" 1 run task show first
is "alerts" 0 run alerts
is "an alert that is not there" 1 run alerts clear nothing

# --- status, audit ------------------------------------------------------------------

is "status" 0 run status --json
check "in one object" 'len(rows) == 1 and one["mode"] == "rehearsal" and
    one["guard"] == "ok" and one["daemon_epoch"] == 3 and
    one["queue"]["accepted"] == 1 and
    one["feeds"][0]["creditor"] == "example" and one["feeds"][0]["fresh"]'
is "status for people" 0 run status
says "says what rehearsal means" "outbox"
now=2026-12-31T10:00:00-05:00
is "status long after" 0 run status
says "names the old ledger" "TOO OLD"
is "why nothing leaves then" 0 run why C-5
says "not before the next ledger" "once a newer ledger is imported."
says "names it too" "example's ledger was last read at 2026-11-24"
is "for programs" 0 run why C-5 --json
check "by a word" 'any(r["code"] == "stale_feed" and r["verdict"] == "no"
    for r in rows)'
is "why nothing ever comes" 0 run why C-6
says "says why" "nothing within 400 days: no address on any channel"
now=2026-11-24T10:00:00-05:00

is "the log" 0 run audit verify --json
check "is sound" 'one["ok"] and one["size"] > 20 and one["intents"] == 2 and
    one["bad_seq"] is None'
is "its leaves" 0 run audit list --from 3 --limit 2 --json
check "by number" '[r["seq"] for r in rows] == [3, 4]'
is "names who did what" 0 run audit list --json
check "in each leaf" 'any(r["event"] == "released" and r["who"]
    for r in rows)'
is "later words" 2 run audit prove
# --- rights --------------------------------------------------------------------------

cat >>"$conf" <<END
staff = ( { user = "$(id -un)"; name = "Ana Paz"; rights = [ "hold" ]; } );
END
is "a right that one has" 0 run hold C-2 --until 2026-12-20
is "the record names the person" 0 run audit list --json --limit 1000
check "by their name" 'rows[-1]["who"] == "Ana Paz"'
is "a right that one has not" 1 run release C-2 --reason x
says "is named" '"release"'
is "nor money" 1 run pay F-3 --amount 'COP 1.00'
is "nor opting in" 1 run optout C-1 --undo --reason x
is "reading is free" 0 run queue list

# --- a log that was changed ---------------------------------------------------------

sql "UPDATE audit_leaf SET body = zeroblob(length(body)) WHERE seq = 5"
is "a changed leaf" 1 run audit verify
says "is named" "leaf 5"
is "for programs too" 1 run audit verify --json
check "by its number" 'one["bad_seq"] == 5 and not one["ok"]'

# --- help, completion -----------------------------------------------------------------

for command in $("$dunlin" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	is "help of $command" 0 "$dunlin" "$command" --help
	says "says how" "Usage: dunlin $command"
done
is "an option misspelt" 2 run hold C-2 --reasn x
says "is guessed" "did you mean --reason"

# --- why a notice was made -----------------------------------------------------

"$dunlin" init "$root/made" >"$root/out" 2>"$root/err"
conf=$root/made/conf/dunlin.conf
now=2026-11-23T10:00:00-05:00
is "the day before" 0 run import customers.csv invoices.csv
now=2026-11-24T10:00:00-05:00
"$builddir/src/dunlind/dunlind" -c "$conf" --once --now "$now" \
    >"$root/out" 2>"$root/err"
is "what was made" 0 run queue list --state accepted --json
key=$(sed -n '1s/.*"key":"\([^".]*\).*/\1/p' "$root/out")
now=2026-11-30T10:00:00-05:00
is "why it was" 0 run why "$key" --json
check "by the rules of its instant" '[r["code"] for r in rows
    if r["verdict"] == "yes" and r["rule"] in ("R3", "R24")][-1] ==
    "contact" and all(r["where"] for r in rows if r["rule"] == "R24")'
is "why before it was" 0 run why F-1 --at 2026-11-23T12:00:00-05:00
says "tells what came later" "Later:"

complete_words()	# WORD...: what bash would offer for the last one
{
	# shellcheck disable=SC2016
	PATH=$builddir/src/cli:$PATH bash -c '
		. "$0"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_dunlin
		echo "${COMPREPLY[*]}"' \
	    "$srcdir/contrib/completion/dunlin.bash" "$@"
}
if command -v bash >/dev/null; then
	is "completion of a command" 0 complete_words dunlin qu
	wrote "by its name" queue
	is "completion of a word" 0 complete_words dunlin queue re
	wrote "from the usage line" "retry release"
	is "completion of an option" 0 complete_words dunlin hold X --un
	wrote "from its help" --until
	is "completion of a value" 0 complete_words dunlin lawful --channel w
	wrote "from the list" whatsapp
else
	echo "ok $((n + 1)) - # SKIP no bash"
	n=$((n + 1))
fi

echo "1..$n"
