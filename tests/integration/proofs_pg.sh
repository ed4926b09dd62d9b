#!/bin/sh
# SPDX-License-Identifier: ISC
# The proof of the person's budget, on a real PostgreSQL.
exec sh "$srcdir/tests/support/with_pg.sh" \
    "$builddir/tests/integration/test_budget"
