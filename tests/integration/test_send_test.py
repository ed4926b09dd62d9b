#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""dunlin send-test, check --routes and the routes in status: against a mail
server and a gateway of our own, with a password that must never be shown."""
import base64
import http.server
import json
import os
import shutil
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading

TOP = os.path.abspath(os.environ.get("srcdir", "."))
DUNLIN = os.path.abspath(os.path.join(os.environ.get("builddir", "."),
                                      "src/cli/dunlin"))
os.environ["DUNLIN_DATADIR"] = TOP
os.environ.pop("DUNLIN_CONF", None)
PASSWORD = "Hush-Hush-4711"
tests = []


def say(ok, name, detail=""):
    tests.append(ok)
    if not ok:
        for line in detail.splitlines()[:30]:
            print("#", line)
    print("ok" if ok else "not ok", len(tests), "-", name, flush=True)


class Mail(socketserver.StreamRequestHandler):
    auth = "PLAIN"
    seen = []

    def answer(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def sign_in(self, words):
        Mail.seen.append(" ".join(words))
        if words[1:2] == ["LOGIN"]:
            for question in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
                self.answer("334 " + question)
                Mail.seen.append(self.rfile.readline().decode().strip())
        elif words[1:2] == ["CRAM-MD5"]:
            self.answer("334 PDEyM0BzaW5rPg==")
            Mail.seen.append(self.rfile.readline().decode().strip())
        self.answer("235 2.7.0 welcome")

    def handle(self):
        self.answer("220 sink ready")
        while line := self.rfile.readline():
            words = line.decode("latin-1").split()
            verb = words[0].upper() if words else ""
            if verb == "EHLO":
                self.answer("250-sink\r\n250-PIPELINING\r\n250 AUTH "
                            + Mail.auth)
            elif verb == "AUTH":
                self.sign_in(words)
            elif verb == "RCPT" and b"nobody" in line:
                self.answer("550 5.1.1 User unknown")
            elif verb == "DATA":
                self.answer("354 go")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.answer("250 2.0.0 queued as 77")
            elif verb == "QUIT":
                self.answer("221 bye")
                return
            else:
                self.answer("250 2.1.0 fine")


class Web(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        Web.seen.append((dict(self.headers), self.rfile.read(size)))
        text = b"0: Accepted for delivery"
        self.send_response(202)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def serve(kind, handler):
    kind.allow_reuse_address = True
    kind.daemon_threads = True
    server = kind(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def run(*words):
    return subprocess.run([DUNLIN, *words], capture_output=True, text=True,
                          check=False, timeout=60)


def shown(done):
    return done.stdout + done.stderr


def is_secret_kept(text):
    secrets = [PASSWORD, *(base64.b64encode(s.encode()).decode()[:-2]
                           for s in (PASSWORD, "\0dunlin\0" + PASSWORD))]
    return not any(secret in text for secret in secrets)


def write_routes(mail, web):
    with open("conf/pw", "w", encoding="ascii") as file:
        file.write(PASSWORD + "\n")
    os.chmod("conf/pw", 0o600)
    with open("conf/routes.conf", "w", encoding="ascii") as file:
        file.write(f"""routes = (
  {{ name = "outbox"; channels = [ "voice", "letter" ];
     folder = "../outbox"; }},
  {{ name = "relay-1"; kind = "smtp"; channels = [ "email" ];
     host = "127.0.0.1"; port = {mail}; tls = "none"; user = "dunlin";
     password_file = "pw"; }},
  {{ name = "kannel"; kind = "gateway"; channels = [ "sms" ];
     limits: {{ per_second = 5.0; breaker: {{ seconds = 60; }}; }};
     gateway: {{ base = "kannel"; values: {{ user = "u1"; }};
       request: {{ url = "http://127.0.0.1:{web}/cgi-bin/sendsms"; }};
       auth: {{ secret = "pw"; }}; }}; }} );
