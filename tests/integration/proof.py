# SPDX-License-Identifier: ISC
"""A workspace with due notices, and the programs run over it, for the proofs
that kill, starve and reload a real daemon."""
import atexit
import csv
import datetime
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get('builddir', '.'))
SOURCE = os.path.abspath(os.environ.get('srcdir', '.'))
DUNLIN = os.path.join(BUILD, 'src/cli/dunlin')
DUNLIND = os.path.join(BUILD, 'src/dunlind/dunlind')

POLICY = '''policies = ( { name = "default"; gap = 3; all_hours = true; steps = (
  { id = "d3"; stage = "administrative"; offset = 3; channels = [ "email" ]; },
  { id = "d10"; stage = "administrative"; offset = 10;
    channels = [ "email" ]; } ); } );
'''


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, name, detail=''):
        self.n += 1
        if not good:
            self.failed += 1
            for line in str(detail).splitlines()[:30]:
                print('#', line)
        print(('ok' if good else 'not ok'), self.n, '-', name, flush=True)
        return good

    def end(self):
        print('1..%d' % self.n)
        sys.exit(1 if self.failed else 0)


class Workspace:
    def __init__(self, root=None):
        self.root = root or tempfile.mkdtemp(prefix='dunlin-proof.')
        self.daemons = []
        atexit.register(self.reap)
        self.dir = os.path.join(self.root, 'ws')
        self.env = dict(os.environ, DUNLIN_DATADIR=SOURCE)
        self.env.pop('DUNLIN_CONF', None)
        self.run('init', self.dir, cwd=self.root)
        self.policy = os.path.join(self.dir, 'conf/policies/default.conf')
        self.conf = os.path.join(self.dir, 'conf/dunlin.conf')
        self.write(self.policy, POLICY)
        with open(self.conf, encoding='utf-8') as fp:
            text = fp.read()
        self.write(self.conf, text.replace('service = {', 'service = {'
                   ' max_per_hour = 1000000; max_high_percent = 100;', 1))
        self.outbox = os.path.join(self.dir, 'outbox/Maildir/new')
        self.store = os.path.join(self.dir, 'var/dunlin.db')

    def write(self, path, text):
        with open(path + '.new', 'w', encoding='utf-8') as fp:
            fp.write(text)
        os.rename(path + '.new', path)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *args, want=0, cwd=None):
        done = subprocess.run([DUNLIN, *args], cwd=cwd or self.dir,
                              env=self.env, capture_output=True, text=True,
                              timeout=300)
        if want is not None and done.returncode != want:
            raise RuntimeError('dunlin %s: %d\n%s%s' % (
                ' '.join(args), done.returncode, done.stdout, done.stderr))
        return done

    def json(self, *args):
        return [json.loads(line) for line in
                self.run(*args, '--json', want=None).stdout.splitlines()]

    def daemon(self, *args, **popen):
        popen.setdefault('stderr', open(os.path.join(self.root, 'log'), 'ab'))
        popen.setdefault('env', self.env)
        self.daemons = [daemon for daemon in self.daemons
                        if daemon.poll() is None]
        self.daemons.append(subprocess.Popen(
            [DUNLIND, '-f', *args], cwd=self.dir, stdout=subprocess.DEVNULL,
            **popen))
        return self.daemons[-1]

    def reap(self):
        """Ends what a proof that broke off has left behind."""
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()

    def log(self):
        with open(os.path.join(self.root, 'log'), encoding='utf-8',
                  errors='replace') as fp:
            return fp.read()

    def drain(self, timeout=300):
        return self.daemon('--once').wait(timeout=timeout)

    def invoices(self, first, count, days=4):
        """count customers, each with one invoice due days ago."""
        today = datetime.datetime.now(datetime.timezone.utc) \
            - datetime.timedelta(hours=5)
        due = (today - datetime.timedelta(days=days)).date().isoformat()
        name = os.path.join(self.root, 'c%d.csv' % first)
        with open(name, 'w', newline='', encoding='utf-8') as fp:
            out = csv.writer(fp)
            out.writerow('customer name country language email phone consent'
                         .split())
            for i in range(first, first + count):
                out.writerow(['C%d' % i, 'Ana Paz', 'CO', 'es',
                              'c%d@example.test' % i,
                              '+57300%07d' % (1000000 + i), 'email sms'])
        bills = os.path.join(self.root, 'i%d.csv' % first)
        with open(bills, 'w', newline='', encoding='utf-8') as fp:
            out = csv.writer(fp)
            out.writerow('invoice customer currency amount issued due'
                         .split())
            for i in range(first, first + count):
                out.writerow(['F%d' % i, 'C%d' % i, 'COP', '150000.00',
                              '2026-01-01', due])
        self.run('import', name, bills)

    def files(self):
        return sorted(os.listdir(self.outbox)) if os.path.isdir(self.outbox) \
            else []

    def sql(self, query):
        db = sqlite3.connect('file:%s?mode=ro' % self.store, uri=True)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def states(self):
        return dict(self.sql('SELECT state, COUNT(*) FROM message'
                             ' GROUP BY state'))


def wait_for(what, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.01)
    return False
