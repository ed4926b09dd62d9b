# SPDX-License-Identifier: ISC
"""Contact law, a second time: slow, plain, and written without the C source.

lawful(country, region, channel, type, zone, instant, history) answers as
`dunlin lawful` does; holidays(country, region, year) as `dunlin calendar`.
Instants are integer milliseconds UTC.  The rules are those of COMPLIANCE.md
A0-A1 with the readings of CLI.md; where both leave room, CHOICES says what
was taken.
"""
import datetime as dt
import json
import sys
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE_TAB = "/usr/share/zoneinfo/zone.tab"
CHANNELS = ("email", "sms", "whatsapp", "voice", "letter", "visit")
HORIZON_DAYS = 70
HOUR = 3600 * 1000
DAY = 24 * HOUR
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)

# Zones of zone.tab where nobody lives; each with its reason.
UNINHABITED = {
    "Antarctica/Macquarie": "AU: a research station, no residents",
    "Antarctica/Vostok": "AQ: station", "Antarctica/Casey": "AQ: station",
    "Antarctica/Davis": "AQ: station", "Antarctica/Mawson": "AQ: station",
    "Antarctica/DumontDUrville": "AQ: station",
    "Antarctica/McMurdo": "AQ: station", "Antarctica/Palmer": "AQ: station",
    "Antarctica/Rothera": "AQ: station", "Antarctica/Syowa": "AQ: station",
    "Antarctica/Troll": "AQ: station",
    "Indian/Kerguelen": "TF: a research station, no residents",
    "Atlantic/South_Georgia": "GS: staff of stations, no residents",
    "Pacific/Wake": "UM: a military airfield, no residents",
}


# ---------------------------------------------------------------- instants

def parse_instant(text):
    """RFC 3339 to milliseconds."""
    when = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if when.tzinfo is None:
        raise ValueError("instant without offset: " + text)
    delta = when - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1000 \
        + delta.microseconds // 1000


def format_instant(ms, zone="UTC"):
    when = (EPOCH + dt.timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone))
    spec = "milliseconds" if ms % 1000 else "seconds"
    return when.isoformat(timespec=spec).replace("+00:00", "Z")


