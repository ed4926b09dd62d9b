# SPDX-License-Identifier: ISC
"""The main job end to end beside clients that only send: claim, render, last
look, seal, intent, wire, outcome and audit log, all durable."""
import glob
import os
import shutil
import socket
import sqlite3
import subprocess
import sys

import bench

sys.path.insert(0, os.path.join(bench.TOP, "tests/integration"))
os.environ.setdefault("srcdir", bench.TOP)
import sending  # noqa: E402

MESSAGES = bench.size("BENCH_MESSAGES", 8000)
SESSIONS = bench.size("BENCH_SESSIONS", 8)
HANDLES = bench.size("BENCH_HANDLES", 64)
BYTES = 8192
FILLING = ("Texto de relleno, para que el mensaje tenga el peso de uno real:"
           " linea %d de muchas.")


class SmtpSink:
    """Postfix's own sink, which smtp-source is measured with."""

    def __init__(self):
        for name in ("smtp-sink", "smtp-source"):
            if self.path(name) is None:
                raise bench.Skip("no %s (Debian: postfix)" % name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.process = subprocess.Popen(
            [self.path("smtp-sink"), *user, "127.0.0.1:%d" % self.port,
             "512"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not sending.wait_for(self.answers, 10):
            raise bench.Skip("smtp-sink does not start")

    @staticmethod
    def path(name):
        return shutil.which(name) or shutil.which(name, path="/usr/sbin")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait()


class Job(sending.Sending):
    """A workspace with MESSAGES due, and a way to the sink."""

    def __init__(self, kind, sink):
        self.given = sink
        super().__init__(kind, sessions=SESSIONS if kind == "smtp" else
                         HANDLES, batch=200)
        if kind == "smtp":
            self.fill()
        self.invoices(0, MESSAGES)

    def open_sink(self, name, words, rules):
        return self.given

    def fill(self):
        """Up to about BYTES on the wire, as text and as HTML."""
        lines = "\n\n".join(FILLING % n for n in range(26))
        for path in glob.glob(self.dir + "/templates/es/*.email.liquid"):
            with open(path, "a", encoding="utf-8") as file:
                file.write("\n" + lines + "\n")

    def close(self):
        self.sinks = []
        super().close()

    def run_daemon(self):
        """From the first hand-over to the last outcome; the start of the
        program and what is planned before it are left out."""
        result = bench.run([os.path.join(bench.BUILD, "src/dunlind/dunlind"), "-f", "--once"],
                           cwd=self.dir, env=self.env)
        db = sqlite3.connect(self.store)
        first, last, count = db.execute(
            "SELECT MIN(started_at), MAX(ended_at), COUNT(*) FROM attempt"
            " WHERE outcome = 'accepted'").fetchone()
        db.close()
        if count != MESSAGES:
            raise RuntimeError("%d of %d messages left" % (count, MESSAGES))
        result.seconds = (last - first) / 1000
        return result


def end_to_end(kind, sink, peer):
    jobs = []

    def prepare():
        while jobs:
            jobs.pop().close()
        jobs.append(Job(kind, sink))

    def close():
        while jobs:
            jobs.pop().close()
        sink.close()

    return bench.Row(MESSAGES, "messages", lambda: jobs[-1].run_daemon(),
                     peer, prepare=prepare, close=close)


@bench.row("e-mail, end to end")
def email(folder):
    sink = SmtpSink()
    row = end_to_end("smtp", sink, lambda: bench.run(
        [sink.path("smtp-source"), "-d", "-s", str(SESSIONS), "-m",
         str(MESSAGES), "-l", str(BYTES), "-f", "a@x.test", "-t", "b@x.test",
         "127.0.0.1:%d" % sink.port]))
    row.note = "%d sessions; peer smtp-source -d" % SESSIONS
    return row


@bench.row("gateway, end to end")
def gateway(folder):
    if shutil.which("h2load") is None:
        raise bench.Skip("no h2load (Debian: nghttp2-client)")
    body = os.path.join(folder, "body")
    with open(body, "w", encoding="ascii") as file:
        file.write('{"to":"+573001112233","text":"%s"}' % ("x" * 160))
    sink = sending.Sink("http_sink", os.path.join(folder, "ledger"))
    row = end_to_end("gateway", sink, lambda: bench.run(
        ["h2load", "--h1", "-t1", "-c", str(HANDLES), "-n", str(MESSAGES),
         "-d", body, "-H", "content-type: application/json",
         "http://127.0.0.1:%d/send" % sink.port]))
    row.note = "%d connections; peer h2load" % HANDLES
    return row
