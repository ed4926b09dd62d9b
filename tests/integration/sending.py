# SPDX-License-Identifier: ISC
"""A workspace whose messages leave by real routes to the sinks: in rehearsal
with service.sandbox, so that any hour of the day and virtual time will do."""
import hashlib
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get('srcdir', '.'), 'tests/peers'))
from peer import Entry, Sink  # noqa: E402
from proof import Workspace, wait_for  # noqa: E402

FAULTS = os.environ.get('WITH_FAULTS') == 'yes'
LONG = os.environ.get('DUNLIN_LONG') == 'yes'

POLICY = '''policies = ( { name = "default"; gap = 3; all_hours = true; steps = (
  { id = "d3"; stage = "administrative"; offset = 3; channels = [ "%s" ];
    intent = "%s"; },
  { id = "d10"; stage = "administrative"; offset = 10;
    channels = [ "%s" ]; intent = "%s"; } ); } );
'''

SMTP = '''{ name = "mail"; kind = "smtp"; channels = [ "email" ];
  host = "127.0.0.1"; port = %d; tls = "none";
  sessions = %d; }'''
GATEWAY = '''{ name = "text"; kind = "gateway"; channels = [ "sms" ];
  gateway = { base = "generic"; values = { sender = "Dunlin"; };
    request = { url = "http://127.0.0.1:%d/send"; };
    auth = { kind = "none"; }; };
  limits = { concurrency = %d; }; }'''

SANDBOX = '''	sandbox = { email = "sandbox@example.test";
	    phone = "+573001112233"; };
'''


class Outbox:
    """The folder as a sink; it takes a key once, so it proves less."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = {}

    def tell(self, *rules):
        pass

    def close(self):
        pass

    def entries(self):
        if not os.path.isdir(self.folder):
            return []
        for name in os.listdir(self.folder):
            if name in self.seen:
                continue
            path = os.path.join(self.folder, name)
            with open(path, 'rb') as fp:
                data = fp.read()
            self.seen[name] = Entry(
                int(os.stat(path).st_mtime * 1000), 'taken', name, '',
                hashlib.sha256(data).hexdigest(), len(data), 0, '')
        return list(self.seen.values())


class Sending(Workspace):
    """kind of route: smtp (email), gateway (sms), both, or outbox (email)."""

    def __init__(self, kind='smtp', intent='ahead', sessions=4, rules=(),
                 words=(), batch=16):
        super().__init__()
        self.kind = kind
        self.sessions = sessions
        channel = 'sms' if kind == 'gateway' else 'email'
        self.write(self.policy, POLICY % (channel, intent, channel, intent))
        with open(self.conf, encoding='utf-8') as fp:
            text = fp.read()
        self.write(self.conf, text.replace(
            'service = {', 'service = {\n' + (
                SANDBOX if kind != 'outbox' else '') +
            '	claim_batch = %d;' % batch, 1))
        self.sinks = []
        if kind == 'outbox':
            self.sinks.append(Outbox(self.outbox))
        if kind in ('smtp', 'both'):
            self.sinks.append(self.open_sink('smtp_sink', words, rules))
        if kind in ('gateway', 'both'):
            self.sinks.append(self.open_sink('http_sink', words, rules))
        self.sink = self.sinks[0]
        if kind != 'outbox':
            self.write(os.path.join(self.dir, 'conf/routes.conf'),
                       self.routes())

    def open_sink(self, name, words, rules):
        return Sink(name, os.path.join(self.root, name), '--fsync', *words,
                    rules=rules)

    def routes(self):
        """What routes.conf says."""
        routes = []
        if self.kind in ('smtp', 'both'):
            routes.append(SMTP % (self.sinks[0].port, self.sessions))
        if self.kind in ('gateway', 'both'):
            routes.append(GATEWAY % (self.sinks[-1].port, self.sessions))
        return 'routes = ( %s );\n' % ',\n'.join(routes)

    def close(self):
        for sink in self.sinks:
            sink.close()
        super().close()

    def start(self, *args, fault=None, **popen):
        if fault is not None:
            popen['env'] = dict(self.env, DUNLIN_FAULT=fault)
        return self.daemon(*args, **popen)

    def kill(self, daemon):
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()

    def undone(self):
        """Messages that are still to go, and debts without a message."""
        return self.sql(
            "SELECT (SELECT COUNT(*) FROM message WHERE state IN ('ready',"
            " 'claimed')) + (SELECT COUNT(*) FROM instalment i WHERE NOT"
            " EXISTS (SELECT 1 FROM item t WHERE t.instalment_id = i.id))"
        )[0][0]

    def finish(self, oracle, rounds=5):
        """Drains and settles until nothing is open; the last exit status."""
        status = self.drain()
        for _ in range(rounds):
            if oracle.settle() == 0 and status == 0:
                break
            status = self.drain()
        return status


def until_ended(daemon, seconds):
    """The exit status, or None when it lives on."""
    wait_for(lambda: daemon.poll() is not None, seconds)
    return daemon.poll()


def pause(dice, most):
    time.sleep(dice.uniform(0, most))
