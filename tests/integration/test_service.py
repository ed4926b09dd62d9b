# SPDX-License-Identifier: ISC
"""The daemon as a service on the real clock: woken by an import, reloaded,
starved of its outbox and its disk, started twice, and ended."""
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('srcdir', '.'),
                                'tests/integration'))
from proof import POLICY, Tap, Workspace, wait_for  # noqa: E402


def ready(ws, since):
    return wait_for(lambda: 'daemon.ready' in ws.log()[since:], 20)


def start(ws, *args, **popen):
    since = len(ws.log())
    daemon = ws.daemon(*args, **popen)
    if not ready(ws, since):
        raise RuntimeError('the daemon is not ready\n' + ws.log()[since:])
    return daemon


def end(tap, daemon, name):
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGTERM)
    try:
        status = daemon.wait(timeout=30)
    except subprocess.TimeoutExpired:
        daemon.kill()
        status = daemon.wait()
    tap.ok(status == 0, name, status)


def cpu_ticks(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii') as fp:
        fields = fp.read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def switches(pid):
    """Voluntary context switches of all threads: each wake-up is one."""
    total = 0
    for task in os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/status' % (pid, task),
                  encoding='ascii') as fp:
            for line in fp:
                if line.startswith('voluntary_ctxt_switches'):
                    total += int(line.split()[1])
    return total


def test_wake(tap, ws):
    daemon = start(ws)
    tap.ok(ws.files() == [], 'nothing is due yet')
    # the look at data_version each second, and little else; on a busy
    # machine the start itself may reach into the first windows
    for _ in range(5):
        before, ticks = switches(daemon.pid), cpu_ticks(daemon.pid)
        time.sleep(3)
        woken = switches(daemon.pid) - before
        if woken <= 30:
            break
    tap.ok(woken <= 30, 'an idle service sleeps', woken)
    tap.ok(cpu_ticks(daemon.pid) - ticks <= 5, 'and takes no time')
    ws.invoices(0, 1)
    began = time.monotonic()
    tap.ok(wait_for(lambda: len(ws.files()) == 1, 5),
           'an import leads to a message')
    took = time.monotonic() - began
    print('# %.3f s after the import, %d wake-ups in 3 s' % (took, woken))
    tap.ok(took < 2, 'within two seconds', took)
    second = ws.daemon('--once', stderr=subprocess.PIPE)
    text = second.communicate(timeout=20)[1].decode()
    tap.ok(second.returncode == 1 and 'another dunlind' in text,
           'a second daemon is refused', (second.returncode, text))
    tap.ok(daemon.poll() is None, 'the first one works on')
    return daemon


def test_reload(tap, ws, daemon):
    ws.invoices(10, 1, days=1)
    ws.write(ws.policy, 'policies = ( nonsense')
    since = len(ws.log())
    daemon.send_signal(signal.SIGHUP)
    tap.ok(wait_for(lambda: 'config.refused' in ws.log()[since:], 10),
           'a bad config is refused')
    time.sleep(0.2)
    tap.ok(len(ws.files()) == 1, 'nothing goes out by it')
    ws.write(ws.policy, POLICY)         # import reads it too; no reload yet
    ws.invoices(11, 1)
    tap.ok(wait_for(lambda: len(ws.files()) == 2, 5),
           'the old config stays in force') or print(ws.log())
    ws.write(ws.policy, POLICY.replace('id = "d3"', 'id = "due"; max_late ='
             ' "2 d"').replace('"administrative"; offset = 3',
                               '"preventive"; offset = 0'))
    since = len(ws.log())
    daemon.send_signal(signal.SIGHUP)
    tap.ok(wait_for(lambda: 'config.reloaded' in ws.log()[since:], 10),
           'a good one is taken', ws.log()[since:])
    tap.ok(wait_for(lambda: len(ws.files()) == 3, 5),
           'whoever it concerns gets its step', ws.states())
    ws.write(ws.policy, POLICY)
    daemon.send_signal(signal.SIGHUP)
    tap.ok(wait_for(lambda: ws.log()[since:].count('config.reloaded') == 2,
                    10), 'and back')


