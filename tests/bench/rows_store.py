# SPDX-License-Identifier: ISC
"""A message's way through the store must not depend on the ledger's size."""
import os
import statistics

import bench

CLAIM = os.path.join(bench.BUILD, "tests/bench/claim")
SMALL = bench.size("BENCH_SMALL", 10000)
LARGE = bench.size("BENCH_LARGE", 1000000)
COUNT = 2048
READY = min(SMALL, COUNT * bench.size("BENCH_ROUNDS", 3))


PARTS = ("claim", "intend", "outcome")


def way(dsn, seen):
    """A run whose seconds are those of the store's calls."""
    result = bench.run([CLAIM, "run", dsn, str(COUNT)])
    words = result.output.split()
    times = [float(words[words.index(part) + 1]) for part in PARTS]
    seen.append(times)
    result.seconds = result.cpu = sum(times)
    return result


def told(large, small):
    """Each part's cost, so that one that grows is seen."""
    def middle(runs, n):
        return statistics.median(times[n] for times in runs) * 1e6 / COUNT
    return "%d instalments, peer %d: " % (LARGE, SMALL) + ", ".join(
        "%s %.1f/%.1f us" % (part, middle(large, n), middle(small, n))
        for n, part in enumerate(PARTS))


@bench.row("store: claim, intent, outcome")
def store(folder):
    dsns, seen = [], ([], [])
    for size in (LARGE, SMALL):
        dsns.append("sqlite:" + os.path.join(folder, "%d.db" % size))
        bench.quiet([CLAIM, "seed", dsns[-1], str(size), str(READY)])
    return bench.Row(COUNT, "messages", lambda: way(dsns[0], seen[0]),
                     lambda: way(dsns[1], seen[1]),
                     note=lambda: told(*seen))
