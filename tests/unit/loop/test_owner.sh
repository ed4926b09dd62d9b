#!/bin/sh
# SPDX-License-Identifier: ISC
# OWNER takes the right watcher and refuses the wrong one, with each compiler
# that is here.
set -u

compile()
{
	printf '%s\n' '#include "loop/loop.h"' \
	    'struct job { int id; struct loop_timer deadline; };' \
	    'int id_of(struct '"$2"' *watcher);' \
	    'int id_of(struct '"$2"' *watcher)' \
	    '{ return OWNER(watcher, struct job, deadline)->id; }' |
	    "$1" -std=gnu11 -Wall -Wextra -Werror -I"$srcdir/src" \
	    -fsyntax-only -x c - 2>&1
}

n=0
check()
{
	n=$((n + 1))
	if test "$1" = "$2"; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		echo "$out" | sed 's/^/# /'
	fi
}

for cc in gcc clang; do
	command -v $cc >/dev/null || { echo "# no $cc here"; continue; }
	out=$(compile $cc loop_timer)
	check $? 0 "$cc takes the member's own type"
	out=$(compile $cc loop_io)
	case $out in
	*[pP]ointer*mismatch*) check 1 1 "$cc refuses another watcher" ;;
	*) check 0 1 "$cc refuses another watcher" ;;
	esac
done
if test $n = 0; then
	echo "1..0 # SKIP neither gcc nor clang is here"
else
	echo "1..$n"
fi
