# SPDX-License-Identifier: ISC
"""Seeded random cases for `dunlin lawful --batch`, thick at the edges:
gen_lawful.py [-n N] [--seed S] [--all]  writes one JSON object a line."""
import argparse
import datetime as dt
import json
import random
import sys

sys.dont_write_bytecode = True

import lawful as law  # noqa: E402

# Countries with locks and gaps come up more often.
FIRST = ("CO", "CO", "CO", "CL", "CL", "MX", "ES", "US", "US", "ZZ", "FR",
         "CR")
REST = ("PE", "EC", "BR", "AR", "UY", "PY", "GB", "IN", "ZA", "AU", "PT")
REGIONS = {
    "US": ("", "", "NY-NYC", "NY-NYC", "MA", "MA", "WA", "WA", "CA"),
    "BR": ("", "SP", "AL", "RJ", "ES", "AM", "PR"), "AR": ("", "C"),
    "ES": ("", "MD"), "CO": ("", "", "ANT"),
}
MAIN_ZONE = {
    "CO": "America/Bogota", "CL": "America/Santiago",
    "MX": "America/Mexico_City", "ES": "Europe/Madrid",
    "US": "America/New_York", "PE": "America/Lima",
    "EC": "America/Guayaquil", "BR": "America/Sao_Paulo",
    "AR": "America/Argentina/Buenos_Aires", "UY": "America/Montevideo",
    "PY": "America/Asuncion", "GB": "Europe/London", "IN": "Asia/Kolkata",
    "ZA": "Africa/Johannesburg", "AU": "Australia/Sydney",
    "FR": "Europe/Paris", "CR": "America/Costa_Rica", "PT": "Europe/Lisbon",
}
# For the fail-safe profile: zones with odd offsets and odd changes.
ODD_ZONES = ("Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe",
             "America/Havana", "Pacific/Apia", "Africa/Cairo", "Asia/Gaza",
             "America/Asuncion", "Asia/Beirut", "Pacific/Kiritimati",
             "Pacific/Chatham", "America/St_Johns", "America/Scoresbysund",
             "Europe/Berlin", "Asia/Tehran", "UTC")
OUTCOMES = ("delivered", "delivered", "answered", "no_answer", "failed")
ELECTIONS_CL = tuple(dt.date(*d) for d in (
    (2024, 10, 26), (2024, 11, 24), (2025, 6, 29), (2025, 11, 16),
    (2025, 12, 14)))
FIRST_DAY = dt.date(2024, 1, 1)
LAST_DAY = dt.date(2031, 1, 31)


def instants(zone, date, seconds):
    wall = dt.datetime.combine(date, dt.time()) \
        + dt.timedelta(seconds=seconds)
    return sorted(law.instants_of_wall(zone, wall))


_dst_days = {}


def dst_days(zone):
    if zone not in _dst_days:
        low = (FIRST_DAY - dt.date(1970, 1, 1)).days
        high = (LAST_DAY - dt.date(1970, 1, 1)).days
        _dst_days[zone] = [t for d in range(low, high)
                           for t in law.transitions(zone, d)]
    return _dst_days[zone]


def pick_date(rng, case, zone):
    span = (LAST_DAY - FIRST_DAY).days
    date = FIRST_DAY + dt.timedelta(days=rng.randrange(span))
    mode = rng.random()
    if mode < 0.25:
        listed = law.holidays(case["country"], case["region"], date.year)
        if listed:
            date = rng.choice(listed)[0] \
                + dt.timedelta(days=rng.randint(-2, 1))
    elif mode < 0.40:
        changes = dst_days(zone)
        if changes:
            date = law.local(zone, rng.choice(changes)).date() \
                + dt.timedelta(days=rng.randint(-1, 1))
    elif mode < 0.55:
        date += dt.timedelta(days=rng.choice((5, 6, 7, 8))
                             - date.weekday())
    elif mode < 0.60:
        date = dt.date(2026, 9, 1) + dt.timedelta(days=rng.randint(-9, 9))
    elif mode < 0.65:
        date = date.replace(day=1) - dt.timedelta(days=rng.randint(0, 1))
    return max(date, FIRST_DAY)