def local(zone, ms):
    """Wall clock in zone, without offset."""
    when = EPOCH + dt.timedelta(milliseconds=ms)
    return when.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instants_of_wall(zone, wall):
    """The instants that a wall clock time may stand for (1, or 2 at a fold;
    around a gap two neighbours of it)."""
    found = set()
    for fold in (0, 1):
        aware = wall.replace(tzinfo=ZoneInfo(zone), fold=fold)
        delta = aware.astimezone(dt.timezone.utc) - EPOCH
        found.add((delta.days * 86400 + delta.seconds) * 1000
                  + delta.microseconds // 1000)
    return found


def offset_at(zone, ms):
    when = EPOCH + dt.timedelta(milliseconds=ms)
    return when.astimezone(ZoneInfo(zone)).utcoffset()


@lru_cache(maxsize=None)
def transitions(zone, utc_day):
    """Offset changes inside one UTC day, to the millisecond."""
    low, high = utc_day * DAY, (utc_day + 1) * DAY
    if offset_at(zone, low) == offset_at(zone, high):
        return ()
    first = offset_at(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle) == first:
            low = middle
        else:
            high = middle
    return (high,)


@lru_cache(maxsize=None)
def zones_of(country):
    """Every zone of zone.tab for the country, without the uninhabited."""
    found = []
    with open(ZONE_TAB, encoding="utf-8") as tab:
        for line in tab:
            if line.startswith("#"):
                continue
            fields = line.rstrip("\n").split("\t")
            if fields[0] == country:
                found.append(fields[2])
    lived_in = [z for z in found if z not in UNINHABITED]
    return tuple(lived_in or found)


# ---------------------------------------------------------------- holidays

def easter(year):
    """Gregorian Easter Sunday, by the tables of the computus: the first
    Sunday after the ecclesiastical full moon that is on or after 21 March."""
    golden = year % 19 + 1
    century = year // 100 + 1
    skipped = 3 * century // 4 - 12
    moon = (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - skipped - 10
    epact = (11 * golden + 20 + moon - skipped) % 30
    if (epact == 25 and golden > 11) or epact == 24:
        epact += 1
    full = 44 - epact
    if full < 21:
        full += 30
    full += 7 - (sunday + full) % 7
    return dt.date(year, 3, 1) + dt.timedelta(days=full - 1)


def days(count):
    return dt.timedelta(days=count)


def monday_on_or_after(day):
    return day + days(-day.weekday() % 7)


def nth_weekday(year, month, weekday, n):
    first = dt.date(year, month, 1)
    return first + days((weekday - first.weekday()) % 7 + 7 * (n - 1))


def last_weekday(year, month, weekday):
    nxt = dt.date(year + month // 12, month % 12 + 1, 1) - days(1)
    return nxt - days((nxt.weekday() - weekday) % 7)


class Year:
    """Collects the holidays of one country and year."""

    def __init__(self, year):
        self.year = year
        self.found = []          # (date, rule, optional)
        self.sunday = easter(year)

    def add(self, day, rule, optional=False):
        self.found.append((day, rule, optional))

    def fixed(self, *texts, optional=False):
        for text in texts:
            month, day = map(int, text.split("-"))
            self.add(dt.date(self.year, month, day), text, optional)

    def easter(self, *offsets, optional=False):
        for n in offsets:
            self.add(self.sunday + days(n), "E%+d" % n, optional)

    def monday(self, *texts):
        for text in texts:
            month, day = map(int, text.split("-"))
            self.add(monday_on_or_after(dt.date(self.year, month, day)),
                     "M>=" + text)

    def moved(self, mover, *texts, optional=False):
        for text in texts:
            month, day = map(int, text.split("-"))
            self.add(mover(dt.date(self.year, month, day)), text + "m",
                     optional)


def holidays_co(y):
    y.fixed("01-01", "05-01", "07-20", "08-07", "12-08", "12-25")
    y.monday("01-06", "03-19", "06-29", "08-15", "10-12", "11-01", "11-11")
    y.easter(-3, -2, 43, 64, 71)
    if y.year >= 2026:
        y.monday("07-09")


def move_cl(day):
    """Ley 19.668: Tuesday to Thursday to the Monday before, Friday to the
    Monday after."""
    if day.weekday() in (TUE, WED, THU):
        return day - days(day.weekday())
    if day.weekday() == FRI:
        return day + days(3)
    return day


def holidays_cl(y):
    y.fixed("01-01", "05-01", "05-21", "07-16", "08-15", "09-18", "09-19",
            "11-01", "12-08", "12-25")
    y.easter(-2, -1)
    if y.year >= 2021:
        # June solstice in Chile's time; Ley 21.357 itself named the 21st
        # for 2021.
        early = y.year % 4 in (0, 1) and y.year != 2021
        y.fixed("06-20" if early else "06-21")
    y.moved(move_cl, "06-29", "10-12")
    evangelical = dt.date(y.year, 10, 31)
    if evangelical.weekday() == TUE:          # Ley 20.299
        evangelical -= days(4)
    elif evangelical.weekday() == WED:
        evangelical += days(2)
    y.add(evangelical, "10-31m")
    second = dt.date(y.year, 1, 2)
    if second.weekday() == MON:               # Ley 20.983
        y.add(second, "01-02 if Monday")
    eve = dt.date(y.year, 9, 17)
    if eve.weekday() in (MON, FRI):           # Leyes 20.215 and 20.983
        y.add(eve, "09-17 if Monday or Friday")
    after = dt.date(y.year, 9, 20)
    if after.weekday() == FRI:                # Ley 20.215
        y.add(after, "09-20 if Friday")


def holidays_pe(y):
    y.fixed("01-01", "05-01", "06-07", "06-29", "07-23", "07-28", "07-29",
            "08-06", "08-30", "10-08", "11-01", "12-08", "12-09", "12-25")
    y.easter(-3, -2)


def move_ec(day):
    steps = {TUE: -1, WED: 2, THU: 1, SAT: -1, SUN: 1}
    return day + days(steps.get(day.weekday(), 0))


# 2 and 3 November by the ministry's yearly lists.
EC_NOVEMBER = {
    2022: ("11-03", "11-04"), 2023: ("11-02", "11-03"),
    2024: ("11-01", "11-04"), 2025: ("11-03", "11-04"),
    2026: ("11-02", "11-03"),
}


def holidays_ec(y):
    y.fixed("01-01", "12-25")
    y.easter(-48, -47, -2)
    y.moved(move_ec, "05-01", "05-24", "08-10", "10-09")
    if y.year in EC_NOVEMBER:
        y.fixed(*EC_NOVEMBER[y.year])
    else:
        y.fixed("11-02", "11-03")
        y.moved(move_ec, "11-02", "11-03")


def holidays_mx(y):
    y.fixed("01-01", "05-01", "09-16", "12-25")
    y.add(nth_weekday(y.year, 2, MON, 1), "1MON-02")
    y.add(nth_weekday(y.year, 3, MON, 3), "3MON-03")
    y.add(nth_weekday(y.year, 11, MON, 3), "3MON-11")
    if y.year >= 2024 and (y.year - 2030) % 6 == 0:
        y.fixed("10-01")


def holidays_br(y):
    y.fixed("01-01", "04-21", "05-01", "09-07", "10-12", "11-02", "11-15",
            "12-25")
    y.easter(-2)
    y.easter(-48, -47, 60, optional=True)
    if y.year >= 2024:
        y.fixed("11-20")


def move_ar(day):
    """Ley 27.399: Tuesday and Wednesday to the Monday before, Thursday and
    Friday to the Monday after; at a weekend it stays."""
    steps = {TUE: -1, WED: -2, THU: 4, FRI: 3}
    return day + days(steps.get(day.weekday(), 0))


# Bridge days and moves by decree.
AR_YEARLY = {
    2024: ("04-01", "06-21", "10-11"),
    2025: ("05-02", "08-15", "11-21"),
    2026: ("03-23", "07-10", "12-07"),
}


def holidays_ar(y):
    y.fixed("01-01", "03-24", "04-02", "05-01", "05-25", "06-20", "07-09",
            "12-08", "12-25")
    y.easter(-48, -47, -2)
    y.moved(move_ar, "06-17", "08-17", "10-12", "11-20")
    y.fixed(*AR_YEARLY.get(y.year, ()))


def move_uy(day):
    """Ley 16.805, for the optional days it names."""
    steps = {TUE: -1, WED: -2, THU: 4, FRI: 3}
    return day + days(steps.get(day.weekday(), 0))


def holidays_uy(y):
    y.fixed("01-01", "05-01", "07-18", "08-25", "12-25")
    y.fixed("01-06", "06-19", "11-02", optional=True)
    y.easter(-48, -47, -6, -5, -4, -3, -2, optional=True)
    y.moved(move_uy, "04-19", "05-18", "10-12", optional=True)


def holidays_py(y):
    y.fixed("01-01", "03-01", "05-01", "05-14", "05-15", "06-12", "08-15",
            "09-29", "12-08", "12-25")
    y.easter(-3, -2)


def holidays_es(y):
    y.fixed("01-01", "01-06", "05-01", "08-15", "10-12", "11-01", "12-06",
            "12-08", "12-25")
    y.easter(-2)


def holidays_gb(y):
    y.easter(-2, 1)
    y.add(nth_weekday(y.year, 5, MON, 1), "1MON-05")
    y.add(last_weekday(y.year, 5, MON), "lastMON-05")
    y.add(last_weekday(y.year, 8, MON), "lastMON-08")
    taken = set()
    for text in ("01-01", "12-25", "12-26"):
        month, day = map(int, text.split("-"))
        when = dt.date(y.year, month, day)
        if when.weekday() >= SAT:
            when = monday_on_or_after(when)
        if when in taken:
            when += days(1)
        # Christmas on a Sunday leaves Boxing Day on its Monday
        if text == "12-25" and when == dt.date(y.year, 12, 26):
            when += days(1)
        taken.add(when)
        y.add(when, text + " or substitute")


def holidays_au(y):
    y.fixed("01-01", "01-26", "04-25", "12-25", "12-26")
    y.easter(-2, 1)
    for text in ("01-01", "01-26"):
        month, day = map(int, text.split("-"))
        when = dt.date(y.year, month, day)
        if when.weekday() >= SAT:
            y.add(monday_on_or_after(when), text + " substitute")
    christmas = dt.date(y.year, 12, 25)
    if christmas.weekday() == SAT:
        y.fixed("12-27", "12-28")
    elif christmas.weekday() == SUN:
        y.fixed("12-27")
    elif christmas.weekday() == FRI:
        y.fixed("12-28")


HOLIDAYS = {
    "CO": holidays_co, "CL": holidays_cl, "PE": holidays_pe,
    "EC": holidays_ec, "MX": holidays_mx, "BR": holidays_br,
    "AR": holidays_ar, "UY": holidays_uy, "PY": holidays_py,
    "ES": holidays_es, "GB": holidays_gb, "AU": holidays_au,
}


@lru_cache(maxsize=None)
def holidays(country, region, year):
    """Sorted tuple of (date, rule, optional); the shipped lists are national,
    a region adds none."""
    rule = HOLIDAYS.get(country)
    if rule is None:
        return ()
    collected = Year(year)
    rule(collected)
    return tuple(sorted(collected.found))


@lru_cache(maxsize=None)
def closing_days(country, region, year):
    # Neighbour years: a rule may move a day over New Year.
    return frozenset(day for y in (year - 1, year, year + 1)
                     for day, _, optional in holidays(country, region, y)
                     if not optional)


# ---------------------------------------------------------------- profiles

VOICE = frozenset(("voice", "visit"))         # visits follow voice
SMS, WA, EMAIL = (frozenset((c,)) for c in ("sms", "whatsapp", "email"))
MSG = frozenset(("sms", "whatsapp", "email", "letter"))
ANY = frozenset(CHANNELS)


def hours(**spans):
    """Weekday -> (open, close) in minutes; keys such as mon_fri, sat."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    week = {}
    for key, text in spans.items():
        first, _, last = key.partition("_")
        low = names.index(first)
        high = names.index(last or first)
        opens, closes = ((int(p[:2]) * 60 + int(p[3:]))
                         for p in text.split("-"))
        for weekday in range(low, high + 1):
            week[weekday] = (opens, closes)
    return week


class Profile:
    def __init__(self, week, closes_on_holiday, caps=(), gaps=(), lock=False,
                 special=()):
        self.week = week
        self.closes_on_holiday = closes_on_holiday
        self.caps = caps          # (n, period, channels, since)
        self.gaps = gaps          # (milliseconds, channels)
        self.lock = lock
        self.special = special    # names of rules that fit no grammar

    def times(self):
        return tuple(sorted({o for o, _ in self.week.values()}))


DAY1 = (1, "day", ANY, None)
WEEK3 = (3, "isoweek", ANY, None)
US_CAPS = ((7, "7d", VOICE, None),)
US_HOURS = hours(mon_sun="08:00-21:00")
NYC_SINCE = dt.date(2026, 9, 1)

PROFILES = {
    "ZZ": Profile(hours(mon_fri="09:00-18:00", sat="09:00-13:00"), True,
                  (DAY1, WEEK3, (1, "isoweek", VOICE, None))),
    "CO": Profile(hours(mon_fri="07:00-19:00", sat="08:00-15:00"), True,
                  (DAY1,), lock=True),
    "CL": Profile(hours(mon_sat="08:00-20:00"), True,
                  ((1, "isoweek", VOICE, None), (2, "isoweek", MSG, None)),
                  gaps=((48 * HOUR, MSG),)),
    "PE": Profile(hours(mon_fri="07:00-20:00"), True, (DAY1,)),
    "EC": Profile(hours(mon_fri="07:00-20:00"), True,
                  tuple((1, "day", c, None) for c in (VOICE, SMS, WA, EMAIL))),
    "MX": Profile(hours(mon_sun="07:00-22:00"), False, (DAY1,)),
    "BR": Profile(hours(mon_fri="08:00-20:00", sat="08:00-14:00"), True,
                  (DAY1, WEEK3)),
    "AR": Profile(hours(mon_fri="08:00-20:00", sat="10:00-12:00"), True,
                  (DAY1, (2, "isoweek", ANY, None))),
    "UY": Profile(hours(mon_fri="09:00-20:00", sat="09:00-13:00"), True,
                  (DAY1, WEEK3)),
    "PY": Profile(hours(mon_fri="08:00-18:00", sat="08:00-12:00"), True,
                  special=("py",)),
    "ES": Profile(hours(mon_fri="09:00-21:00"), True, (DAY1, WEEK3)),
    "GB": Profile(hours(mon_sat="08:00-21:00"), False, (DAY1, WEEK3)),
    "US": Profile(US_HOURS, False, US_CAPS, special=("conversation",)),
    "IN": Profile(hours(mon_sun="08:00-19:00"), False),
    "ZA": Profile(hours(mon_sat="06:00-21:00"), False),
    "AU": Profile(hours(mon_fri="07:30-21:00", sat_sun="09:00-21:00"), True,
                  (WEEK3, (10, "month", ANY, None))),
    "US-NY-NYC": Profile(US_HOURS, False,
                         US_CAPS + ((3, "7d", ANY, NYC_SINCE),),
                         special=("conversation",)),
    "US-MA": Profile(US_HOURS, False,
                     US_CAPS + ((2, "7d", VOICE | SMS, None),),
                     special=("conversation",)),
    "US-WA": Profile(US_HOURS, False, US_CAPS + (WEEK3,),
                     special=("conversation",)),
}
for _region, _week in (
        ("SP", hours(mon_fri="08:00-20:00", sat="08:00-14:00")),
        ("AL", hours(mon_fri="08:00-20:00", sat="08:00-14:00")),
        ("RJ", hours(mon_fri="09:00-19:00")),
        ("ES", hours(mon_fri="08:00-19:00")),
        ("AM", hours(mon_fri="08:00-19:00"))):
    PROFILES["BR-" + _region] = Profile(_week, True, (DAY1, WEEK3))


def profile_of(country, region):
    if region and country + "-" + region in PROFILES:
        return PROFILES[country + "-" + region]
    return PROFILES.get(country, PROFILES["ZZ"])


# ---------------------------------------------------------------- the check

def same_period(period, a, b):
    """Do the local dates a and b share a day, ISO week or month?"""
    if period == "day":
        return a == b
    if period == "isoweek":
        return a.isocalendar()[:2] == b.isocalendar()[:2]
    return (a.year, a.month) == (b.year, b.month)


def cap_reached(cap, zone, t, channel, counted):
    n, period, channels, since = cap
    if channel not in channels:
        return False
    today = local(zone, t).date()
    if since is not None and today < since:
        return False
    used = 0
    for at, used_channel, _ in counted:
        if used_channel not in channels:
            continue
        if period == "7d":
            used += at > t - 7 * DAY
        else:
            used += same_period(period, local(zone, at).date(), today)
    return used >= n


def py_reached(zone, t, counted):
    """Res. SDCU 764/2025: three unanswered a week; after an answer one more
    on that day, then none."""
    today = local(zone, t).date()
    week = [c for c in counted
            if same_period("isoweek", local(zone, c[0]).date(), today)]
    answered = [c for c in week if c[2] == "answered"]
    if not answered:
        return len(week) >= 3
    first = answered[0][0]
    later = sum(at >= first for at, _, _ in week) - 1
    return local(zone, first).date() != today or later >= 1


def conversation(t, channel, counted):
    return channel in VOICE and any(
        c in VOICE and outcome == "answered" and at > t - 7 * DAY
        for at, c, outcome in counted)


def locked(zone, t, channel, counted):
    today = local(zone, t).date()
    for at, used, outcome in counted:
        if used == "letter" or outcome not in ("delivered", "answered"):
            continue
        if same_period("isoweek", local(zone, at).date(), today):
            return used != channel
    return False


def deny_reason(country, region, profile, channel, business, zones, t,
                counted):
    """None when the contact may be made at t, else the first reason."""
    if channel != "letter":
        walls = [local(z, t) for z in zones]
        if profile.closes_on_holiday:
            for wall in walls:
                if wall.date() in closing_days(country, region, wall.year):
                    return "holiday"
        if not walls:
            return "outside_hours"
        for wall in walls:
            span = profile.week.get(wall.weekday())
            opened = wall.replace(hour=0, minute=0, second=0, microsecond=0)
            if span is None or not (
                    opened + dt.timedelta(minutes=span[0]) <= wall
                    < opened + dt.timedelta(minutes=span[1])):
                return "outside_hours"
    if business:
        return None
    periods = zones or ("UTC",)
    for zone in periods:
        for cap in profile.caps:
            if cap_reached(cap, zone, t, channel, counted):
                return "cap"
        if "py" in profile.special and py_reached(zone, t, counted):
            return "cap"
    if "conversation" in profile.special \
            and conversation(t, channel, counted):
        return "cap"
    for length, channels in profile.gaps:
        if channel in channels and any(
                c in channels and at > t - length for at, c, _ in counted):
            return "gap"
    if profile.lock and channel != "letter":
        for zone in periods:
            if locked(zone, t, channel, counted):
                return "channel_lock"
    return None


@lru_cache(maxsize=200000)
def day_candidates(zone, times, utc_day):
    """Instants of one UTC day at which something may open in a zone: local
    midnights, window openings, changes of the offset."""
    found = set(transitions(zone, utc_day))
    base = dt.date(1970, 1, 1) + days(utc_day)
    for shift in (-1, 0, 1):
        midnight = dt.datetime.combine(base + days(shift), dt.time())
        for minutes in (0,) + times:
            found |= instants_of_wall(
                zone, midnight + dt.timedelta(minutes=minutes))
    low = utc_day * DAY
    return tuple(sorted(t for t in found if low <= t < low + DAY))


def next_allowed(check, zones, times, t, counted):
    """The earliest instant > t with check(instant) None, by trying all at
    which a verdict may turn."""
    rolling = sorted({at + length for at, _, _ in counted
                      for length in (48 * HOUR, 7 * DAY) if at + length > t})
    for utc_day in range(t // DAY, t // DAY + HORIZON_DAYS):
        low = utc_day * DAY
        tries = {r for r in rolling if low <= r < low + DAY}
        for zone in zones or ("UTC",):
            tries.update(day_candidates(zone, times, utc_day))
        for instant in sorted(tries):
            if instant > t and check(instant) is None:
                return instant
    return None


def lawful(country, region, channel, kind, zone, instant, history=()):
    """history: iterable of (milliseconds, channel, outcome).  Returns the
    verdict as a dict; next is in milliseconds or None."""
    if channel not in CHANNELS:
        raise ValueError("no such channel: " + channel)
    profile = profile_of(country, region)
    zones = (zone,) if zone else zones_of(country)
    business = kind == "business"
    counted = sorted((c for c in history
                      if c[2] != "failed" and c[0] <= instant),
                     key=lambda c: c[0])

    def check(t):
        return deny_reason(country, region, profile, channel, business,
                           zones, t, counted)

    reason = check(instant)
    if reason is None:
        return {"verdict": "allow", "reason": None, "next": None}
    return {"verdict": "deny", "reason": reason,
            "next": next_allowed(check, zones, profile.times(), instant,
                                 counted)}


def answer(case):
    """One case of gen_lawful.py to its verdict, instants as milliseconds."""
    history = [(parse_instant(c["at"]), c["channel"], c["outcome"])
               for c in case.get("history") or ()]
    return lawful(case["country"], case.get("region") or "", case["channel"],
                  case.get("type"), case.get("zone"),
                  parse_instant(case["at"]), history)


def main():
    for line in sys.stdin:
        verdict = answer(json.loads(line))
        if verdict["next"] is not None:
            verdict["next"] = format_instant(verdict["next"])
        print(json.dumps(verdict))


if __name__ == "__main__":
    main()
