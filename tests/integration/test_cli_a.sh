#!/bin/sh
# SPDX-License-Identifier: ISC
# From `init` to the exact message: what people type on their first day, over
# the demo's portfolio, in a folder of its own.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
case $srcdir in /*) ;; *) srcdir=$(cd "$srcdir" && pwd) ;; esac
case $builddir in /*) ;; *) builddir=$(cd "$builddir" && pwd) ;; esac
dunlin=$builddir/src/cli/dunlin
DUNLIN_DATADIR=$srcdir
export DUNLIN_DATADIR
unset DUNLIN_CONF
now=2026-11-24T09:00:00-05:00
data=$srcdir/contrib/demo-data

root=$(mktemp -d "${TMPDIR:-/tmp}/dunlin-cli.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$root" || exit 1

n=0
is()	# NAME STATUS COMMAND...: it ends with that status
{
	name=$1 want=$2
	shift 2
	n=$((n + 1))
	"$@" >"$root/out" 2>"$root/err"
	got=$?
	if [ "$got" = "$want" ]; then
		echo "ok $n - $name"
	else
		sed 's/^/# /' "$root/out" "$root/err" | head -40
		echo "# status $got, not $want"
		echo "not ok $n - $name"
	fi
}
says()	# NAME TEXT: the last command wrote it
{
	n=$((n + 1))
	if grep -qF -e "$2" "$root/out" "$root/err"; then
		echo "ok $n - $1"
	else
		sed 's/^/# /' "$root/out" "$root/err" | head -40
		echo "not ok $n - $1"
	fi
}
check()	# NAME PYTHON: over the lines of JSON that the last command wrote
{
	n=$((n + 1))
	if python3 -c "
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding='utf-8')]
assert ($2), rows[:3]" "$root/out" 2>"$root/py"; then
		echo "ok $n - $1"
	else
		tail -3 "$root/py" | sed 's/^/# /'
		echo "not ok $n - $1"
	fi
}

# --- init, check -------------------------------------------------------------
is 'init makes a workspace' 0 "$dunlin" init ws
says 'init says what to type next' 'dunlin import'
is 'init refuses a folder in use' 1 "$dunlin" init ws
says 'and says what would be right' 'name a new or an empty folder'
mkdir half && : >half/.dunlin-init
is 'init that was broken off is named' 1 "$dunlin" init half
says 'with what to do' 'rm -r half'
: >file
is 'init refuses a file' 1 "$dunlin" init file
is 'no argument is a wrong use' 2 "$dunlin" init
cd ws || exit 1
is 'check passes what init made' 0 "$dunlin" check
says 'and sums up' '0 errors, 0 warnings'
cp conf/policies/default.conf policy.kept
sed 's/offset = 10;/offset = 10; colour = 1;/' policy.kept \
    >conf/policies/default.conf
is 'check finds an unknown setting' 1 "$dunlin" check
says 'with file, line and column' 'conf/policies/default.conf:20:'
is 'check --json finds it too' 1 "$dunlin" check --json
check 'as an object' "rows[0]['file'] == 'conf/policies/default.conf' \
    and rows[0]['line'] == 20 and rows[0]['severity'] == 'error'"
cp policy.kept conf/policies/default.conf
printf 'a: b\n\n{{ nothing }}\n' >templates/es/zz.sms.liquid
is 'check finds a bad template' 1 "$dunlin" check
says 'with file and line' 'templates/es/zz.sms.liquid:'
rm templates/es/zz.sms.liquid

# --- import ------------------------------------------------------------------
rm conf/creditors/example.conf
cp "$data/creditors.conf" conf/creditors/
awk -F, 'NR == 1 || $1 == "andina"' "$data/customers.csv" |
    cut -d, -f2- >andina-customers.csv
is 'several creditors: import asks which' 1 "$dunlin" import --now $now \
    andina-customers.csv
says 'and names both ways' 'or by a column "creditor"'
is 'a column names the creditor' 0 "$dunlin" import --now $now \
    "$data/customers.csv" "$data/invoices.csv" "$data/payments.csv"
says 'all are new' "customers.csv (customers): read $(($(wc -l \
    <"$data/customers.csv") - 1)), new $(($(wc -l <"$data/customers.csv") - 1))"
is 'credit notes' 0 "$dunlin" import --now $now --kind credit-notes \
    "$data/credit-notes.csv"
is 'one creditor of the file' 0 "$dunlin" import --now $now \
    --creditor iberia "$data/customers.csv"
says 'leaves the others out' "$(awk -F, 'NR > 1 && $1 != "iberia" { n++ }
    END { print n }' "$data/customers.csv") rows of other creditors left out"
printf 'creditor,customer,name\nandina,Z-1,Zoe\nnobody,Z-2,Zak\n' >two.csv
is 'a creditor that is not configured' 1 "$dunlin" import --now $now two.csv
says 'and the line' 'two.csv:3: creditor: no creditor "nobody"'
is 'changed nothing' 1 "$dunlin" why Z-1 --now $now
printf 'creditor,invoice,customer,due_date,amount\n%s\n%s\n' \
    'andina,Z-10,CO-0001,2026-12-01,5.00' 'iberia,Z-11,CO-0001,2026-12-01,5' \
    >two.csv
is 'a row that one ledger refuses' 1 "$dunlin" import --now $now two.csv
is 'leaves the other as it was' 1 "$dunlin" why Z-10 --now $now
rows=$(($(wc -l <andina-customers.csv) - 1))
is 'the same file again' 0 "$dunlin" import --now $now --creditor andina \
    andina-customers.csv
says 'changes nothing' \
    "read $rows, new 0, changed 0, same $rows, rejected 0"
printf 'invoice,customer,due_date,amount\nX-1,CO-0001,2026-13-01,5\n' >bad.csv
is 'a bad row is status 1' 1 "$dunlin" import --now $now --creditor andina \
    bad.csv
says 'and counted' 'rejected 1'
says 'with what is wrong' '"2026-13-01" is no day of the calendar'
printf 'invoice,customer,due_date,amount\n%s\nX-3,NO-\033[1m,2026-12-01,5\n' \
    X-2,CO-0001,2026-12-01,5 >bad.csv
is 'a row that the ledger refuses' 1 "$dunlin" import --now $now \
    --creditor andina bad.csv
says 'and nothing is new' 'read 2, new 0, changed 0, same 0, rejected 1'
says 'without controls' 'customer NO-[1m is not known'
printf 'factura;cliente;nombre;vencimiento;saldo\n%s\n' \
    'X-4;CO-0001;Camila;2026-12-01;7500.00' >saldos.csv
is 'balances alone' 0 "$dunlin" import --now $now --creditor andina \
    --dry-run saldos.csv
says 'are amounts' 'saldos.csv (invoices): read 2, new 1'
is 'an unknown creditor' 2 "$dunlin" import --creditor andna bad.csv
says 'and the near one' 'did you mean "andina"'
is 'an unknown kind' 2 "$dunlin" import --kind invoice bad.csv
says 'and the near kind' 'did you mean "invoices"'

# --- plan --------------------------------------------------------------------
is 'plan' 0 "$dunlin" plan --now $now
says 'has a summary' 'contacts;'
is 'plan --json' 0 "$dunlin" plan --now $now --json
cp "$root/out" plan.json
check 'has exactly the keys' "rows and all(list(r) == ['at', 'creditor', \
    'customer', 'person', 'step', 'stage', 'channel', 'language', 'template', \
    'items', 'totals', 'key'] for r in rows)"
check 'in the order of time' "[__import__('datetime').datetime \
    .fromisoformat(r['at'].replace('Z', '+00:00')) for r in rows] == sorted( \
    __import__('datetime').datetime.fromisoformat(r['at'].replace('Z', \
    '+00:00')) for r in rows)"
check 'with sums of its items' "all(sum(float(i['amount'].split()[1]) for i \
    in r['items'] if i['amount'][:3] == t[:3]) - float(t.split()[1]) < 0.005 \
    for r in rows for t in r['totals'])"
check 'of both creditors' "{r['creditor'] for r in rows} == \
    {'andina', 'iberia'}"
is 'the day before the daemon ran' 0 "$dunlin" day --now $now --json
check 'tells who is due' "[r['customers'] for r in rows if \
    r['reason'] == 'due'][0] > 0 and not [r for r in rows if \
    r['reason'] == 'nothing_open' and r['customers'] > 100]"
is 'plan of one creditor' 0 "$dunlin" plan --now $now --json --creditor iberia
check 'is that part' "[r['key'] for r in rows] == [r['key'] for r in map( \
    json.loads, open('plan.json')) if r['creditor'] == 'iberia']"
set -- $(python3 -c "
import json
for line in open('plan.json'):
	r = json.loads(line)
	if r['channel'] == 'email':
		print(r['customer'], r['items'][0]['invoice'], r['step'], r['key'])
		break")
customer=$1 invoice=$2 step=$3 key=$4
is 'plan of one customer' 0 "$dunlin" plan --now $now --json --days 60 \
    --customer "$customer"
check 'is only about them' "rows and \
    {r['customer'] for r in rows} == {'$customer'}"
is 'days out of range' 2 "$dunlin" plan --days 0

# --- why ---------------------------------------------------------------------
is 'why an invoice' 0 "$dunlin" why "$invoice" --now $now
says 'tells what is next' "Next: 2026-11-24T09:00:00-05:00 $step by email"
is 'why --json' 0 "$dunlin" why "$invoice" --now $now --json
check 'has exactly the keys' "rows and all(list(r) == ['subject', 'step', \
    'verdict', 'rule', 'code', 'detail', 'where', 'until'] for r in rows)"
check 'each reason of the config says where' "any(r['where'].startswith( \
    'conf/policies/default.conf:') for r in rows)"
is 'why a customer' 0 "$dunlin" why "$customer" --now $now
is 'why nobody' 1 "$dunlin" why nobody --now $now
paid=$(awk -F, 'FNR == 1 { next } NR == FNR { due[$2] = $6; next }
    due[$3] == $6 { print $3; exit }' "$data/invoices.csv" "$data/payments.csv")
is 'why a paid invoice' 0 "$dunlin" why "$paid" --now $now --json
check 'says that nothing is open' "[r['code'] for r in rows] == ['settled']"

# --- templates, preview, gallery ----------------------------------------------
is 'the set that init published' 0 "$dunlin" templates list --json
check 'is what the folder holds' "rows and {r['state'] for r in rows} == \
    {'in service'}"
is 'preview' 0 "$dunlin" preview "$step" --invoice "$invoice" --now $now \
    --json --out shown
check 'is the planned notice' "rows[0]['planned'] and \
    rows[0]['key'] == '$key' and '$invoice' in rows[0]['text']"
is 'and its files' 0 test -s shown/$key.eml -a -s shown/$key.html
is 'preview by SMS' 0 "$dunlin" preview "$step" --invoice "$invoice" \
    --now $now --json --channel sms --lang en
check 'measures it' "rows[0]['segments'] >= 1 and rows[0]['units'] > 20 \
    and rows[0]['encoding'] in ('gsm7', 'ucs2') and \
    rows[0]['language'] == 'en'"
is 'preview of no step' 1 "$dunlin" preview "${step}x" --invoice "$invoice" \
    --now $now
says 'and the near one' "did you mean \"$step\""
is 'gallery' 0 "$dunlin" gallery --out shown
is 'is one page' 0 test -s shown/gallery.html
sed 's/^Hola/Buenos días/' templates/es/$step.email.liquid >changed
cp changed templates/es/$step.email.liquid
is 'diff tells of an edit' 1 "$dunlin" templates diff
says 'line by line' '+Buenos días'
is 'publish wants a reason' 1 "$dunlin" templates publish
is 'publish' 0 "$dunlin" templates publish --reason greeting --now $now
says 'what changed' '1 template put into service'
is 'no difference is left' 0 "$dunlin" templates diff
is 'history' 0 "$dunlin" templates history es/$step.email.liquid --json
check 'has two versions' "len(rows) == 2 and rows[0]['reason'] == 'greeting'"
first=$(python3 -c "
import json, sys
print([json.loads(line) for line in open('$root/out')][1]['hash'][:10])")
is 'rollback' 0 "$dunlin" templates rollback es/$step.email.liquid \
    --to "$first" --reason undo --now $now
is 'takes the file along' 0 grep -q '^Hola' templates/es/$step.email.liquid

# --- live ----------------------------------------------------------------------
is 'live wants a reason' 2 "$dunlin" live
sed 's/name = "default";/name = "default"; all_hours = true;/' policy.kept \
    >conf/policies/default.conf
is 'live is refused without lawful hours' 1 "$dunlin" live --reason test
says 'and says where' 'conf/policies/default.conf:'
cp policy.kept conf/policies/default.conf
is 'live' 0 "$dunlin" live --reason test --now $now
says 'warns of outboxes' 'no route but an outbox carries email'
is 'live again' 1 "$dunlin" live --reason test --now $now

# --- options --------------------------------------------------------------------
for command in init live check import plan why preview gallery templates; do
	is "$command --help" 0 "$dunlin" $command --help
done
is 'an unknown option' 2 "$dunlin" plan --dais 3
says 'and the near one' 'did you mean --days'
echo "1..$n"
