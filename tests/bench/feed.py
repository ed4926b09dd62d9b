# SPDX-License-Identifier: ISC
"""Synthetic workspaces and feeds, the same for the same sizes."""
import datetime
import os
import shutil
import subprocess

import bench

NOW = "2026-11-24T10:00:00-05:00"
DAY0 = datetime.date(2026, 9, 1)
DAYS = [(DAY0 + datetime.timedelta(days=n)).isoformat() for n in range(160)]


def workspace(folder):
    """`dunlin init`; gives the config's path."""
    home = os.path.join(folder, "ws")
    bench.quiet([bench.DUNLIN, "init", home])
    return os.path.join(home, "conf/dunlin.conf")


def store(conf):
    return os.path.join(os.path.dirname(os.path.dirname(conf)),
                        "var/dunlin.db")


def customers(path, count):
    with open(path, "w") as out:
        out.write("customer,name,tax_id,type,country,zone,language,email\n")
        for n in range(1, count + 1):
            out.write("C%07d,Customer %d,9%08d-1,%s,CO,America/Bogota,es,"
                      "c%d@example.com\n" % (n, n, n,
                      "business" if n % 5 == 0 else "consumer", n))
    return path


def invoices(path, count, customers, instalments=1):
    """count invoices of instalments rows each, dealt to the customers in
    turn; due from 80 days ago to 80 days ahead of NOW."""
    with open(path, "w") as out:
        out.write("invoice,customer,issued,due,amount,currency,instalment\n")
        for n in range(count):
            customer = n * 7919 % customers + 1
            day = n * 31 % 100
            for part in range(instalments):
                out.write("F%08d,C%07d,%s,%s,%d.%02d,COP,%d\n" % (
                    n, customer, DAYS[day], DAYS[day + 30 * min(part, 1)
                    + part], 100 + n % 100000, n % 100, part + 1))
    return path


def imported(conf, kind, path):
    return bench.run([bench.DUNLIN, "import", "-c", conf, "--now", NOW,
                      "--kind", kind, path])


def copy_store(source, target):
    """A store at rest, by its file alone."""
    for end in ("", "-wal", "-shm"):
        if os.path.exists(target + end):
            os.unlink(target + end)
    shutil.copyfile(source, target)
    subprocess.run(["sync", "-d", target], check=True)
