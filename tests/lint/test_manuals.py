#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The manual pages against the programs: mandoc finds nothing; dunlin(1) has
every command and option of `dunlin --help` and no other; dunlind(8) has every
option and every log event with its level and fields."""
import os
import re
import shutil
import subprocess
import sys

TOP = os.environ.get("srcdir", ".")
BUILD = os.environ.get("builddir", ".")
PAGES = ("dunlin.1", "dunlin-import.5", "dunlin-templates.5", "dunlin.conf.5",
         "dunlind.8")
COMMON = {"json", "help", "now", "version"}


class Skip(Exception):
    pass


def page(name):
    with open(os.path.join(TOP, "doc", name), encoding="utf-8") as file:
        return file.read()


def run(*args):
    result = subprocess.run(args, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(args)}: {result.stderr.strip()}")
    return result.stdout


def program(name):
    path = os.path.join(BUILD, name)
    if not os.access(path, os.X_OK):
        raise Skip(f"{name} is not built")
    return path


def compare(what, said, real):
    for name in sorted(real - said):
        yield f"{what} {name} is not in the manual"
    for name in sorted(said - real):
        yield f"{what} {name} is in the manual only"


# --- mandoc ------------------------------------------------------------------

def check_mandoc(name):
    if shutil.which("mandoc") is None:
        raise Skip("mandoc is not installed")
    result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                             os.path.join(TOP, "doc", name)],
                            capture_output=True, text=True, check=False)
    yield from result.stdout.splitlines() + result.stderr.splitlines()


def check_references():
    for name in PAGES:
        for title, section in re.findall(r"^\.Xr (dunlin\S*) (\d)",
                                         page(name), re.M):
            if f"{title}.{section}" not in PAGES:
                yield f"{name}: there is no {title}({section})"


# --- dunlin(1) -----------------------------------------------------------------

def long_options(text):
    """Options that have an entry of their own."""
    found = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.M):
        found |= set(re.findall(r"(?:^|\s)-([a-z][a-z-]*)", line))
    return found


def help_options(text):
    return set(re.findall(r"^  --([a-z][a-z-]*)", text, re.M))


def commands_of_manual():
    text = page("dunlin.1").split(".Sh COMMANDS\n")[1].split("\n.Sh ")[0]
    parts = re.split(r"^\.Ss (\S+)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def check_commands():
    dunlin = program("src/cli/dunlin")
    said = commands_of_manual()
    real = set(re.findall(r"^  ([a-z][a-z-]*) ", run(dunlin, "--help"), re.M))
    yield from compare("command", set(said), real)
    for name in sorted(real & set(said)):
        options = help_options(run(dunlin, name, "--help")) - COMMON
        yield from compare(f"{name}: option", long_options(said[name]),
                           options)
        shown = set(re.findall(r"\bFl -([a-z][a-z-]*)", said[name]))
        for option in sorted(shown - options - COMMON):
            yield f"{name}: there is no option {option}"


# --- dunlind(8) ----------------------------------------------------------------

def check_daemon_options():
    text = page("dunlind.8").split(".Ss Rehearsal")[0]
    help_text = run(program("src/dunlind/dunlind"), "--help")
    # what a usage text need not say
    real = help_options(help_text) | {"help", "version"}
    yield from compare("option", long_options(text), real)
    for letter in re.findall(r"^  -([a-z]) ", help_text, re.M):
        if not re.search(rf"^\.It Fl {letter}\b", text, re.M):
            yield f"option -{letter} is not in the manual"


def events_of_sources():
    call = re.compile(r"\blog_(debug|info|warn|error|fatal)\(\s*[^,;\"]+,\s*"
                      r"\"([a-z_.]+)\"(.*?)\);", re.S)
    for folder, _, names in os.walk(os.path.join(TOP, "src")):
        for name in sorted(names):
            if not name.endswith(".c"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            calls = call.findall(text)
            if len(calls) != len(re.findall(r"\blog_(?:debug|info|warn|error|"
                                            r"fatal)\(", text)):
                yield f"{name}: a log call that this test cannot read", "", ()
            for level, event, rest in calls:
                fields = re.findall(r"LOG_(?:STR|INT|ADDR)\(\"(\w+)\"", rest)
                yield event, level, tuple(fields)


def check_events():
    said = {}
    for event, level, fields in re.findall(
            r"^\.It Li (\S+) Pq (\w+) : Va (.*)$", page("dunlind.8"), re.M):
        said[event] = (level, set(fields.split(" , ")))
    real = {}
    for event, level, fields in events_of_sources():
        before = real.setdefault(event, (level, set()))
        real[event] = (level, before[1] | set(fields))
    yield from compare("event", set(said), set(real))
    for event in sorted(set(said) & set(real)):
        if said[event] != real[event]:
            yield f"{event}: the code logs {real[event]}, the manual says" \
                  f" {said[event]}"


# --- TAP -------------------------------------------------------------------------

CHECKS = [(f"mandoc finds nothing in {name}",
           lambda name=name: check_mandoc(name)) for name in PAGES] + [
    ("pages refer to pages that are there", check_references),
    ("dunlin(1) has the commands and options", check_commands),
    ("dunlind(8) has the options", check_daemon_options),
    ("dunlind(8) has the log events", check_events),
]


def main():
    print(f"1..{len(CHECKS)}")
    for number, (title, check) in enumerate(CHECKS, 1):
        try:
            found = list(check())
        except Skip as why:
            print(f"ok {number} - {title} # SKIP {why}")
            continue
        for line in found:
            print("#", line)
        print("not ok" if found else "ok", number, "-", title)
    return 0


sys.exit(main())
