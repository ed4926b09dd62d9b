# SPDX-License-Identifier: ISC
"""Notices per step that a plain policy makes of the IBM ledger: no gap, no
grouping, all hours, every reached step its own notice.

ibm_steps.py [-v] [FILE] [OFFSETS] [FROM] [TO]

A step is due for an invoice on due date + offset, and goes out that day when
the invoice exists (its date is not later) and was not known to be settled at
the start of that day: a settlement is known from 00:00 of SettledDate in the
creditor's zone, so a step on that very day is not sent.  Steps from FROM to
TO (both included) count.  -v lists invoice, step and day."""
import csv
import datetime as dt
import os
import sys

DEFAULT = os.path.join(os.environ.get("srcdir", "."),
                       "../shared/data/ar/ibm_late_payments_dev.csv")


def day(text):
    month, date, year = map(int, text.split("/"))
    return dt.date(year, month, date)


def notices(path, offsets, first, last):
    with open(path, encoding="utf-8-sig", newline="") as ledger:
        for row in csv.DictReader(ledger):
            issued, due = day(row["InvoiceDate"]), day(row["DueDate"])
            settled = day(row["SettledDate"]) if row["SettledDate"] else None
            for offset in offsets:
                when = due + dt.timedelta(days=offset)
                if when < issued or not first <= when <= last:
                    continue
                if settled is None or when < settled:
                    yield row["invoiceNumber"], offset, when


def main():
    words = [w for w in sys.argv[1:] if w != "-v"]
    words += [DEFAULT, "-7,0,3,10,20,35,60", "2012-01-01",
              "2013-12-31"][len(words):]
    if not os.path.exists(words[0]):
        print("no such ledger: " + words[0], file=sys.stderr)
        return 2
    offsets = [int(part) for part in words[1].split(",")]
    counts = dict.fromkeys(offsets, 0)
    for invoice, offset, when in notices(
            words[0], offsets, dt.date.fromisoformat(words[2]),
            dt.date.fromisoformat(words[3])):
        counts[offset] += 1
        if "-v" in sys.argv:
            print("%s\t%+d\t%s" % (invoice, offset, when))
    for offset in offsets:
        print("%+d\t%d" % (offset, counts[offset]))
    print("total\t%d" % sum(counts.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
