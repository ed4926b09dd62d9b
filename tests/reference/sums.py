# SPDX-License-Identifier: ISC
"""Counts and sums of the ledgers in ../shared/data/ar, by currency, to hold
against an import.  sums.py [FOLDER]"""
import csv
import decimal
import os
import sys


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as ledger:
        yield from csv.DictReader(ledger)


def report(name, found):
    """found: (customer, invoice, currency, amount text)."""
    customers, invoices, sums, odd = set(), {}, {}, 0
    for customer, invoice, currency, amount in found:
        customers.add(customer)
        invoices[invoice] = invoices.get(invoice, 0) + 1
        value = decimal.Decimal(amount)
        odd += value != value.quantize(decimal.Decimal("0.01"))
        count, total = sums.get(currency, (0, decimal.Decimal(0)))
        sums[currency] = (count + 1, total + value)
    print("%s: %d customers, %d invoice numbers, %d repeated, %d amounts "
          "with more than two decimals" % (
              name, len(customers), len(invoices),
              sum(n > 1 for n in invoices.values()), odd))
    for currency, (count, total) in sorted(sums.items()):
        print("%s\t%s\t%d\t%.2f" % (name, currency, count, total))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.environ.get("srcdir", "."), "../shared/data/ar")
    if not os.path.isdir(folder):
        print("no such folder: " + folder, file=sys.stderr)
        return 2
    for name in ("ibm_late_payments_dev.csv",
                 "ibm_extra_rows_missing_fields.csv"):
        report(name, ((r["customerID"], r["invoiceNumber"], "(none)",
                       r["InvoiceAmount"])
                      for r in rows(os.path.join(folder, name))))
    name = "highradius_open_items_part1.csv"
    book = list(rows(os.path.join(folder, name)))
    column = [c for c in book[0] if "currency" in c]
    amount = [c for c in book[0] if c in ("converted_usd",
                                          "total_open_amount")][0]
    report(name, ((r["cust_number"], r["doc_id"],
                   r[column[0]] if column else "USD", r[amount])
                  for r in book))
    # which customers share a number between companies, and how names vary
    pairs = {(r["business_code"], r["cust_number"]) for r in book}
    print("%s: %d (company, customer) pairs; companies %s" % (
        name, len(pairs), " ".join(sorted({r["business_code"]
                                            for r in book}))))
    for year in sorted({r["due_in_date"][:7] for r in book}):
        part = [decimal.Decimal(r[amount]) for r in book
                if r["due_in_date"].startswith(year)]
        print("%s\tdue %s\t%d\t%.2f" % (name, year, len(part), sum(part)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
