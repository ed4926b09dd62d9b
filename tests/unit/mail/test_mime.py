# SPDX-License-Identifier: ISC
"""What mail writes, read back by Python's email package."""
import email
import email.policy
import json
import os
import random
import re
import subprocess
import sys

driver = os.path.join(os.environ.get("builddir", "."),
                      "tests/unit/mail/test_mail")
shared = os.path.join(os.environ.get("srcdir", "."),
                      "../shared/data/text/blns.json")


def clean(text):
    """A stand-in for base's utf8_clean: no controls, one line."""
    text = re.sub(r"\r\n|[\r\n\t\x85\u2028\u2029]", " ", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", text)


def records():
    rng = random.Random(2)
    alphabet = ["a", "Z", "0", " ", "  ", ".", ",", "\"", "\\", "<", ">", "@",
                "=?", "?=", "=", "_", "ñ", "é", "😀", "\u200f", "ש", "日本",
                "-", "'", "(", ")", ":", ";", "x" * 40, "From ", "&amp;"]
    yield "Ana \"O'Neil\" <b> Bcc: x@y", "s", "t\n", "<p>t</p>", ""
    yield "[Ana](http://evil.test)", "", "", "", "Factura Nº 123.pdf"
    for n in range(400):
        def text(most):
            return "".join(rng.choice(alphabet)
                           for _ in range(rng.randrange(most)))
        body = "\n".join(text(30) for _ in range(rng.randrange(20)))
        yield text(12), text(40), body + "\n", "<p>" + body + "\n", text(6)
    if os.path.exists(shared):
        with open(shared, encoding="utf-8") as f:
            for s in json.load(f):
                s = s.encode("utf-8", "replace").decode("utf-8")
                yield clean(s), clean(s), s, s, clean(s)[:60]


def check(raw, name, subject, text, html, file):
    for line in raw.split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line, "bare CR or LF"
        assert len(line) <= 998 and b"\0" not in line
        line.decode("ascii")
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    for line in head:
        assert len(line) <= 78 or b" " not in line.strip(), line
        for word in re.findall(rb"=\?UTF-8\?[QB]\?.*?\?=", line):
            assert len(word) <= 75
            assert len(line) <= 76, line
    m = email.message_from_bytes(raw, policy=email.policy.default)
    names = [k for k in m.keys()]
    want = ["Date", "From", "To", "Message-ID", "Subject", "MIME-Version",
            "Content-Language", "Content-Type"]
    if not html and not file:
        want.append("Content-Transfer-Encoding")
    assert names == want, names
    old = email.message_from_bytes(raw)     # the other parser
    def decode(value):
        parts = email.header.decode_header(value.replace("\r\n", ""))
        return "".join(p if isinstance(p, str) else p.decode(c or "ascii")
                       for p, c in parts)
    assert decode(old["Subject"]) == subject, (decode(old["Subject"]), subject)
    for who, address in (("To", "ana@example.com"), ("From", "c@example.com")):
        shown, at = email.utils.parseaddr(old[who].replace("\r\n", ""))
        assert at == address, old[who]
        assert decode(shown) == name, (decode(shown), name)
        assert len(m[who].addresses) == 1
        assert m[who].addresses[0].addr_spec == address
    def body(part):
        return part.get_payload(decode=True).decode().replace("\r\n", "\n")
    parts = [p for p in m.walk() if not p.is_multipart()]
    types = ["text/plain"] + ["text/html"] * bool(html) + \
        ["application/pdf"] * bool(file)
    assert [p.get_content_type() for p in parts] == types
    def lines(s):
        return s.replace("\r\n", "\n").rstrip("\n")
    assert lines(body(parts[0])) == lines(text), (body(parts[0]), text)
    if html:
        assert lines(body(parts[1])) == lines(html)
    if file:
        # the new parser stops at the plain form, the old one knows both
        old_part = [p for p in old.walk() if not p.is_multipart()][-1]
        values = [v for k, v in old_part.get_params(
            header="content-disposition") if k == "filename"]
        named = values[-1] if isinstance(values[-1], str) else \
            values[-1][2].encode("latin-1").decode("utf-8")
        assert named == file, (named, file)
        assert parts[-1].get_payload(decode=True) == \
            b"%PDF-1.7 \x00\xff not really"
    return m


def main():
    cases = list(records())
    feed = "".join(" ".join(f.encode().hex() for f in c) + "\n"
                   for c in cases)
    out = subprocess.run([driver, "write"], input=feed.encode(), check=True,
                         stdout=subprocess.PIPE).stdout
    print("1..%d" % len(cases))
    bad = 0
    for n, case in enumerate(cases, 1):
        size, out = out.split(b"\n", 1)
        if size.startswith(b"-1"):
            why = size.decode()
        else:
            raw, out = out[:int(size)], out[int(size):]
            try:
                check(raw, *case)
                why = ""
            except Exception as e:
                why = "%s: %s" % (type(e).__name__, e)
        print(("not ok" if why else "ok"), n)
        if why:
            bad += 1
            print("#", ascii(why), ascii(case[0]), ascii(case[1]))
    return 1 if bad else 0


sys.exit(main())
