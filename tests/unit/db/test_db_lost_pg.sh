#!/bin/sh
# SPDX-License-Identifier: ISC
# Lost connections on a real PostgreSQL.
exec sh "$srcdir/tests/support/with_pg.sh" "$builddir/tests/unit/db/test_db_lost"
