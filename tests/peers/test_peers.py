# SPDX-License-Identifier: ISC
"""The sinks themselves: a proof is worth what its witness is worth."""
import hashlib
import http.client
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('srcdir', '.')
sys.path.insert(0, os.path.join(SOURCE, 'tests/integration'))
sys.path.insert(0, os.path.join(SOURCE, 'tests/peers'))
from peer import Sink  # noqa: E402
from proof import Tap  # noqa: E402

BODY = (b'Message-ID: <K1.1@host.test>\r\nSubject: x\r\n\r\n'
        b'.dot\r\n..two\r\n.\r\nend\r\n')


def talk(port, data, wait=True):
    """Sends all at once; what came back until the other side closed."""
    with socket.create_connection(('127.0.0.1', port), timeout=5) as sock:
        sock.sendall(data)
        got = b''
        while wait:
            try:
                piece = sock.recv(65536)
            except ConnectionResetError:
                return got + b'RESET'
            if not piece:
                break
            got += piece
        return got


def send(smtp, to='a@x.test', body=BODY):
    smtp.sendmail('s@x.test', [to], body)


def smtp_plain(tap, root):
    sink = Sink('smtp_sink', root + '/plain', '--chunking', '--fsync')
    with smtplib.SMTP('127.0.0.1', sink.port) as smtp:
        send(smtp)
        send(smtp, body=BODY.replace(b'K1', b'K2'))
    entries = sink.entries()
    tap.ok([(e.verdict, e.key, e.to) for e in entries] ==
           [('taken', 'K1.1', 'a@x.test'), ('taken', 'K2.1', 'a@x.test')],
           'two are taken', entries)
    tap.ok(entries[0].sha256 == hashlib.sha256(BODY).hexdigest(),
           'the hash is that of the bytes without stuffing')
    half = len(BODY) // 2
    answer = talk(sink.port, b'EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@x>\r\n'
                  b'BDAT %d\r\n%sBDAT %d LAST\r\n%sQUIT\r\n' % (
                      half, BODY[:half], len(BODY) - half, BODY[half:]))
    tap.ok(b'taken' in answer and sink.entries()[-1].sha256 ==
           entries[0].sha256, 'chunks are one message', answer)
    before = len(sink.entries())
    talk(sink.port, b'EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@x>\r\n'
         b'DATA\r\nhalf of it\r\n', wait=False)
    talk(sink.port, b'QUIT\r\n')
    tap.ok(len(sink.entries()) == before, 'half a message is none')
    sink.close()


def smtp_rules(tap, root):
    sink = Sink('smtp_sink', root + '/rules', rules=(
        'at=rcpt to=no@ do=reply 550 5.1.1 nobody',
        'at=dot to=later@ do=reply 451 4.7.1 later',
        'at=dot to=never@ do=drop', 'at=dot to=lost@ do=forget',
        'at=dot to=slow@ do=delay 100', 'at=dot to=thin@ do=trickle 2',
        'at=dot to=odd@ every=2 skip=1 times=1 do=reply 452 4.3.1 full'))

    def attempt(to):
        with smtplib.SMTP('127.0.0.1', sink.port, timeout=5) as smtp:
            try:
                send(smtp, to)
                return 250
            except smtplib.SMTPRecipientsRefused as error:
                return error.recipients[to][0]
            except smtplib.SMTPDataError as error:
                return error.smtp_code
            except smtplib.SMTPServerDisconnected:
                return 0
    got = [attempt(to + '@x.test') for to in
           'yes no later never lost slow thin odd odd odd odd'.split()]
    tap.ok(got == [250, 550, 451, 0, 0, 250, 250, 250, 452, 250, 250],
           'each recipient gets its answer', got)
    verdicts = [e.verdict for e in sink.entries()]
    tap.ok(verdicts == 'taken refused refused withheld lost taken taken'
           ' taken refused taken taken'.split(), 'the ledger knows', verdicts)
    sink.tell('clear', 'at=banner do=reply 421 4.3.2 go away')
    tap.ok(talk(sink.port, b'').startswith(b'421'), '421 closes')
    sink.tell('clear', 'at=mail do=reset')
    tap.ok(b'RESET' in talk(sink.port, b'EHLO x\r\nMAIL FROM:<>\r\n'),
           'reset resets')
    sink.tell('clear', 'at=after do=reply 421 4.4.2 idle')
    with smtplib.SMTP('127.0.0.1', sink.port, timeout=5) as smtp:
        smtp.ehlo()
        smtp.mail('a@x')
        smtp.rcpt('b@x')
        tap.ok(smtp.data(BODY)[0] == 250 and smtp.getreply()[0] == 421,
               'a 421 that nobody asked for')
        smtp.close()
    sink.tell('clear', 'at=dot do=withhold')
    with socket.create_connection(('127.0.0.1', sink.port)) as sock:
        sock.sendall(b'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<w@x>\r\nDATA\r\n' +
                     BODY.replace(b'\r\n.', b'\r\n..') + b'.\r\n')
        for _ in range(500):
            if sink.entries()[-1].to == 'w@x':
                break
            sock.settimeout(0.01)
            try:
                sock.recv(4096)
            except TimeoutError:
                pass
        tap.ok(sink.entries()[-1].verdict == 'withheld', 'one is withheld')
    sink.close()


