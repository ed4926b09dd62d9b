# SPDX-License-Identifier: ISC
"""The reference against the program, on random cases; TAP.

compare_lawful.py [-n N] [--seed S] [--all] [--single] [--show K] [COMMAND]

COMMAND is the dunlin to ask (default: $DUNLIN, else the one of the build
tree); it is asked through `lawful --batch`, or with --single by one process a
case.  Exit 1 on any difference."""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import gen_lawful  # noqa: E402
import lawful as law  # noqa: E402


def find_command(given):
    if given:
        return shlex.split(given)
    if os.environ.get("DUNLIN"):
        return shlex.split(os.environ["DUNLIN"])
    root = os.environ.get("builddir", ".")
    for path in ("dunlin", "src/cli/dunlin", "src/dunlin"):
        full = os.path.join(root, path)
        if os.access(full, os.X_OK) and os.path.isfile(full):
            return [full]
    return None


def ask_batch(command, cases):
    with tempfile.TemporaryFile("w+") as feed:
        for case in cases:
            feed.write(json.dumps({k: v for k, v in case.items()
                                   if v is not None}) + "\n")
        feed.seek(0)
        done = subprocess.run(command + ["lawful", "--batch"], stdin=feed,
                              stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print("# exit %d of --batch" % done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask_single(command, case):
    words = command + ["lawful", "--json", "--country", case["country"],
                       "--channel", case["channel"], "--at", case["at"]]
    for key in ("region", "zone", "type"):
        if case.get(key):
            words += ["--" + key, case[key]]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as feed:
        for contact in case["history"]:
            feed.write(json.dumps(contact) + "\n")
        feed.flush()
        if case["history"]:
            words += ["--history", feed.name]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True,
                              check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"verdict": "exit %d" % done.returncode}


def normal(verdict):
    """What is compared: verdict, reason when denied, next as an instant."""
    reason = verdict.get("reason") if verdict.get("verdict") == "deny" \
        else None
    following = verdict.get("next")
    if isinstance(following, str):
        following = law.parse_instant(following)
    return (verdict.get("verdict"), reason, following)


def show(number, case, want, got):
    print("# case %d: %s" % (number, json.dumps(case)))
    zone = case.get("zone") or gen_lawful.MAIN_ZONE.get(case["country"],
                                                        "UTC")
    for name, answer in (("reference", want), ("program", got)):
        text = dict(answer)
        if isinstance(text.get("next"), int):
            text["next"] = law.format_instant(text["next"], zone)
        print("#   %-9s %s" % (name, json.dumps(text)))


def compare(cases, answers, shown):
    """Per country and kind of difference: how many."""
    differences = {}
    for number, (case, got) in enumerate(zip(cases, answers), 1):
        want = law.answer(case)
        mine, other = normal(want), normal(got)
        if mine == other:
            continue
        kind = "next" if mine[:2] == other[:2] else \
            "%s -> %s" % (mine[1] or mine[0], other[1] or other[0])
        key = (case["country"], kind)
        differences[key] = differences.get(key, 0) + 1
        if differences[key] <= shown:
            show(number, case, want, got)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--show", type=int, default=2)
    parser.add_argument("command", nargs="?")
    args = parser.parse_args()
    command = find_command(args.command)
    if command is None:
        print("1..0 # SKIP no dunlin built yet")
        return 0
    cases = list(gen_lawful.cases(args.seed, args.n, args.all))
    if args.single:
        answers = [ask_single(command, case) for case in cases]
    else:
        answers = ask_batch(command, cases)
    print("1..2")
    complete = len(answers) == len(cases)
    print("%s 1 - %d answers to %d cases" % (
        "ok" if complete else "not ok", len(answers), len(cases)))
    differences = compare(cases, answers, args.show)
    total = sum(differences.values())
    for (country, kind), count in sorted(differences.items()):
        print("# %s: %s: %d" % (country, kind, count))
    print("%s 2 - reference and program agree on %d of %d cases, seed %d" % (
        "not ok" if total else "ok", len(answers) - total, len(cases),
        args.seed))
    return 0 if complete and not total else 1


if __name__ == "__main__":
    sys.exit(main())
