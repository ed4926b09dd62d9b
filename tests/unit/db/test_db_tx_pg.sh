#!/bin/sh
# SPDX-License-Identifier: ISC
# The contract of test_db_tx.c on a real PostgreSQL.
exec sh "$srcdir/tests/support/with_pg.sh" "$builddir/tests/unit/db/test_db_tx"