def test_outbox(tap, ws, daemon):
    had = len(ws.files())
    shutil.move(os.path.join(ws.dir, 'outbox'),
                os.path.join(ws.dir, 'away'))
    with open(os.path.join(ws.dir, 'outbox'), 'w', encoding='ascii'):
        pass        # a file where the folder should be
    ws.invoices(20, 5)
    tap.ok(wait_for(lambda: 'opening the folder' in ws.log() or
                    'making the folder' in ws.log() or
                    ws.states().get('accepted', 0) >= had + 5, 10),
           'five messages find no outbox', ws.states())
    os.unlink(os.path.join(ws.dir, 'outbox'))
    shutil.move(os.path.join(ws.dir, 'away'),
                os.path.join(ws.dir, 'outbox'))
    for key, in ws.sql("SELECT key FROM message WHERE state = 'ready'"):
        ws.run('queue', 'retry', key, '--reason', 'the folder is back')
    tap.ok(wait_for(lambda: ws.states().get('accepted') == had + 5, 40),
           'they are accepted when it is back', ws.states())
    tap.ok(wait_for(lambda: len(ws.files()) == had + 5, 2),
           'and each is there once', (had, len(ws.files())))


def test_removed(tap, ws, daemon):
    """The folder vanishes under the open daemon."""
    had = ws.states()['accepted']
    shutil.rmtree(os.path.join(ws.dir, 'outbox'))
    ws.invoices(30, 3)
    wait_for(lambda: ws.states().get('accepted') == had + 3, 3)
    for key, in ws.sql("SELECT key FROM message WHERE state = 'ready'"):
        ws.run('queue', 'retry', key, '--reason', 'again')
    tap.ok(wait_for(lambda: ws.states().get('accepted') == had + 3 and
                    len(ws.files()) == 3, 40),
           'a removed outbox is made anew', (ws.states(), ws.files()))


def once_each(ws):
    """Every notice that stands was accepted, and no debt has two of them; one
    that was taken back at the last look has been decided anew."""
    return set(ws.states()) <= {'accepted', 'cancelled'} and ws.sql(
        "SELECT COUNT(*) FROM instalment") == ws.sql(
        "SELECT COUNT(*) FROM item WHERE state = 'accepted'") and ws.sql(
        "SELECT COUNT(*) FROM (SELECT 1 FROM item WHERE state = 'accepted'"
        " GROUP BY instalment_id, cycle, step, occurrence"
        " HAVING COUNT(*) > 1)") == [(0,)]


def test_full(tap, ws):
    """No file may grow: as a full disk, for the store and the outbox."""
    ws.invoices(40, 50)
    size = max(os.path.getsize(ws.store), os.path.getsize(ws.store + '-wal')
               if os.path.exists(ws.store + '-wal') else 0)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 3, size // 3))
    daemon = ws.daemon(preexec_fn=limit)
    status = None
    try:
        status = daemon.wait(timeout=4)
    except subprocess.TimeoutExpired:
        pass
    tap.ok(status is None or status in (1, 3),
           'without room it waits or says so', status)
    if status is None:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    tap.ok(ws.run('audit', 'verify', want=None).returncode == 0,
           'the log is whole')
    tap.ok(ws.drain() == 0, 'with room again it goes on')
    for key, state in ws.sql("SELECT key, state FROM message WHERE state IN"
                             " ('in-doubt', 'dead')"):
        ws.run('queue', *(('retry', key) if state == 'dead' else
                          ('release', key, '--as', 'resend')),
               '--reason', 'room')
    tap.ok(ws.drain() == 0 and once_each(ws), 'nothing was lost or doubled',
           ws.states())


def test_newer(tap, ws):
    import sqlite3
    db = sqlite3.connect(ws.store)
    db.execute("UPDATE meta SET value = '999' WHERE name IN"
               " ('schema', 'schema_version', 'version')")
    changed = db.total_changes
    db.commit()
    db.close()
    tap.ok(changed == 1, 'the store says a newer schema', changed)
    daemon = ws.daemon('--once', stderr=subprocess.PIPE)
    text = daemon.communicate(timeout=20)[1].decode()
    tap.ok(daemon.returncode == 1 and 'newer' in text,
           'a newer store is refused', (daemon.returncode, text))


def main():
    tap = Tap()
    ws = Workspace()
    with open(os.path.join(ws.root, 'log'), 'ab'):
        pass
    daemon = test_wake(tap, ws)
    try:
        test_reload(tap, ws, daemon)
        test_outbox(tap, ws, daemon)
        test_removed(tap, ws, daemon)
        ws.invoices(100, 300)
    except BaseException:
        daemon.kill()
        raise
    end(tap, daemon, 'SIGTERM drains and ends with 0')
    tap.ok(ws.sql("SELECT COUNT(*) FROM message WHERE state IN ('claimed',"
                  " 'intent')") == [(0,)], 'nothing is left under way')
    tap.ok(ws.drain() == 0 and once_each(ws),
           'the rest goes out at the next start', ws.states())
    test_full(tap, ws)
    tap.ok(ws.run('audit', 'verify', want=None).returncode == 0,
           'audit verify')
    test_newer(tap, ws)
    ws.close()
    tap.end()


if __name__ == '__main__':
    main()
