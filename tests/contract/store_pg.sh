#!/bin/sh
# SPDX-License-Identifier: ISC
# The store's suites on a real PostgreSQL, one after the other on one server:
# one TAP line a suite.
set -u

if test "${1-}" != --inside; then
	exec sh "$srcdir/tests/support/with_pg.sh" \
	    sh "$srcdir/tests/contract/store_pg.sh" --inside
fi

suites="test_store test_store_act test_store_fault test_store_list \
    test_store_send test_store_snap test_store_thread"
echo "1..$(echo $suites | wc -w)"
n=0
for suite in $suites; do
	n=$((n + 1))
	if output=$("$builddir/tests/contract/$suite" 2>&1); then
		echo "ok $n - $suite"
	else
		echo "$output" | sed 's/^/# /'
		echo "not ok $n - $suite"
	fi
done
