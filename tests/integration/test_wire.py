# SPDX-License-Identifier: ISC
"""The service while it sends over a real SMTP connection, disturbed: no room
for outcomes, stopped and continued, ended in the middle of a message, started
twice, started as a copy, its server restarted, the command line beside it.
The oracle has the last word each time.  DUNLIN_PART=NAME,... runs these parts;
DUNLIN_LONG=yes makes numbers of the size that matters."""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.path.abspath(os.environ.get('srcdir', '.'))
sys.path.insert(0, os.path.join(SOURCE, 'tests/integration'))
from oracle import Oracle  # noqa: E402
from proof import Tap, wait_for  # noqa: E402
from sending import FAULTS, LONG, Sending, until_ended  # noqa: E402


class Part:
    """A workspace with so many notices to send, and its oracle."""

    def __init__(self, tap, name, count, sessions=4, **sending):
        self.tap = tap
        self.name = name
        self.ws = Sending('smtp', sessions=sessions, **sending)
        with open(os.path.join(self.ws.root, 'log'), 'ab'):
            pass
        self.oracle = Oracle(self.ws, [self.ws.sink], [self.ws.sink])
        self.sessions = sessions
        self.count = 0
        self.more(count)

    def more(self, count):
        self.ws.invoices(self.count, count)
        self.count += count

    def ok(self, good, name, detail=''):
        return self.tap.ok(good, '%s: %s' % (self.name, name), detail)

    def arrived(self):
        return len(self.ws.sink.entries())

    def wait_arrived(self, count, seconds=60):
        return wait_for(lambda: self.arrived() >= count, seconds)

    def said(self, text, seconds=20):
        return wait_for(lambda: text in self.ws.log(), seconds)

    def end(self, doubts=0, exact=False):
        """Drains; everything arrived once and is known to have."""
        self.ok(self.ws.drain() == 0, 'the rest is drained',
                self.ws.log()[-2000:])
        found = self.ws.states().get('in-doubt', 0)
        self.ok(found <= doubts, 'at most %d in doubt' % doubts, found)
        self.oracle.judge(self.tap, self.name, self.count, exact=exact)
        self.ws.finish(self.oracle)
        self.oracle.look()
        copies = [len(found) for found in self.oracle.copies.values()]
        self.ok(len(copies) == self.count and set(copies) == {1} and
                self.ws.states() == {'accepted': self.count},
                'all %d arrived once' % self.count,
                (len(copies), max(copies, default=0), self.ws.states()))
        self.ws.close()


def part_plain(tap):
    """Nobody is disturbed: attempts are those of the wire to the last one."""
    for intent in ('ahead', 'exact'):
        part = Part(tap, 'plain ' + intent, 300, intent=intent)
        part.end(exact=True)


def part_full(tap):
    """From some write on there is no room for the store."""
    if not FAULTS:
        tap.ok(True, 'full # SKIP built without --enable-faults')
        return
    part = Part(tap, 'full', 400)
    daemon = part.ws.start(fault='wal.write:900:fail')
    part.ok(part.said('dispatch.trouble', 60), 'the service says so',
            part.ws.log()[-1000:])
    known, = part.ws.sql("SELECT COUNT(*) FROM message WHERE state IN"
                         " ('accepted', 'intent')")[0]
    time.sleep(1.5)
    arrived = part.arrived()
    part.ok(0 < arrived <= known, 'only what has an intent leaves',
            '%d arrived, %d have an intent' % (arrived, known))
    time.sleep(1)
    part.ok(part.arrived() == arrived < part.count, 'then nothing more',
            part.arrived())
    part.ok(daemon.poll() is None, 'it waits', daemon.poll())
    part.ws.kill(daemon)
    part.ok(not part.oracle.quick(), 'killed there, nothing is lost',
            part.oracle.quick())
    part.end(doubts=2 * part.sessions)


def part_once(tap):
    """One commit fails: whoever lives still knows what came of each."""
    if not FAULTS:
        tap.ok(True, 'once # SKIP built without --enable-faults')
        return
    for fault in ('outcome.before:20', 'intent.before:20', 'wal.write:900'):
        part = Part(tap, 'once ' + fault, 300)
        daemon = part.ws.start(fault=fault + ':once')
        part.ok(part.said('dispatch.trouble', 60), 'the service says so')
        part.more(1)            # a commit elsewhere: it looks again at once
        part.ok(part.wait_arrived(part.count, 90), 'and goes on',
                part.arrived())
        wait_for(lambda: part.ws.states() == {'accepted': part.count}, 10)
        daemon.send_signal(signal.SIGTERM)
        part.ok(until_ended(daemon, 30) == 0, 'and ends well')
        part.end(exact=True)


