#!/bin/sh
# SPDX-License-Identifier: ISC
# Does the suite notice?  Each patch here is a mistake that would lose or
# double a message; the proofs that it names must fail with it.
#
#	sh tests/mutants/run.sh [NAME...]
#
# A patch begins with lines such as
#
#	Mutant: what is wrong
#	Proof: tests/contract/test_store_send		(one or more)
#	Env: DUNLIN_ONLY=end.after			(none or more)
#
# The tree is copied once and built with --enable-faults; each patch must apply
# and build there, else that is a failure too: a mutant that no longer fits the
# code proves nothing.  The proofs must pass without any patch.
# MUTANTS_DIR keeps the copy between runs.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
work=${MUTANTS_DIR:-}
if [ -z "$work" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/dunlin-mutants.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
fi
src=$work/src
build=$work/build
jobs=$(nproc)
n=0
failed=0

tell()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=$((failed + 1))
		echo "not ok $n - $2"
	fi
}

field()	# PATCH NAME
{
	sed -n "/^--- /q; s/^$2: *//p" "$1"
}

# Out of what git knows, where there is git: no stray file decides.  Only what
# differs is touched, so that make builds anew just that.
copy()
{
	rm -rf "$work/fresh"
	mkdir -p "$src" "$build" "$work/fresh"
	if [ -e "$top/.git" ]; then
		(cd "$top" && git ls-files -z --cached --others \
		    --exclude-standard | tar --null -T - -cf -)
	else
		tar -C "$top" --exclude='./build*' -cf - .
	fi | tar -C "$work/fresh" -xf -
	(cd "$work/fresh" && find . -type f) | while IFS= read -r file; do
		cmp -s "$work/fresh/$file" "$src/$file" && continue
		mkdir -p "$(dirname "$src/$file")"
		cp "$work/fresh/$file" "$src/$file"
	done
}

# Only what the proofs need: the programs, the sinks, and the tests themselves.
make_it()
{
	make -C "$build" -j"$jobs" all tests/peers/smtp_sink \
	    tests/peers/http_sink >"$work/make.log" 2>&1
}

# 0: they all pass; the Env lines of the patch hold.
prove()	# PATCH
{
	# shellcheck disable=SC2046
	timeout 900 env $(field "$1" Env) make -C "$build" check \
	    TESTS="$(field "$1" Proof | tr '\n' ' ')" >"$work/check.log" 2>&1
}

# Did a proof run and say no?  A build that broke is no proof.
said_no()
{
	grep -Eq '^# (FAIL|ERROR): *[1-9]' "$work/check.log"
}

mutant()	# PATCH
{
	name=$(basename "$1" .patch)
	if ! patch -d "$src" -p1 --dry-run <"$1" >"$work/patch.log" 2>&1
	then
		sed 's/^/# /' "$work/patch.log"
		tell 1 "$name: the patch does not apply any more"
		return
	fi
	patch -d "$src" -p1 -s --no-backup-if-mismatch <"$1"
	if ! make_it; then
		tail -n 20 "$work/make.log" | sed 's/^/# /'
		tell 1 "$name: it does not build"
	elif prove "$1"; then
		tell 1 "$name: nobody noticed: $(field "$1" Mutant)"
	elif ! said_no; then
		tail -n 20 "$work/check.log" | sed 's/^/# /'
		tell 1 "$name: no proof ran"
	else
		tell 0 "$name: noticed: $(field "$1" Mutant)"
	fi
	patch -d "$src" -p1 -R -s --no-backup-if-mismatch <"$1"
}

patches()
{
	if [ $# -eq 0 ]; then
		ls "$top"/tests/mutants/*.patch
	else
		for name; do
			echo "$top/tests/mutants/$name.patch"
		done
	fi
}

copy
if [ ! -f "$build/Makefile" ]; then
	(cd "$src" && ./autogen.sh && cd "$build" &&
	    "$src/configure" --enable-faults CFLAGS='-O1 -g') \
	    >"$work/configure.log" 2>&1 || {
		tail -n 20 "$work/configure.log" | sed 's/^/# /'
		echo "Bail out! it cannot be configured"
		exit 1
	}
fi
if ! make_it; then
	tail -n 20 "$work/make.log" | sed 's/^/# /'
	echo "Bail out! it does not build without a mutant"
	exit 1
fi
for patch in $(patches "$@"); do
	if ! prove "$patch"; then
		grep -E '^(not ok|FAIL|ERROR|# (FAIL|ERROR))' \
		    "$work/check.log" | sed 's/^/# /'
		tell 1 "$(basename "$patch" .patch): its proofs fail anyway"
		continue
	fi
	mutant "$patch"
done
echo "1..$n"
[ "$failed" -eq 0 ]