""")


def test_mail():
    for auth in ("PLAIN", "LOGIN", "CRAM-MD5"):
        Mail.auth = auth
        Mail.seen.clear()
        done = run("send-test", "relay-1", "ana@example.com")
        say(done.returncode == 0 and "accepted" in done.stdout and
            "< 220 sink ready" in done.stderr and
            "> RCPT TO:<ana@example.com>" in done.stderr,
            f"a mail goes out, AUTH {auth}", shown(done))
        say(len(Mail.seen) > 0 and is_secret_kept(shown(done)) and
            not any(part in done.stderr for line in Mail.seen
                    for part in line.split()[2:] or
                    (line.split() if not line.startswith("AUTH") else ())),
            f"what signs in is not shown, AUTH {auth}", shown(done))
    done = run("send-test", "relay-1", "nobody@example.com", "--json")
    one = json.loads(done.stdout)
    say(done.returncode == 1 and one["outcome"] == "refused" and
        one["class"] == "address" and one["code"] == "550 5.1.1",
        "a refused recipient is status 1", shown(done))


def test_gateway():
    done = run("send-test", "kannel", "+573001234567")
    head, body = Web.seen[-1] if Web.seen else ({}, b"")
    say(done.returncode == 0 and head.get("X-Kannel-Password") == PASSWORD and
        b"test of the route" in body and "accepted" in done.stdout,
        "an SMS goes out by a gateway", shown(done))
    say("X-Kannel-Password: ..." in done.stderr and
        is_secret_kept(shown(done)), "its request is shown without the secret",
        shown(done))


def test_wrong():
    for words, want in ((("nope", "x"), "there is outbox, relay-1, kannel"),
                        (("relay-1", "not an address"), "byte"),
                        (("kannel", "+57"), ""),
                        (("outbox", "+573001234567", "--channel", "email"),
                         "does not carry"),
                        (("outbox", "+573001234567", "--creditor", "nope"),
                         "no creditor")):
        done = run("send-test", *words)
        say(done.returncode == 1 and done.stdout == "" and
            want in done.stderr, "refused: " + " ".join(words), shown(done))
    say(run("send-test", "relay-1").returncode == 2, "usage")


def test_check():
    mails, posts = len(Mail.seen), len(Web.seen)
    done = run("check", "--routes")
    say(done.returncode == 0 and "X-Kannel-To: 12025550100" in done.stdout and
        "RCPT TO:" in done.stdout and "into the folder" in done.stdout and
        is_secret_kept(shown(done)), "check --routes shows every route",
        shown(done))
    os.unlink("conf/pw")
    done = run("check", "--routes")
    say("X-Kannel-Password: ..." in done.stdout and
        (mails, posts) == (len(Mail.seen), len(Web.seen)),
        "no secret is read and nothing is sent", shown(done))


def test_status():
    done = run("status", "--json")
    routes = json.loads(done.stdout)["routes"]
    say([r["route"] for r in routes] == ["outbox", "relay-1", "kannel"] and
        all(r["breaker"] is None for r in routes),
        "status knows the routes", shown(done))
    with sqlite3.connect("var/dunlin.db") as store:
        store.execute("INSERT INTO meta VALUES ('route.kannel', 'version=1"
                      " until=1795000600000 k=1 state=open cause=credentials"
                      " code=403')")
        store.execute("INSERT INTO meta VALUES ('route.relay-1', 'rubbish')")
    now = ("--now", "2026-11-18T11:10:00Z")
    done = run("status", "--json", *now)
    relay, kannel = json.loads(done.stdout)["routes"][1:]
    say(kannel["breaker"] == "open" and kannel["cause"] == "credentials" and
        kannel["code"] == "403" and kannel["needs_person"] and
        kannel["until"].startswith("2026-11-18T06:16:40") and
        relay["breaker"] is None, "and what the daemon wrote", shown(done))
    done = run("status", *now)
    say("a person has to act" in done.stdout and "not used yet" in done.stdout,
        "for people too", shown(done))


def main():
    root = tempfile.mkdtemp(prefix="dunlin-send-test.")
    try:
        os.chdir(root)
        done = run("init", "ws")
        if done.returncode != 0:
            print("Bail out!", done.stderr)
            sys.exit(1)
        os.chdir("ws")
        write_routes(serve(socketserver.ThreadingTCPServer, Mail),
                     serve(http.server.ThreadingHTTPServer, Web))
        test_mail()
        test_gateway()
        test_wrong()
        test_status()
        test_check()
    finally:
        os.chdir("/")
        shutil.rmtree(root, ignore_errors=True)
    print(f"1..{len(tests)}")


main()