def part_disk(tap):
    """A disk of its own that really is full."""
    root = tempfile.mkdtemp(prefix='dunlin-full.')
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=96m', 'none',
                           root], capture_output=True)
    if done.returncode != 0:
        os.rmdir(root)
        tap.ok(True, 'disk # SKIP no right to mount a small tmpfs')
        return
    try:
        part = Part(tap, 'disk', 200)
        shutil.move(part.ws.dir, os.path.join(root, 'ws'))
        os.symlink(os.path.join(root, 'ws'), part.ws.dir)
        filler = os.path.join(root, 'filler')
        subprocess.run(['fallocate', '-l', str(
            shutil.disk_usage(root).free - 1000000), filler], check=True)
        daemon = part.ws.start()
        part.ok(part.said('dispatch.trouble'), 'the service says so',
                part.ws.log()[-1000:])
        time.sleep(1)
        part.ok(part.arrived() == 0, 'nothing is sent', part.arrived())
        os.unlink(filler)
        part.more(1)
        part.ok(part.wait_arrived(part.count, 90), 'with room it goes on',
                part.arrived())
        daemon.send_signal(signal.SIGTERM)
        part.ok(until_ended(daemon, 30) == 0, 'and ends well')
        part.end(exact=True)
    finally:
        subprocess.run(['umount', '-l', root], check=False)
        shutil.rmtree(root, ignore_errors=True)


def part_ceiling(tap):
    """So many an hour and no more, by the clock of the other side."""
    part = Part(tap, 'ceiling', 130)
    with open(part.ws.conf, encoding='utf-8') as fp:
        text = fp.read()
    part.ws.write(part.ws.conf, text.replace('max_per_hour = 1000000',
                                             'max_per_hour = 50'))
    part.ok(part.ws.drain() == 0 and part.ws.drain() == 0, 'it ends')
    part.oracle.max_per_hour = 50
    # a new hour may begin meanwhile
    part.ok(part.arrived() in (50, 100), 'it stops there', part.arrived())
    part.oracle.judge(tap, part.name, part.count, exact=True)
    part.ws.close()


def part_stop(tap):
    """Stopped by a signal for a while, and continued."""
    part = Part(tap, 'stop', 400)
    daemon = part.ws.start('--once')
    part.wait_arrived(50)
    daemon.send_signal(signal.SIGSTOP)
    time.sleep(20 if LONG else 2)
    before = part.arrived()
    time.sleep(0.3)
    part.ok(part.arrived() == before, 'while it stands nothing leaves')
    daemon.send_signal(signal.SIGCONT)
    part.ok(until_ended(daemon, 60) == 0, 'it goes on to the end')
    part.end(exact=True)


def part_term(tap):
    """Told to end while messages are half way."""
    for point in ('body', 'dot', 'rcpt'):
        part = Part(tap, 'term at ' + point, 100, rules=(
            'at=%s do=delay 300' % point,))
        daemon = part.ws.start()
        part.wait_arrived(4)
        time.sleep(0.15)
        daemon.send_signal(signal.SIGTERM)
        part.ok(until_ended(daemon, 30) == 0, 'it ends well',
                part.ws.log()[-1000:])
        part.ok(part.arrived() < part.count, 'before the end',
                part.arrived())
        left = part.ws.states()
        part.ok(not set(left) & {'claimed', 'intent', 'in-doubt'},
                'nothing is left open', left)
        part.ws.sink.tell('clear')
        part.end(exact=True)


def part_twice(tap):
    part = Part(tap, 'twice', 300)
    daemon = part.ws.start('--once')
    part.wait_arrived(20)
    statuses = [until_ended(part.ws.start('--once'), 20) for _ in range(3)]
    part.ok(statuses == [1, 1, 1], 'a second one is refused', statuses)
    part.ok(until_ended(daemon, 60) == 0, 'the first one ends well')
    part.end(exact=True)


def part_copy(tap):
    """The store on another machine, and an older one put back."""
    part = Part(tap, 'copy', 60)
    shutil.copytree(os.path.join(part.ws.dir, 'var'),
                    os.path.join(part.ws.root, 'backup'))
    part.ok(part.ws.drain() == 0, 'all is sent')
    guard = os.path.join(part.ws.dir, 'run/guard')
    with open(guard, encoding='ascii') as fp:
        text = fp.read()
    lines = text.split('\n')
    part.ws.write(guard, '\n'.join(lines[:2] + ['another machine'] +
                                   lines[3:]))
    part.more(10)
    before = part.arrived()
    part.ok(part.ws.drain() == 1 and part.arrived() == before,
            'on another machine nothing is sent')
    part.ws.write(guard, text)
    newer = os.path.join(part.ws.root, 'newer')
    shutil.move(os.path.join(part.ws.dir, 'var'), newer)
    shutil.copytree(os.path.join(part.ws.root, 'backup'),
                    os.path.join(part.ws.dir, 'var'))
    part.ok(part.ws.drain() == 1 and part.arrived() == before,
            'out of a backup nothing is sent')
    shutil.rmtree(os.path.join(part.ws.dir, 'var'))
    shutil.move(newer, os.path.join(part.ws.dir, 'var'))
    part.end(exact=True)


