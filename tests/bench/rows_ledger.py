# SPDX-License-Identifier: ISC
"""Into the ledger, beside the same file going into a bare table."""
import os
import shutil

import bench
import feed

INVOICES = bench.size("BENCH_INVOICES", 1000000)
PERSONS = bench.size("BENCH_PERSONS", 100000)


def peer_import(folder, path):
    """sqlite3's own .import, which makes a table without any index."""
    if shutil.which("sqlite3") is None:
        return None
    target = os.path.join(folder, "peer.db")

    def peer():
        if os.path.exists(target):
            os.unlink(target)
        return bench.run(["sqlite3", target, ".import --csv %s t" % path])
    return peer


def import_row(folder, kind, path, count, before=()):
    conf = feed.workspace(folder)
    for earlier in before:
        feed.imported(conf, *earlier)
    store = feed.store(conf)
    clean = store + ".clean"
    os.rename(store, clean)
    return bench.Row(count, "rows", lambda: feed.imported(conf, kind, path),
                     peer_import(folder, path),
                     lambda: feed.copy_store(clean, store),
                     "peer: sqlite3 .import")


@bench.row("import invoices")
def invoices(folder):
    count = INVOICES // 3
    known = feed.customers(os.path.join(folder, "customers.csv"), count)
    path = feed.invoices(os.path.join(folder, "invoices.csv"), INVOICES,
                         count)
    return import_row(folder, "invoices", path, INVOICES,
                      [("customers", known)])


@bench.row("import customers")
def customers(folder):
    count = INVOICES // 3
    path = feed.customers(os.path.join(folder, "customers.csv"), count)
    return import_row(folder, "customers", path, count)


@bench.row("plan")
def plan(folder):
    conf = feed.workspace(folder)
    feed.imported(conf, "customers", feed.customers(
        os.path.join(folder, "customers.csv"), PERSONS))
    feed.imported(conf, "invoices", feed.invoices(
        os.path.join(folder, "invoices.csv"), PERSONS, PERSONS, 3))
    return bench.Row(PERSONS, "persons", lambda: bench.run(
        [bench.DUNLIN, "plan", "-c", conf, "--from", feed.NOW, "--now",
         feed.NOW, "--days", "7", "--summary"]),
        note="7 days, 3 instalments each")
