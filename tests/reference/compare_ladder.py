# SPDX-License-Identifier: ISC
"""The ladder reference against a program, on random persons; TAP.

compare_ladder.py [-n N] [--stories M] [--seed S] [--show K] [COMMAND]

COMMAND (default: the build tree's ladder_run) reads the cases of
gen_ladder.py, one JSON object a line.  For each of the N it writes
{"decisions": [..], "again": T or null}; of a decision do, kind, customer,
channel, step and items are compared, their order is not.  "again" is not:
a program may look too often, and too seldom shows in the stories.  Those are
M further cases with "until", answered by {"story": [..]}: all decisions to
that instant, each with "at", which must be the reference's to the
millisecond.  Exit 1 on a difference."""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import gen_ladder  # noqa: E402
import ladder  # noqa: E402
import lawful as law  # noqa: E402

STORY_DAYS = 60


def key(entry):
    return json.dumps(
        [entry.get("do"), entry.get("kind"), entry.get("customer"),
         entry.get("channel"), entry.get("step"),
         sorted(entry.get("items", ()))])


def wanted(case):
    """What the reference says, as a sorted list."""
    if "until" not in case:
        result = ladder.decide(case, law.parse_instant(case["at"]))
        return sorted(map(key, result["decisions"]))
    until = law.parse_instant(case["until"])
    return sorted((at, key(e)) for at, e in ladder.simulate(case, until))


def answered(answer):
    if "story" not in answer:
        return sorted(map(key, answer["decisions"]))
    return sorted((law.parse_instant(e["at"]), key(e))
                  for e in answer["story"])


def make_cases(seed, n, stories):
    for number, case in enumerate(gen_ladder.cases(seed, n + stories)):
        # by-age holds for whatever was never reminded (CHOICES R4)
        case["policy"] = dict(ladder.DEFAULTS, backlog_only=False,
                              **case["policy"])
        if number >= n:
            case["until"] = law.format_instant(
                law.parse_instant(case["at"]) + STORY_DAYS * law.DAY)
        yield case


def answers(command, cases):
    with tempfile.TemporaryFile("w+") as feed:
        feed.writelines(json.dumps(case) + "\n" for case in cases)
        feed.seek(0)
        done = subprocess.run(shlex.split(command), stdin=feed,
                              stdout=subprocess.PIPE, text=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--stories", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("command", nargs="?", default=os.path.join(
        os.environ.get("builddir", "."), "tests/unit/policy/ladder_run"))
    args = parser.parse_args()
    cases = list(make_cases(args.seed, args.n, args.stories))
    got = answers(args.command, cases)
    print("1..2")
    complete = len(got) == len(cases)
    print("%s 1 - %d answers to %d cases" % (
        "ok" if complete else "not ok", len(got), len(cases)))
    wrong = told = 0
    for number, (case, answer) in enumerate(zip(cases, got), 1):
        want = wanted(case)
        told += len(want)
        if want == answered(answer):
            continue
        wrong += 1
        if wrong <= args.show:
            print("# case %d: %s" % (number, json.dumps(case)))
            print("#   reference %s" % want)
            print("#   program   %s" % answered(answer))
    print("%s 2 - reference and program agree on %d of %d persons, %d of them "
          "for %d days; %d decisions, seed %d" % (
              "not ok" if wrong else "ok", len(got) - wrong, len(cases),
              args.stories, STORY_DAYS, told, args.seed))
    return 0 if complete and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
