#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""make bench: what dunlin does in a second, beside what others do.

Each rows_*.py here adds rows: a function under @bench.row that builds what it
needs in the folder it is given and returns a Row.  Ours and the peer run one
after the other, BENCH_ROUNDS times; the table shows medians.

BENCH_ROWS=word,...   only rows whose name has one of these words
BENCH_ROUNDS=3        rounds of each row
BENCH_DIR=/tmp        where the files of the run are made, and removed
"""
import glob
import importlib
import os
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("builddir", "."))
DUNLIN = os.path.join(BUILD, "src/cli/dunlin")
ROWS = []


def size(name, otherwise):
    """A size that the environment may set."""
    return int(os.environ.get(name, otherwise))


class Skip(Exception):
    """A row that cannot run here, and why."""


class Run:
    """What one run of one program took."""

    def __init__(self, seconds, rss_kb, cpu, output):
        self.seconds, self.rss_kb, self.cpu = seconds, rss_kb, cpu
        self.output = output


class Row:
    """count things (a unit's name) done by ours() and by peer(), both giving
    a Run; peer None: nobody to compare with.  prepare() comes before each,
    close() at the end.  note: a text, or what gives one after the last
    round."""

    def __init__(self, count, unit, ours, peer=None, prepare=None, note="",
                 close=None):
        self.count, self.unit, self.note = count, unit, note
        self.ours, self.peer, self.prepare = ours, peer, prepare
        self.close = close


def row(name):
    def add(function):
        ROWS.append((name, function))
        return function
    return add


def run(argv, stdin=None, env=None, cwd=None):
    """One program to its end.  Its peak memory counts from exec on, but is
    never less than that of this script (about 12 MB)."""
    read, write = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, write, 1)]
    if stdin is not None:
        actions.append((os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0))
    if cwd is not None:
        argv = ["env", "-C", cwd, *argv]
    began = time.monotonic()
    pid = os.posix_spawnp(argv[0], argv, env or os.environ,
                          file_actions=actions)
    os.close(write)
    with os.fdopen(read, errors="replace") as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - began
    if status != 0:
        raise RuntimeError("%s: status %d\n%s" % (" ".join(argv),
                           os.waitstatus_to_exitcode(status), output[-2000:]))
    return Run(seconds, usage.ru_maxrss, usage.ru_utime + usage.ru_stime,
               output)


def quiet(argv):
    """A step of the preparation."""
    return run(argv).output


def rate(number):
    return "%.0f" % number if number >= 100 else "%.1f" % number


def rounds_of(row, rounds):
    ours, peer = [], []
    for _ in range(rounds):
        for side, runs in ((row.ours, ours), (row.peer, peer)):
            if side is None:
                continue
            if row.prepare is not None:
                row.prepare()
            runs.append(side())
    return ours, peer


def measure(name, row, rounds):
    try:
        ours, peer = rounds_of(row, rounds)
    finally:
        if row.close is not None:
            row.close()
    mine = statistics.median(row.count / r.seconds for r in ours)
    line = [name, rate(mine) + " " + row.unit + "/s",
            "%.2f" % statistics.median(r.cpu * 1e6 / row.count for r in ours),
            "%.0f" % (max(r.rss_kb for r in ours) / 1024), "-", "-"]
    if peer:
        line[4] = rate(statistics.median(row.count / r.seconds for r in peer))
        line[5] = "%.2f" % statistics.median(
            b.seconds / a.seconds for a, b in zip(ours, peer))
    return line + [row.note() if callable(row.note) else row.note]


def show(line):
    print("%-34s %20s %8s %8s %11s %6s  %s" % tuple(line), flush=True)


def wanted(name):
    words = os.environ.get("BENCH_ROWS", "").split(",")
    return any(word in name for word in words)


def main():
    for path in sorted(glob.glob(os.path.join(HERE, "rows_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    rounds = size("BENCH_ROUNDS", 3)
    os.environ["DUNLIN_DATADIR"] = TOP
    show(["what", "ours", "cpu us", "peak MB", "peer/s", "ratio", ""])
    failed = 0
    for name, function in ROWS:
        if not wanted(name):
            continue
        work = tempfile.mkdtemp(prefix="dunlin-bench.",
                                dir=os.environ.get("BENCH_DIR"))
        try:
            show(measure(name, function(work), rounds))
        except Skip as why:
            print("%-34s skipped: %s" % (name, why), flush=True)
        except RuntimeError as why:
            print("%-34s failed: %s" % (name, why), flush=True)
            failed = 1
        finally:
            shutil.rmtree(work)
    return failed


if __name__ == "__main__":
    sys.modules["bench"] = sys.modules["__main__"]
    sys.exit(main())
