# SPDX-License-Identifier: ISC
"""The sinks, from a test: start them, tell them rules, read their ledgers."""
import collections
import os
import signal
import subprocess

BUILD = os.path.abspath(os.environ.get('builddir', '.'))

Entry = collections.namedtuple(
    'Entry', 'ms verdict key to sha256 size connection reply')


class Sink:
    """name is smtp_sink or http_sink; words are its options."""

    def __init__(self, name, ledger, *words, rules=()):
        self.ledger = ledger
        command = [os.path.join(BUILD, 'tests/peers', name), '--stdin',
                   '--ledger', ledger, *words]
        for rule in rules:
            command += ['--do', rule]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line.startswith('port '):
            raise RuntimeError('%s does not start' % name)
        self.port = int(line.split()[1])

    def tell(self, *rules):
        for rule in rules:
            self.process.stdin.write(rule + '\n')
            self.process.stdin.flush()
            if self.process.stdout.readline() != 'ok\n':
                raise RuntimeError('the sink does not know: ' + rule)

    def entries(self):
        return read_ledger(self.ledger)

    def kill(self):
        """As a machine that loses power, as far as a process can."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        if status != 0:
            raise RuntimeError('the sink ended with %d' % status)


def read_ledger(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8', errors='surrogateescape') as fp:
        text = fp.read()
    entries = []
    for line in text[:text.rfind('\n') + 1].splitlines():
        fields = line.split('\t')
        # K.c@domain -> K.c
        fields[2] = fields[2].split('@')[0]
        entries.append(Entry(int(fields[0]), *fields[1:5], int(fields[5]),
                             int(fields[6]), fields[7]))
    return entries
