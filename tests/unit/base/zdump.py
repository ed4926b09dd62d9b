# SPDX-License-Identifier: ISC
"""Every zone of the system's tzdata against zdump(8), 2020 to 2037.

zdump tells changes only, so the offset at the beginning comes from it where a
zone changes, and from Python's own reader where it does not.
"""
import datetime
import os
import subprocess
import sys
import zoneinfo

ZONES = "/usr/share/zoneinfo"
START = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
# Names that are files of the folder, and no zones of ours: what this machine
# is set to, and the tree that counts leap seconds.
SKIP_TOP = {"right", "posixrules", "localtime"}


def names():
    for folder, _, files in os.walk(ZONES):
        for file in files:
            path = os.path.join(folder, file)
            name = os.path.relpath(path, ZONES)
            if name.split("/")[0] in SKIP_TOP:
                continue
            with open(path, "rb") as f:
                if f.read(4) == b"TZif":
                    yield name


def seconds(words):
    text = " ".join(words)
    time = datetime.datetime.strptime(text, "%a %b %d %H:%M:%S %Y")
    return int(time.replace(tzinfo=datetime.timezone.utc).timestamp())


def zdump(name):
    out = subprocess.run(["zdump", "-v", "-c", "2020,2038", name],
                         check=True, capture_output=True, text=True).stdout
    rows = []
    for line in out.splitlines():
        words = line.split()
        if words[-1].startswith("gmtoff=") and words[6] in ("UT", "UTC"):
            rows.append((seconds(words[1:6]), int(words[-1][7:])))
    # each change is told by the second before it and its own
    changes = [b for a, b in zip(rows, rows[1:])
               if b[0] == a[0] + 1 and b[1] != a[1]]
    inside = [r for r in rows if r[0] >= START.timestamp()]
    if changes:
        first = next(a[1] for a, b in zip(rows, rows[1:]) if b == changes[0])
    elif inside:
        first = inside[0][1]
    else:
        with open(os.path.join(ZONES, name), "rb") as f:
            zone = zoneinfo.ZoneInfo.from_file(f)
        first = int(START.astimezone(zone).utcoffset().total_seconds())
    return [(int(START.timestamp()), first)] + changes


def main():
    lister = os.path.join(os.environ.get("builddir", "."),
                          "tests/unit/base/zone_list")
    try:
        subprocess.run(["zdump", "UTC"], check=True, capture_output=True)
    except OSError:
        print("1..0 # SKIP zdump is not installed")
        return
    wanted = sorted(names())
    out = subprocess.run([lister, ZONES], check=True, capture_output=True,
                         text=True, input="".join(n + "\n" for n in wanted))
    ours = {name: [] for name in wanted}
    for line in out.stdout.splitlines():
        name, at, offset = line.split(" ", 2)
        ours[name].append((at, offset) if at == "error" else
                          (int(at), int(offset)))
    bad = 0
    for name in wanted:
        theirs = zdump(name)
        if ours[name] != theirs:
            bad += 1
            print(f"# {name}: ours {ours[name][:4]} zdump {theirs[:4]}")
    print("1..2")
    print("ok" if len(wanted) > 300 else "not ok",
          f"1 - there are {len(wanted)} zones")
    print("not ok" if bad else "ok", "2 - all agree with zdump")
    sys.exit(bad > 0)


main()
