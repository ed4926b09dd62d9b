#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The conformance suites beside the source tree, as TAP.

golden_liquid.json (jg-rp/golden-liquid) and liquid_spec.jsonl
(Shopify/liquid-spec) are read when ../shared/data/liquid holds them.  With
-v each failing case is printed.
"""
import collections
import json
import os
import re
import subprocess
import sys

SRC = os.environ.get("srcdir", ".")
BUILD = os.environ.get("builddir", ".")
DATA = os.path.join(SRC, "..", "shared", "data", "liquid")
RUNNER = os.path.join(BUILD, "tests/unit/liquid/liquid_run")
NOW = 1704067318  # 2024-01-01 00:01:58 UTC, as the suite was recorded
OPTIONAL = ("include tag", "render tag", "tablerow tag", "ifchanged tag",
            "doc tag", "base64")
VERBOSE = "-v" in sys.argv


def big(value):
    """Whole numbers beyond int64 as the runner reads them."""
    if isinstance(value, dict):
        return {key: big(item) for key, item in value.items()}
    if isinstance(value, list):
        return [big(item) for item in value]
    if type(value) is int and not -2**63 <= value < 2**63:
        return {"$big": str(value)}
    return value


def run(lines):
    text = "".join(json.dumps(big(line)) + "\n" for line in lines)
    done = subprocess.run([RUNNER, "--batch"], input=text.encode(), check=False,
                          stdout=subprocess.PIPE)
    answers = [json.loads(x) for x in done.stdout.decode().split("\n") if x]
    if done.returncode != 0 or len(answers) != len(lines):
        return None
    return answers


def golden_line(case):
    line = {"template": case["template"], "data": case.get("data", {}),
            "templates": case.get("templates", {}), "now": NOW}
    if "strict2" in case.get("tags", []):
        line["error_mode"] = "strict2"
    return line


def golden_ok(case, answer):
    if case.get("invalid"):
        return "error" in answer
    wanted = case.get("results", [case.get("result")])
    return answer.get("result") in wanted


def spec_line(case):
    modes = case.get("error_mode") or []
    line = {"template": case["template"], "now": NOW,
            "data": case.get("environment") or {},
            "templates": case.get("filesystem") or {},
            "render_errors": bool(case.get("render_errors"))}
    # recorded outputs hold the errors as they were printed
    if case["file"].startswith("shopify_production_recordings"):
        line["render_errors"] = True
    if modes:
        line["error_mode"] = modes[0]
    return line


def spec_ok(case, answer):
    errors = case.get("errors") or {}
    if "expected" in case:
        return answer.get("result") == case["expected"]
    if "expected_pattern" in case:
        return re.search(case["expected_pattern"],
                         answer.get("result", "\0"), re.S) is not None
    if "output" in errors:
        text = answer.get("result")
    else:
        text = answer.get("error")
    if text is None:
        return False
    wanted = [w for key, words in errors.items() if key != "line"
              for w in words]
    return all(w.lower() in text.lower() for w in wanted
               if w not in ("SyntaxError",))


def judge(cases, answers, check):
    failed = []
    for case, answer in zip(cases, answers):
        if not check(case, answer):
            failed.append(case)
            if VERBOSE:
                print("# FAIL", json.dumps(
                    {k: v for k, v in case.items() if k != "complexity"}))
                print("#    got", json.dumps(answer))
    return failed


def report(number, name, passed, total, least, extra=""):
    share = 100.0 * passed / total
    ok = share >= least
    print("%s %d - %s: %d of %d (%.2f%%, at least %.1f%%)%s" % (
        "ok" if ok else "not ok", number, name, passed, total, share, least,
        extra))
    return ok


def main():
    golden = os.path.join(DATA, "golden_liquid.json")
    spec = os.path.join(DATA, "liquid_spec.jsonl")
    if not (os.path.exists(golden) and os.path.exists(spec)):
        print("1..0 # SKIP no ../shared/data/liquid beside the source tree")
        return 0
    print("1..3")
    with open(golden, encoding="utf-8") as file:
        cases = json.load(file)["tests"]
    answers = run([golden_line(c) for c in cases])
    if answers is None:
        print("Bail out! the runner failed on golden_liquid")
        return 1
    failed = judge(cases, answers, golden_ok)
    core = [c for c in failed if not any(
        t.startswith(OPTIONAL) for t in c.get("tags", []))]
    ok = report(1, "golden_liquid", len(cases) - len(failed), len(cases), 99)
    print("%s 2 - golden_liquid, core: %d failing" % (
        "ok" if not core else "not ok", len(core)))
    with open(spec, encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    answers = run([spec_line(c) for c in cases])
    if answers is None:
        print("Bail out! the runner failed on liquid_spec")
        return 1
    failed = judge(cases, answers, spec_ok)
    ok = report(3, "liquid_spec", len(cases) - len(failed), len(cases),
                95) and ok
    groups = collections.Counter(c["file"] for c in failed)
    for group, count in groups.most_common():
        print("# %4d failing in %s" % (count, group))
    return 0 if ok and not core else 1


sys.exit(main())
