# SPDX-License-Identifier: ISC
"""A thousand SMS through a real Kannel to its fake SMSC: each arrives once,
as it was written."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

BUILD = os.path.abspath(os.environ.get('builddir', '.'))
SOURCE = os.path.abspath(os.environ.get('srcdir', '.'))
RUN = os.path.join(BUILD, 'tests/integration/gateway_run')
FAKESMSC = '/usr/lib/kannel/test/fakesmsc'

# How many, what they say, and how they travel: plain, the rest of the GSM
# alphabet, and what takes UCS-2.
LOTS = ((400, 'plain %d', 'gsm7'),
        (300, 'Gr\u00fc\u00dfe [\u20ac] %d', 'gsm7'),
        (300, '\u65e5\u672c \U0001f600 %d', 'ucs2'))

KANNEL = '''group = core
admin-port = %(admin)d
admin-interface = 127.0.0.1
admin-password = adm
status-password = adm
smsbox-port = %(box)d
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "%(dir)s/bearerbox.log"
log-level = 1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake1
port = %(smsc)d
our-host = 127.0.0.1
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = %(box)d
sendsms-port = %(send)d
sendsms-interface = 127.0.0.1
log-file = "%(dir)s/smsbox.log"
log-level = 1

group = sendsms-user
username = dunlin
password = pa55/word
user-allow-ip = "127.0.0.1"
max-messages = 10
concatenation = true
'''

ROUTES = '''routes = ( {
	name = "kannel";  kind = "gateway";  channels = [ "sms" ];
	gateway = {
		base = "kannel";
		request = { url = "http://127.0.0.1:%(send)d/cgi-bin/sendsms"; };
		values = { user = "dunlin"; };
		auth = { secret = "%(dir)s/password"; };
	};
	limits = { concurrency = 16; };
} );
'''


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Kannel:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='dunlin-kannel.')
        names = ('admin', 'box', 'smsc', 'send')
        self.at = dict(zip(names, free_ports(4)), dir=self.dir)
        self.started = []
        self.write('kannel.conf', KANNEL % self.at)
        self.write('routes.conf', ROUTES % self.at)
        self.write('password', 'pa55/word\n')
        os.chmod(self.path('password'), 0o600)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as fp:
            fp.write(text)

    def read(self, name):
        with open(self.path(name), encoding='utf-8', errors='replace') as fp:
            return fp.read()

    def start(self, name, *args):
        with open(self.path(name + '.out'), 'wb') as out:
            self.started.append(subprocess.Popen(args, stdout=out,
                                                 stderr=out, cwd=self.dir))

    def status(self):
        url = 'http://127.0.0.1:%d/status.txt?password=adm' % self.at['admin']
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ''

    def answers(self, port):
        try:
            socket.create_connection(('127.0.0.1', port), 5).close()
            return True
        except OSError:
            return False

    def up(self):
        self.start('bearerbox', 'bearerbox', '-v', '4', 'kannel.conf')
        if not wait(lambda: self.status() and self.answers(self.at['box'])):
            return 'bearerbox'
        self.start('smsbox', 'smsbox', '-v', '4', 'kannel.conf')
        if not wait(lambda: self.answers(self.at['send'])):
            return 'smsbox'
        self.start('fakesmsc', FAKESMSC, '-v', '0', '-H', '127.0.0.1', '-r',
                   str(self.at['smsc']), '-m', '0', '1 2 text nop')
        if not wait(lambda: re.search('fake1.*online', self.status())):
            return 'fakesmsc'
        return None

    def end(self):
        """Politely, the sender first, so that all is handed on."""
        for process in self.started[1:2] + self.started[:1]:
            process.terminate()
            process.wait(30)

    def down(self):
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def send(self, count, text, *more):
        done = subprocess.run([RUN, self.path('routes.conf'), str(count), text,
                               *more], capture_output=True, text=True,
                              timeout=300, env=dict(os.environ,
                                                    DUNLIN_DATADIR=SOURCE))
        words = [line.split() for line in done.stdout.splitlines()]
        return dict((w[0], float(w[1])) for w in words), done.stderr


def wait(condition, patience=30):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def arrived(kannel):
    """The texts that the fake SMSC was given, in any order."""
    texts = []
    for kind, text in re.findall(
            r'Got message \d+: <\S+ \S+ (text|ucs-2) (.*)>',
            kannel.read('fakesmsc.out')):
        if kind == 'ucs-2':
            text = urllib.parse.unquote_to_bytes(
                text.replace('+', ' ')).decode('utf-16-be', 'replace')
        texts.append(text)
    return texts


def run(kannel):
    """False and the reason, or true."""
    missing = kannel.up()
    if missing:
        return missing + ' did not start\n' + kannel.read(missing + '.out')
    wanted = []
    for count, text, encoding in LOTS:
        done, errors = kannel.send(count, text, encoding)
        wanted += [text.replace('%d', str(n)) for n in range(count)]
        print('# %d by %s in %.3f s' % (count, encoding,
                                        done.get('seconds', 0)))
        if done.get('accepted') != count:
            return '%s: %s\n%s' % (text, done, errors)
    wait(lambda: len(arrived(kannel)) >= len(wanted))
    # what is still on its way comes before they end
    kannel.end()
    got = arrived(kannel)
    if sorted(got) != sorted(wanted):
        return '%d arrived, %d of %d texts' % (len(got), len(set(got) &
                                               set(wanted)), len(wanted))
    return ''


def main():
    for program in ('bearerbox', 'smsbox', FAKESMSC):
        if not shutil.which(program):
            print('1..0 # SKIP no %s (Debian: kannel, kannel-extras)'
                  % program)
            return
    kannel = Kannel()
    try:
        why = run(kannel)
    finally:
        kannel.down()
    for line in why.splitlines()[:30]:
        print('#', line)
    print('not ok' if why else 'ok', '1 - a thousand SMS, each once')
    print('1..1')
    sys.exit(1 if why else 0)


main()