def certificate(root):
    path = root + '/cert.pem'
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
         'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
         '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
         '-keyout', path, '-out', root + '/only.pem'], check=True,
        capture_output=True)
    with open(path, 'a', encoding='ascii') as out, \
            open(root + '/only.pem', encoding='ascii') as cert:
        out.write(cert.read())
    return path


def smtp_tls(tap, root, cert):
    sink = Sink('smtp_sink', root + '/tls', '--cert', cert, '--require-tls',
                '--auth', 'ana:s3cret')
    context = ssl.create_default_context(cafile=root + '/only.pem')
    for how in ('auth_plain', 'auth_login', 'auth_cram_md5'):
        with smtplib.SMTP('localhost', sink.port, timeout=5) as smtp:
            smtp.ehlo()
            first = smtp.mail('a@x')[0]
            smtp.starttls(context=context)
            smtp.ehlo()
            smtp.user, smtp.password = 'ana', 's3cret'
            code = smtp.auth(how[5:].upper().replace('_', '-'),
                             getattr(smtp, how))[0]
            send(smtp, body=b'Message-ID: <K9.1@x>\r\n\r\n' + b'x' * 300000)
            tap.ok((first, code) == (530, 235), 'TLS and ' + how)
    with smtplib.SMTP('localhost', sink.port, timeout=5) as smtp:
        smtp.starttls(context=context)
        try:
            smtp.login('ana', 'wrong')
            good = False
        except smtplib.SMTPAuthenticationError:
            good = True
        tap.ok(good, 'a wrong password is none')
    tap.ok([e.size for e in sink.entries()] == [300026] * 3,
           'large ones are whole', sink.entries())
    sink.close()


def http_rules(tap, root, cert):
    sink = Sink('http_sink', root + '/http', '--dedup', rules=(
        'at=request to=+2 do=reply 429 Retry-After: 5\\n\\n{"e":1}',
        'at=request to=+3 do=drop'))
    web = http.client.HTTPConnection('127.0.0.1', sink.port, timeout=5)

    def post(body, kind, key=None, **more):
        headers = {'Content-Type': kind}
        if key:
            headers['Idempotency-Key'] = key
        web.request('POST', '/send', body, headers, **more)
        answer = web.getresponse()
        return answer.status, answer.read(), answer.getheader('Retry-After')
    tap.ok(post('{"to": "+1", "text": "a"}', 'application/json', 'K1.1') ==
           (201, b'{"id":"m1"}', None), 'JSON is answered')
    tap.ok(post('text=a%2Fb&to=%2B1', 'application/x-www-form-urlencoded',
                'K2.1')[0] == 201, 'a form too')
    tap.ok(post(iter([b'{"to":', b'"+1"}']), 'application/json', 'K3.1',
                encode_chunked=True)[0] == 201, 'chunks too')
    tap.ok(post('{"to":"+2"}', 'application/json', 'K4.1') ==
           (429, b'{"e":1}', '5'), 'a scripted answer')
    post('{"to":"+1"}', 'application/json', 'K1.1')
    try:
        post('{"to":"+3"}', 'application/json', 'K5.1')
        tap.ok(False, 'a drop is a drop')
    except http.client.RemoteDisconnected:
        tap.ok(True, 'a drop is a drop')
    web.close()
    web.request('GET', '/send?to=%2B1&Idempotency-Key=K6.1')
    web.getresponse().read()
    web.close()
    got = [(e.verdict, e.key, e.to) for e in sink.entries()]
    tap.ok(got == [('taken', 'K1.1', '+1'), ('taken', 'K2.1', '+1'),
                   ('taken', 'K3.1', '+1'), ('refused', 'K4.1', '+2'),
                   ('withheld', 'K5.1', '+3'), ('taken', 'K6.1', '+1')],
           'the ledger knows', got)
    sink.tell('clear', 'at=head do=drop')
    tap.ok(talk(sink.port, b'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n')
           == b'', 'a drop before the body')
    sink.tell('clear', 'at=accept do=reply 503 Retry-After: 1')
    tap.ok(talk(sink.port, b'').startswith(b'HTTP/1.1 503'), '503 at once')
    sink.close()
    sink = Sink('http_sink', root + '/https', '--cert', cert)
    tap.ok(b'HTTP' not in talk(sink.port, b'GET / HTTP/1.0\r\n\r\n'),
           'no TLS, no answer')
    web = http.client.HTTPSConnection(
        'localhost', sink.port, timeout=5, context=ssl.create_default_context(
            cafile=root + '/only.pem'))
    web.request('POST', '/', '{"to":"' + 'x' * 200000 + '"}')
    tap.ok(web.getresponse().status == 201, 'with TLS there is one')
    web.close()
    sink.close()
    tap.ok(sink.process.returncode == 0, 'it ends when told')


def main():
    tap = Tap()
    root = tempfile.mkdtemp(prefix='dunlin-peers.')
    try:
        cert = certificate(root)
        smtp_plain(tap, root)
        smtp_rules(tap, root)
        smtp_tls(tap, root, cert)
        http_rules(tap, root, cert)
    finally:
        shutil.rmtree(root)
    tap.end()


main()
