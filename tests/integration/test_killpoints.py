# SPDX-License-Identifier: ISC
"""kill -9 at each labelled point of a message's way (base/fault.h), also
while the other side withholds its replies; then the oracle.  DUNLIN_LONG=yes:
5,000 notices and at least ten kills a point.  DUNLIN_SEED replays the dice as
far as a machine can; DUNLIN_ONLY=LABEL,... runs these points."""
import os
import random
import re
import sys
import time

SOURCE = os.environ.get('srcdir', '.')
sys.path.insert(0, os.path.join(SOURCE, 'tests/integration'))
from oracle import Oracle  # noqa: E402
from proof import Tap, wait_for  # noqa: E402
from sending import FAULTS, LONG, Sending, until_ended  # noqa: E402

COUNT = 5000 if LONG else 300
KILLS = 10 if LONG else 1
WITHHELD = 24 if LONG else 2

# Passed once a transaction or so, not once a message.
SELDOM = ('decide.before', 'claim.before', 'claim.after', 'intent.before',
          'intent.after', 'outcome.before', 'outcome.after', 'rescue')
OUTBOX_ROOM = 64        # what is on its way into the folder
WIRE = ('connect.before', 'connect.after', 'rcpt', 'body.half')
ONCE = ('connect.before', 'connect.after')
# Of exact messages nothing is in doubt by a kill here, but for those whose
# data had ended: the intent waits for that.
EARLY = ('decide.before', 'claim.before', 'claim.after', 'render.before',
         'render.after', 'connect.before', 'connect.after', 'rcpt',
         'body.half')


def labels():
    with open(os.path.join(SOURCE, 'src/base/fault.h'),
              encoding='utf-8') as fp:
        found = re.findall(r'X\(FAULT_\w+, "([a-z.]+)"\)', fp.read())
    only = os.environ.get('DUNLIN_ONLY')
    return [label for label in found if not only or label in only.split(',')]


def most_passes(label, sessions):
    if label in ONCE:
        return sessions
    if label == 'rescue':
        return 2
    if label in SELDOM:
        return 6
    if label.startswith('checkpoint'):
        return 12
    if label.startswith('wal'):
        return 1500
    return 60


# In the small form only the first has all points.
WIRE_ONLY = WIRE + ('intent.after', 'end.before', 'end.after', 'reply.after',
                    'outcome.before')
MATRICES = (('smtp', 'ahead', 4, WITHHELD), ('smtp', 'exact', 1, WITHHELD),
            ('gateway', 'exact', 4, WITHHELD), ('outbox', 'ahead', 1, 0))