def part_server(tap):
    """The server dies with messages in hand, and comes back."""
    part = Part(tap, 'server', 400)
    sink = part.ws.sink
    sink.tell('at=dot do=delay 5')
    daemon = part.ws.start()
    part.wait_arrived(100)
    sink.kill()
    part.ok(wait_for(lambda: part.ws.sql(
        "SELECT COUNT(*) FROM attempt WHERE outcome IN ('deferred', 'unsent',"
        " 'in-doubt')")[0][0] > 0, 20), 'it is noticed', part.ws.log()[-500:])
    again = part.ws.open_sink('smtp_sink', ('--port', str(sink.port)), ())
    part.ws.sinks[0] = part.ws.sink = part.oracle.sinks[0] = again
    part.oracle.seals = [again]
    # those that were tried, also by a probe, wait some minutes; the route a
    # quarter of one
    def is_through():
        for key, in part.ws.sql("SELECT key FROM message WHERE state ="
                                " 'ready' AND attempts > 0"):
            part.ws.run('queue', 'retry', key, '--reason', 'it is back',
                        want=None)
        return not set(part.ws.states()) & {'ready', 'claimed', 'intent'}
    part.ok(wait_for(is_through, 90), 'by itself it goes on',
            part.ws.states())
    daemon.send_signal(signal.SIGTERM)
    part.ok(until_ended(daemon, 60) == 0, 'it ends well')
    part.end(doubts=2 * part.sessions)


def import_files(part, rows):
    """Customers and invoices that are due some day, for the import."""
    names = [os.path.join(part.ws.root, kind + '.csv')
             for kind in ('customers', 'invoices')]
    with open(names[0], 'w', encoding='utf-8') as fp:
        fp.write('customer,name,country,language,email,consent\n')
        for i in range(rows // 2):
            fp.write('N%d,Eva Sol,CO,es,n%d@example.test,email\n' % (i, i))
    with open(names[1], 'w', encoding='utf-8') as fp:
        fp.write('invoice,customer,currency,amount,issued,due\n')
        for i in range(rows // 2):
            fp.write('G%d,N%d,COP,90000.00,2026-01-01,2031-01-01\n' % (i, i))
    return names


def rate(entries):
    """Messages a second between the first and the last tenth."""
    times = sorted(entry.ms for entry in entries)
    first, last = len(times) // 10, len(times) * 9 // 10
    return (last - first) * 1000 / max(1, times[last] - times[first])


def disturb(part, files, holds, answers):
    """What staff does while the service sends."""
    def load():
        for name in files:
            answers.append(part.ws.run('import', name, want=None))
    loader = threading.Thread(target=load)
    loader.start()
    for i in range(holds):
        answers.append(part.ws.run('hold', 'N%d' % i if i % 2 else 'C%d' % i,
                                   '--reason', 'on the telephone',
                                   want=None))
    loader.join()


def part_disturb(tap):
    """An import and holds while it sends."""
    count, rows, holds = (20000, 200000, 100) if LONG else (600, 4000, 10)
    alone = Part(tap, 'alone', count, sessions=8, batch=200)
    alone.ok(alone.ws.drain() == 0, 'it sends')
    undisturbed = rate(alone.ws.sink.entries())
    alone.end(exact=True)
    part = Part(tap, 'disturbed', count, sessions=8, batch=200)
    files = import_files(part, rows)
    part.ws.run('import', files[0])     # so that they can be held
    answers = []
    daemon = part.ws.start()
    part.wait_arrived(count // 20)
    disturb(part, files[1:], holds, answers)
    part.ok(part.wait_arrived(count - holds, 300), 'it sends all the same',
            part.arrived())
    disturbed = rate(part.ws.sink.entries())
    daemon.send_signal(signal.SIGTERM)
    part.ok(until_ended(daemon, 60) == 0, 'it ends well')
    part.ok(all(done.returncode == 0 for done in answers), 'staff sees no'
            ' error', [done.stderr for done in answers if done.returncode])
    part.ok(not any('locked' in done.stderr or 'busy' in done.stderr.lower()
                    for done in answers), 'and no lock')
    print('# %.0f a second alone, %.0f beside an import of %d rows and %d'
          ' holds: %.2f' % (undisturbed, disturbed, rows, holds,
                            disturbed / undisturbed))
    if LONG:
        part.ok(disturbed >= 0.8 * undisturbed, 'at 0.8 of its speed at'
                ' least', disturbed / undisturbed)
    part.oracle.judge(tap, part.name, exact=True)
    part.ws.close()


PARTS = {'plain': part_plain, 'full': part_full, 'once': part_once,
         'disk': part_disk, 'ceiling': part_ceiling, 'stop': part_stop,
         'term': part_term, 'twice': part_twice, 'copy': part_copy,
         'server': part_server, 'disturb': part_disturb}


def main():
    tap = Tap()
    only = os.environ.get('DUNLIN_PART')
    random.seed(int(os.environ.get('DUNLIN_SEED') or 1))
    for name, part in PARTS.items():
        if not only or name in only.split(','):
            part(tap)
    tap.end()


if __name__ == '__main__':
    main()
