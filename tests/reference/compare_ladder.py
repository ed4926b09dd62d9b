# SPDX-License-Identifier: ISC
"""The ladder reference against a program, on random persons; TAP.

compare_ladder.py [-n N] [--seed S] [--show K] COMMAND

COMMAND reads the cases of gen_ladder.py, one JSON object a line, and writes
for each {"decisions": [..], "again": T or null} as ladder.py does; of a
decision do, kind, customer, channel, step and items are compared, their order
is not.  With --no-again only the decisions count.  Exit 1 on a difference."""
import argparse
import json
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import gen_ladder  # noqa: E402
import ladder  # noqa: E402
import lawful as law  # noqa: E402


def normal(answer, with_again):
    kept = sorted(json.dumps(
        [d.get("do"), d.get("kind"), d.get("customer"), d.get("channel"),
         d.get("step"), sorted(d.get("items", ()))])
        for d in answer.get("decisions", ()))
    again = answer.get("again")
    if isinstance(again, str):
        again = law.parse_instant(again)
    return (kept, again if with_again else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--no-again", action="store_true")
    parser.add_argument("command", nargs="?")
    args = parser.parse_args()
    if not args.command:
        print("1..0 # SKIP no program to compare with")
        return 0
    cases = list(gen_ladder.cases(args.seed, args.n))
    with tempfile.TemporaryFile("w+") as feed:
        feed.writelines(json.dumps(case) + "\n" for case in cases)
        feed.seek(0)
        done = subprocess.run(shlex.split(args.command), stdin=feed,
                              stdout=subprocess.PIPE, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    print("1..2")
    complete = len(answers) == len(cases)
    print("%s 1 - %d answers to %d cases" % (
        "ok" if complete else "not ok", len(answers), len(cases)))
    wrong = 0
    for number, (case, got) in enumerate(zip(cases, answers), 1):
        want = ladder.decide(case, law.parse_instant(case["at"]))
        if normal(want, not args.no_again) == normal(got, not args.no_again):
            continue
        wrong += 1
        if wrong <= args.show:
            if want["again"] is not None:
                want["again"] = law.format_instant(want["again"])
            print("# case %d: %s" % (number, json.dumps(case)))
            print("#   reference %s" % json.dumps(want))
            print("#   program   %s" % json.dumps(got))
    print("%s 2 - reference and program agree on %d of %d persons, seed %d" % (
        "not ok" if wrong else "ok", len(answers) - wrong, len(cases),
        args.seed))
    return 0 if complete and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
