# SPDX-License-Identifier: ISC
"""Hostile texts in every field, read back by parsers that are not ours.

Decoded, the header, the text part, the HTML text and the JSON value equal the
text with controls removed, byte for byte; no header, link or element appears
that a harmless text does not have.
"""
import email
import email.header
import email.policy
import email.utils
import html.parser
import json
import os
import random
import re
import subprocess
import sys

driver = os.path.join(os.environ.get("builddir", "."),
                      "tests/unit/message/test_message")
shared = os.path.join(os.environ.get("srcdir", "."),
                      "../shared/data/text/blns.json")
MESSAGES = 5


def clean(text):
    """What base's utf8_clean makes of a text, said again in Python."""
    text = text.replace("\r\n", "\n")
    text = re.sub("[\n\r\t\x85\u2028\u2029]", " ", text)
    return re.sub("[\x00-\x1f\x7f-\x9f]", "", text)


def texts():
    yield "Ana"                          # the harmless one comes first
    yield "Ana \"O'Neil\" <b>\r\nBcc: x@y"
    yield "[Ana](http://evil.test)"
    yield "\\"
    yield "a\\"
    yield "</td></table><script>alert(1)</script>"
    yield "![x](http://evil.test/p.png)"
    yield "<http://evil.test>"
    yield "http://evil.test www.evil.test x@evil.test"
    yield "{{ creditor.name }}{% if %}"
    yield "| a | b |\n|---|---|\n| c | d |"
    yield "\u202eevil\u202c \u200b\u200f שלום"
    yield " lead and trail "
    yield "a  b   c     d"
    yield "1. x"
    yield "- x"
    yield "# x"
    yield "=?UTF-8?Q?x?="
    yield "=?utf-8?b?eA==?= <x@y>, z@w"
    yield "[x]: http://evil.test \"t\""
    yield "&lt;b&gt; &#x3c;b> &nbsp; &copy"
    yield "x" * 3000
    yield "ñ" * 500
    yield "😀" * 300
    rng = random.Random(7)
    alphabet = list("ab <>&\"'[]()!*_`~#|\\-+=.:/{}%@,;") + \
        ["\r\n", "\n", "http://", "</", "ñ", "😀", "&#", "]("]
    for _ in range(300):
        yield "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 40)))
    if os.path.exists(shared):
        with open(shared, encoding="utf-8") as f:
            for s in json.load(f):
                yield s.encode("utf-8", "replace").decode().replace("\0", "")


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.links, self.text, self.skip = [], [], "", 0

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, sorted(k for k, v in attrs)))
        for k, v in attrs:
            if k in ("href", "src", "action", "background"):
                self.links.append(v)
        self.skip += tag in ("style", "title")

    def handle_endtag(self, tag):
        self.skip -= tag in ("style", "title")

    def handle_comment(self, data):
        self.tags.append(("!", data))

    def handle_data(self, data):
        if not self.skip:
            self.text += data


def decode(value):
    parts = email.header.decode_header(value.replace("\r\n", ""))
    return "".join(p if isinstance(p, str) else p.decode(c or "ascii")
                   for p, c in parts)


def between(text):
    """What stands between marks; the text itself has none."""
    return text.split("qq")[1::2]


def parts(raw):
    m = email.message_from_bytes(raw)
    kinds = [p.get_content_type() for p in m.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"], kinds
    for line in raw.split(b"\r\n"):
        assert b"\r" not in line and b"\n" not in line and len(line) <= 998
        line.decode("ascii")
    plain, page = [p.get_payload(decode=True).decode().replace("\r\n", "\n")
                   for p in m.walk() if not p.is_multipart()]
    reader = Reader()
    reader.feed(page)
    reader.close()
    return m, plain, reader


def mailbox(value):
    shown, address = email.utils.parseaddr(value.replace("\r\n", ""))
    return decode(shown), address


def check_marked(raw, want):
    m, plain, reader = parts(raw)
    assert decode(m["Subject"]) == "qq" + want + "qq", decode(m["Subject"])
    assert mailbox(m["To"]) == (want, "ana@example.com"), m["To"]
    assert mailbox(m["From"])[0] == want
    found = between(plain)
    assert found == [want] * len(found) and len(found) == 9, found
    found = between(reader.text)
    # the preheader, then the nine of the body
    assert found == [want] * len(found) and len(found) == 10, found
    return m


def check(outputs, text, harmless):
    want = clean(text)
    for n, raw in enumerate(outputs):
        # a text that no SMS can carry is refused, with the reason
        refused = ("", "parts; no provider", "WhatsApp takes", "", "")[n]
        assert isinstance(raw, bytes) or (len(want) > 120 and refused and
                                          refused in raw), raw
    m = check_marked(outputs[0], want)
    if isinstance(outputs[1], bytes):
        sms = json.loads(outputs[1])
        assert not want or between(sms["text"]) == [want, want], sms
        assert sms["to"] == "ana@example.com" and sms["channel"] == "sms"
    limited = re.sub(" {5,}", "    ", want)
    if isinstance(outputs[2], bytes):
        whatsapp = json.loads(outputs[2])
        assert whatsapp["parameters"] == ["qq" + limited + "qq"], whatsapp
    shapes = [(m.keys(), None)]
    for raw in [outputs[0]] + outputs[3:]:
        m, plain, reader = parts(raw)
        shapes.append((m.keys(), reader.tags, reader.links))
    if harmless is not None and want.strip():
        for mine, base in zip(shapes, harmless):
            assert mine == base, [x for x in zip(mine, base) if x[0] != x[1]]
    return shapes


def main():
    cases = list(texts())
    feed = "".join(t.encode().hex() + "\n" for t in cases)
    out = subprocess.run([driver, "write"], input=feed.encode(), check=True,
                         stdout=subprocess.PIPE).stdout
    print("1..%d" % len(cases))
    bad, harmless = 0, None
    for n, text in enumerate(cases, 1):
        outputs = []
        for _ in range(MESSAGES):
            head, out = out.split(b"\n", 1)
            if head.startswith(b"-1"):
                outputs.append(head.decode())
                continue
            outputs.append(out[:int(head)])
            out = out[int(head):]
        # a text that holds the marks themselves is no case for them
        why = ""
        try:
            if "qq" not in text:
                shapes = check(outputs, text, harmless)
                harmless = harmless or shapes
        except Exception as e:
            why = "%s: %s" % (type(e).__name__, e)
            bad += 1
        print("not ok" if why else "ok", n)
        if why:
            print("#", ascii(text[:100]), ascii(why[:600]))
    return 1 if bad else 0


sys.exit(main())
