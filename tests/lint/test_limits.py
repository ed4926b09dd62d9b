#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Limits of doc/HACKING: functions of 60 lines, files of 600, lines of 100
columns (80 is the aim), no open ends; every source begins with its licence."""
import os
import sys

top = os.environ.get("srcdir", ".")


def width(line):
    return len(line.rstrip("\n").expandtabs(8))


def sources():
    for folder in ("src", "tests"):
        for path, folders, names in os.walk(os.path.join(top, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.join(path, name)


def problems(path):
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    shown = os.path.relpath(path, top)
    if not lines or "SPDX-License-Identifier: ISC" not in lines[0]:
        yield f"{shown}:1: no licence line"
    if len(lines) > 600 and shown.startswith("src"):
        yield f"{shown}: {len(lines)} lines, more than 600"
    start = None
    for number, line in enumerate(lines, 1):
        if width(line) > 100 and shown.startswith("src") and '"' not in line:
            yield f"{shown}:{number}: {width(line)} columns"
        if any(word in line for word in ("TODO", "FIXME", "XXX")):
            if '"' not in line:
                yield f"{shown}:{number}: an open end"
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if number - start > 60 and shown.startswith("src"):
                yield f"{shown}:{start}: a function of {number - start} lines"
            start = None


found = [problem for path in sources() for problem in problems(path)]
print("1..1")
for problem in found:
    print("#", problem)
print("not ok" if found else "ok", "1 - sources keep the limits")
sys.exit(0)
