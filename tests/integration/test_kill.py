# SPDX-License-Identifier: ISC
"""The daemon is killed at random instants while it drains 2,000 notices in
rehearsal on the real clock.  Afterwards every notice is in the outbox exactly
once, or recorded as in doubt, and the log is whole.  DUNLIN_SEED replays the
instants (as far as a machine can)."""
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('srcdir', '.'),
                                'tests/integration'))
from proof import Tap, Workspace, wait_for  # noqa: E402

COUNT = 2000
KILLS = 30


def main():
    tap = Tap()
    seed = int(os.environ.get('DUNLIN_SEED') or 1)
    dice = random.Random(seed)
    ws = Workspace()
    ws.invoices(0, COUNT)
    count = COUNT
    kills = 0
    while kills < KILLS:
        daemon = ws.daemon('--once')
        # at any instant of a short life, or when some more are out
        if kills % 2 == 0:
            time.sleep(dice.uniform(0.02, 0.8))
        else:
            more = len(ws.files()) + dice.randrange(1, 60)
            wait_for(lambda: len(ws.files()) >= more or
                     daemon.poll() is not None, 5)
        if daemon.poll() is None:
            daemon.send_signal(signal.SIGKILL)
            kills += 1
        daemon.wait()
        states = ws.states()
        if sum(states.values()) == count and not set(states) & {
                'ready', 'claimed'}:
            ws.invoices(count, 500)     # there is always something to lose
            count += 500
    print('# seed %d: %d kills, then %s, %d files' % (
        seed, kills, ws.states(), len(ws.files())))
    tap.ok(ws.drain() == 0, 'the last run drains what is left')
    states = ws.states()
    print('# then', states, len(ws.files()), 'files')
    # one that died twice with a message does not take its neighbours along
    tap.ok(states.get('dead', 0) <= KILLS / 2, 'few are dead', states)
    check(tap, ws, states, count)
    # what is in doubt is settled by people, some of it here
    left = states.get('in-doubt', 0)
    for key, state in ws.sql("SELECT key, state FROM message WHERE state IN"
                             " ('in-doubt', 'dead') ORDER BY state LIMIT 60"):
        left -= state == 'in-doubt'
        if state == 'dead':
            ws.run('queue', 'retry', key, '--reason', 'killed')
        else:
            ws.run('queue', 'release', key, '--as', 'resend', '--reason',
                   'the outbox takes it once')
    tap.ok(ws.drain() == 0, 'what was settled is drained')
    print('# then', ws.states(), len(ws.files()), 'files')
    states = ws.states()
    tap.ok(states.get('in-doubt', 0) == left and
           states['accepted'] == count - left, 'and was accepted', states)
    check(tap, ws, states, count)
    ws.close()
    tap.end()


def check(tap, ws, states, count):
    files = ws.files()
    tap.ok(len(set(files)) == len(files) and
           all(name.count('.') == 1 and name.endswith('.1')
               for name in files), 'one file a key', files[:5])
    # what lay dead is decided anew when a person lets it go on
    tap.ok(ws.sql("SELECT COUNT(*) FROM notice WHERE state <> 'cancelled'")
           == [(count,)], 'each debt has one notice', states)
    known = {key: state for key, state in
             ws.sql('SELECT key, state FROM message')}
    tap.ok(all(name in files for name, state in known.items()
               if state == 'accepted'), 'what was accepted is there')
    tap.ok(all(known[name] in ('accepted', 'in-doubt') for name in files),
           'what is there is accepted or in doubt',
           [known[name] for name in files
            if known[name] not in ('accepted', 'in-doubt')][:5])
    states.pop('cancelled', None)
    tap.ok(sum(states.values()) == count and not set(states) -
           {'accepted', 'in-doubt', 'dead'}, 'nothing is lost', states)
    done = ws.run('audit', 'verify', want=None)
    tap.ok(done.returncode == 0, 'audit verify', done.stdout + done.stderr)


if __name__ == '__main__':
    main()