class Matrix:
    def __init__(self, tap, kind, intent, sessions, dice):
        self.tap = tap
        self.name = '%s, %s, %d sessions' % (kind, intent, sessions)
        self.intent = intent
        self.sessions = sessions
        self.dice = dice
        self.ws = Sending(kind, intent, sessions)
        self.oracle = Oracle(self.ws, [self.ws.sink], [self.ws.sink]
                             if kind != 'gateway' else [])
        self.count = 0
        self.more(COUNT)
        self.kills = self.withheld = self.doubts = 0
        self.worst = 0
        self.bad = []

    def more(self, count):
        self.ws.invoices(self.count, count)
        self.count += count

    def feed(self):
        """There is always something to lose."""
        if self.ws.undone() < 120:
            self.more(300)

    def judge(self, label):
        """After a kill: what flies, and what may not be."""
        flying = self.ws.sql("SELECT key FROM message WHERE state = 'intent'")
        self.doubts += len(flying)
        self.worst = max(self.worst, len(flying))
        bad = self.oracle.quick()
        most = OUTBOX_ROOM if self.ws.kind == 'outbox' else 2 * self.sessions
        if len(flying) > most:
            bad.append('%d intents without an outcome' % len(flying))
        if self.intent == 'exact':
            seen = {entry.key for entry in self.oracle.entries}
            unseen = [key for key, in flying if key not in seen]
            most = 0 if label in EARLY and self.sessions == 1 else \
                self.sessions
            if len(unseen) > most:
                bad.append('exact, but the sink never saw the end of '
                           + ' '.join(unseen[:5]))
        self.bad += ['%s: %s' % (label, what) for what in bad]

    def kill_at(self, label):
        """One kill at the n-th passing; false: it was never passed so often."""
        for most in (most_passes(label, self.sessions), 60, 2, 1):
            self.feed()
            if label == 'rescue' and not self.oracle.flying():
                self.kill_at('end.after')
            n = self.dice.randint(1, most)
            daemon = self.ws.start('--once', fault='%s:%d' % (label, n))
            status = until_ended(daemon, 60)
            if status is None:
                self.ws.kill(daemon)
                self.bad.append('%s:%d: it hangs' % (label, n))
                return True
            if status == -9:
                self.kills += 1
                self.judge(label)
                return True
            if status != 0:
                self.bad.append('%s:%d: status %d' % (label, n, status))
                return True
        return False

    def kill_withheld(self):
        """Killed while some replies never come."""
        self.feed()
        self.ws.sink.tell('clear', 'at=%s every=%d do=withhold' % (
            'dot' if self.ws.kind == 'smtp' else 'request',
            self.dice.randint(2, 9)))
        before = self.held()
        wanted = self.dice.randint(1, self.sessions)
        daemon = self.ws.start('--once')
        wait_for(lambda: self.held() >= before + wanted or
                 daemon.poll() is not None, 30)
        time.sleep(self.dice.uniform(0, 0.05))
        self.ws.kill(daemon)
        self.ws.sink.tell('clear')
        if self.held() > before:
            self.withheld += 1
        self.judge('withheld')

    def held(self):
        return sum(entry.verdict == 'withheld'
                   for entry in self.ws.sink.entries())

    def run(self, kills, withheld):
        tap = self.tap
        missed = []
        for label in labels():
            if (self.ws.kind == 'outbox' and label in WIRE) or \
                    (self.ws.kind == 'gateway' and label == 'rcpt'):
                continue
            if self.intent == 'exact' and label not in WIRE_ONLY and \
                    not LONG and not os.environ.get('DUNLIN_ONLY'):
                continue
            had, worst, self.worst = self.kills, self.worst, 0
            done = [self.kill_at(label) for _ in range(kills)]
            if not any(done):
                missed.append(label)
            print('# %s: %s: %d kills, at most %d in doubt' % (
                self.name, label, self.kills - had, self.worst))
            self.worst = max(worst, self.worst)
        for _ in range(withheld):
            self.kill_withheld()
        print('# %s: %d kills and %d with replies withheld, %d in doubt, at'
              ' most %d a kill' % (self.name, self.kills, self.withheld,
                                   self.doubts, self.worst))
        tap.ok(not missed, '%s: each point is passed' % self.name, missed)
        tap.ok(self.withheld == withheld, '%s: replies were withheld' %
               self.name, self.withheld)
        tap.ok(not self.bad, '%s: nothing lost or doubled after any kill' %
               self.name, '\n'.join(self.bad))
        self.end()

    def end(self):
        tap, ws = self.tap, self.ws
        tap.ok(ws.drain() == 0, '%s: the last run drains' % self.name,
               ws.log()[-2000:])
        self.oracle.judge(tap, self.name + ', drained', self.count)
        ws.finish(self.oracle)
        self.oracle.judge(tap, self.name + ', settled', self.count)
        states = ws.states()
        tap.ok(states == {'accepted': self.count}, '%s: every notice is'
               ' accepted' % self.name, states)
        copies = [len(found) for found in self.oracle.copies.values()]
        tap.ok(len(copies) == self.count and set(copies) == {1},
               '%s: %d arrived once' % (self.name, self.count),
               'arrived %d, of these twice or more %d' % (
                   len(copies), sum(n > 1 for n in copies)))
        ws.close()


def main():
    if not FAULTS:
        print('1..0 # SKIP the programs are built without --enable-faults')
        return
    tap = Tap()
    dice = random.Random(int(os.environ.get('DUNLIN_SEED') or 1))
    kinds = os.environ.get('DUNLIN_KINDS', 'outbox smtp gateway').split()
    for kind, intent, sessions, withheld in MATRICES:
        if kind not in kinds or (kind == 'outbox' and not LONG):
            continue
        Matrix(tap, kind, intent, sessions, dice).run(KILLS, withheld)
    tap.end()


if __name__ == '__main__':
    main()
