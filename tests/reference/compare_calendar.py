# SPDX-License-Identifier: ISC
"""`dunlin calendar C YEAR --json` against the reference's holidays; TAP.

compare_calendar.py [--all] [COMMAND]   (COMMAND as in compare_lawful.py)

Compared are the distinct dates that close, and those that are optional."""
import argparse
import json
import subprocess
import sys

sys.dont_write_bytecode = True

import compare_lawful  # noqa: E402
import lawful as law  # noqa: E402

FIRST = ("CO", "CL", "MX", "ES")
YEARS = range(2024, 2031)


def shipped(command, country, year):
    done = subprocess.run(command + ["calendar", country, str(year),
                                     "--json"], stdout=subprocess.PIPE,
                          text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return ({r["date"] for r in rows if not r.get("optional")},
            {r["date"] for r in rows if r.get("optional")})


def wanted(country, year):
    rows = law.holidays(country, "", year)
    return ({str(d) for d, _, optional in rows if not optional},
            {str(d) for d, _, optional in rows if optional})


def open_question(country, year):
    """Years whose list the documents leave to a decree (CHOICES)."""
    return country == "EC" and year not in law.EC_NOVEMBER \
        or country == "AR" and year not in law.AR_YEARLY


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("command", nargs="?")
    args = parser.parse_args()
    command = compare_lawful.find_command(args.command)
    if command is None:
        print("1..0 # SKIP no dunlin built yet")
        return 0
    countries = sorted(law.HOLIDAYS) if args.all else FIRST
    failed = 0
    print("1..%d" % len(countries))
    for number, country in enumerate(countries, 1):
        wrong = []
        for year in YEARS:
            if open_question(country, year):
                continue
            want, got = wanted(country, year), shipped(command, country, year)
            for kind, mine, theirs in zip(("closing", "optional"), want, got):
                if mine != theirs:
                    wrong.append("%d %s: reference only %s, program only %s"
                                 % (year, kind, sorted(mine - theirs),
                                    sorted(theirs - mine)))
        failed += bool(wrong)
        print("%s %d - holidays of %s, %d to %d" % (
            "not ok" if wrong else "ok", number, country, YEARS[0],
            YEARS[-1]))
        for text in wrong:
            print("# " + text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