def pick_instant(rng, case, zone):
    date = pick_date(rng, case, zone)
    profile = law.profile_of(case["country"], case["region"])
    edges = {0, 86400} | {m * 60 for span in profile.week.values()
                          for m in span}
    mode = rng.random()
    if mode < 0.35:
        seconds = rng.choice(sorted(edges)) + rng.choice((-1, 0, 1))
    elif mode < 0.93:
        seconds = rng.randrange(9 * 3600, 21 * 3600)
    else:
        seconds = rng.randrange(0, 86400)
    at = rng.choice(instants(zone, date, seconds))
    if rng.random() < 0.02:
        at -= 1
    return at


def pick_history(rng, case, zone, at):
    found = []
    monday = law.local(zone, at).date()
    monday -= dt.timedelta(days=monday.weekday())
    today = law.local(zone, at).date()
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 4, 8))):
        mode = rng.random() * (0.8 if rng.random() < 0.5 else 1)
        nudge = rng.choice((-1000, 0, 0, 1000))
        if mode < 0.15:
            when = at - 48 * law.HOUR + nudge
        elif mode < 0.30:
            when = at - 168 * law.HOUR + nudge
        elif mode < 0.40:
            when = rng.choice(instants(zone, monday, 0)) + nudge
        elif mode < 0.50:
            when = rng.choice(instants(zone, today, 0)) + nudge
        elif mode < 0.60:
            when = at - rng.choice((0, 1000, 60000))
        elif mode < 0.75:
            earlier = monday + dt.timedelta(
                days=rng.randrange(max((today - monday).days, 1)))
            when = rng.choice(instants(zone, earlier,
                                       rng.randrange(8 * 3600, 64800)))
        elif mode < 0.85:
            when = at - rng.randrange(4 * 86400) * 1000
        else:
            when = at - rng.randrange(35 * 86400) * 1000
        channel = case["channel"] if rng.random() < 0.5 \
            else rng.choice(law.CHANNELS)
        outcome = rng.choice(OUTCOMES)
        if channel not in ("voice", "visit") and outcome == "no_answer":
            outcome = "delivered"
        if when <= at and all(when != other[0] for other in found):
            found.append((when, channel, outcome))
    if rng.random() < 0.8:
        found.sort()
    return found


def disputed(case, at):
    """Days on which the documents leave the list open (CHOICES)."""
    day = law.local("UTC", at).date()
    year = day.year
    if case["country"] == "CL":
        return any(-12 <= (e - day).days <= 2 for e in ELECTIONS_CL)
    if case["country"] == "EC" and year not in law.EC_NOVEMBER:
        return dt.date(year, 10, 10) <= day <= dt.date(year, 11, 6)
    if case["country"] == "AR":
        return year > max(law.AR_YEARLY)
    return False


def make_case(rng, countries):
    while True:
        country = rng.choice(countries)
        case = {"country": country,
                "region": rng.choice(REGIONS.get(country, ("",))),
                "channel": rng.choice(law.CHANNELS)}
        listed = law.zones_of(country)
        if country == "ZZ":
            zone = case["zone"] = rng.choice(ODD_ZONES)
        else:
            zone = MAIN_ZONE[country]
            mode = rng.random()
            if mode < 0.2:
                zone = rng.choice(listed)
            case["zone"] = None if mode > 0.7 else zone
        at = pick_instant(rng, case, zone)
        if disputed(case, at):
            continue
        case["type"] = rng.choice((None, "consumer", "consumer", "consumer",
                                   "business"))
        shown = rng.choice(("UTC", zone, "Asia/Kolkata"))
        case["at"] = law.format_instant(at, shown)
        case["history"] = [
            {"at": law.format_instant(t, rng.choice(("UTC", zone))),
             "channel": c, "outcome": o}
            for t, c, o in pick_history(rng, case, zone, at)]
        return case


def cases(seed, n, everything):
    rng = random.Random(seed)
    countries = FIRST + REST if everything else FIRST
    for _ in range(n):
        yield make_case(rng, countries)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true",
                        help="every country of A1, not only the first packs")
    args = parser.parse_args()
    for case in cases(args.seed, args.n, args.all):
        print(json.dumps(case))


if __name__ == "__main__":
    sys.exit(main())
