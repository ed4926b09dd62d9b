#!/bin/sh
# SPDX-License-Identifier: ISC
# The imports' suites on a real PostgreSQL, one TAP line a suite.
set -u

if test "${1-}" != --inside; then
	exec sh "$srcdir/tests/support/with_pg.sh" \
	    sh "$srcdir/tests/unit/intake/intake_pg.sh" --inside
fi

suites="test_intake test_snapshot"
echo "1..$(echo $suites | wc -w)"
n=0
for suite in $suites; do
	n=$((n + 1))
	if output=$("$builddir/tests/unit/intake/$suite" 2>&1); then
		echo "ok $n - $suite"
	else
		echo "$output" | sed 's/^/# /'
		echo "not ok $n - $suite"
	fi
done
