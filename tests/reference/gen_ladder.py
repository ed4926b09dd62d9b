# SPDX-License-Identifier: ISC
"""Seeded random persons for ladder.py, one JSON object a line:
gen_ladder.py [-n N] [--seed S]."""
import argparse
import datetime as dt
import json
import random
import sys

sys.dont_write_bytecode = True

import gen_lawful  # noqa: E402
import ladder  # noqa: E402
import lawful as law  # noqa: E402

CREDITORS = {"a": {"zone": "America/Bogota", "group": "a"},
             "b": {"zone": "Europe/Madrid", "group": "b"},
             "c": {"zone": "America/Santiago", "group": "a"}}
CURRENCIES = {"CO": "COP", "CL": "CLP", "MX": "MXN", "ES": "EUR", "US": "USD"}
# Those with locks and gaps come up more often; "" and ZZ are unknown.
COUNTRIES = tuple(CURRENCIES) * 3 + tuple(
    c for c in gen_lawful.MAIN_ZONE if c not in CURRENCIES) + ("", "ZZ")
# The yearly lists of their holidays end with 2026 (CHOICES L17, L18).
UNTIL_2026 = ("AR", "EC")
# Another ladder: steps that die, a letter, a call, a hand-off in the middle.
LADDER = [
    {"id": "soon", "offset": -5, "stage": "preventive", "max_lateness": 2,
     "channels": ["sms", "email"]},
    {"id": "late-1", "offset": 1, "stage": "administrative",
     "max_lateness": 3, "channels": ["whatsapp", "sms", "email"]},
    {"id": "late-5", "offset": 5, "stage": "administrative",
     "channels": ["email", "letter"]},
    {"id": "call-12", "offset": 12, "stage": "administrative",
     "max_lateness": 20, "channels": ["voice", "sms"]},
    {"id": "letter-20", "offset": 20, "stage": "extrajudicial",
     "channels": ["letter", "email", "visit"]},
    {"id": "hand-30", "offset": 30, "stage": "judicial", "task": True},
    {"id": "after-45", "offset": 45, "stage": "judicial",
     "channels": ["email", "sms"]},
]


def stamp(date, seconds=43200):
    return law.format_instant(
        ((date - dt.date(1970, 1, 1)).days * 86400 + seconds) * 1000)


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.country = rng.choice(COUNTRIES)
        self.today = dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(
            240 if self.country in UNTIL_2026 else 500))
        self.steps = LADDER if self.some(0.25) else ladder.DEFAULTS["steps"]
        self.serial = 0

    def some(self, chance):
        return self.rng.random() < chance

    def near(self, low, high):
        return self.today + dt.timedelta(days=self.rng.randint(low, high))

    def ref(self, letter):
        self.serial += 1
        return "%s%d" % (letter, self.serial)

    def holds(self, chance):
        if not self.some(chance):
            return []
        return [{"known_at": stamp(self.near(-20, 10)),
                 "until": stamp(self.near(-10, 40), 0)}]

    def promises(self, chance):
        if not self.some(chance):
            return []
        known = self.near(-20, 10)
        return [{"known_at": stamp(known), "date": (known + dt.timedelta(
            days=self.rng.randint(0, 20))).isoformat()}]

    def disputes(self, amount):
        if not self.some(0.08):
            return []
        return [{"known_at": stamp(self.near(-20, 10)),
                 "until": stamp(self.near(-5, 40)) if self.some(0.5) else None,
                 "amount": None if self.some(0.5) else
                 self.rng.randrange(1, amount)}]

    def instalment(self, known, due, amount):
        rng = self.rng
        entries = [{"known_at": stamp(known), "amount": amount}]
        if self.some(0.35):
            share = amount if self.some(0.5) else rng.randrange(1, amount)
            entries.append({"known_at": stamp(
                max(known, due + dt.timedelta(days=rng.randint(-10, 60))),
                rng.randrange(86400)), "amount": -share})
        return {"id": self.ref("i"), "entries": entries,
                "due": None if self.some(0.02) else due.isoformat(),
                "holds": self.holds(0.02),
                "accepted": self.accepted(known, due)
                if self.some(0.6) else []}

    def accepted(self, known, due):
        """Steps taken in the past, some a few days late."""
        found = []
        # some were taken while another ladder was in force
        steps = ladder.DEFAULTS["steps"] if self.some(0.2) else self.steps
        for step in steps:
            day = due + dt.timedelta(
                days=step["offset"] + self.rng.choice((0, 0, 0, 1, 4)))
            if known <= day < self.today and self.some(0.9) \
                    and not (step.get("task") and self.some(0.8)):
                found.append({"step": step["id"], "at": stamp(
                    day, self.rng.randrange(50400, 72000))})
        return found if self.some(0.7) else found[:1]

    def invoice(self, currency):
        rng = self.rng
        due = self.near(-80, 40)
        known = due - dt.timedelta(days=rng.choice((60, 30, 15, 5)))
        if self.some(0.3):
            known = min(self.today, self.near(-5, 0))
        amount = rng.randrange(100, 100000)
        parts = rng.choice((1, 1, 1, 1, 3))
        return {"id": self.ref("f"), "currency": currency,
                "excluded": rng.choice(("draft", "cancelled"))
                if self.some(0.03) else None,
                "holds": self.holds(0.04), "promises": self.promises(0.06),
                "disputes": self.disputes(amount),
                "instalments": [self.instalment(
                    known, due + dt.timedelta(days=30 * n), amount)
                    for n in range(parts)]}

    def customer(self, country, zone, kind):
        rng = self.rng
        currency = CURRENCIES.get(country, "USD")
        channels = [c for c in ("email", "sms", "whatsapp", "letter")
                    if self.some(0.6)]
        channels += [c for c in ("voice", "visit") if self.some(0.2)]
        return {"id": self.ref("c"), "creditor": rng.choice(sorted(CREDITORS)),
                "country": country, "zone": zone, "type": kind,
                "region": rng.choice(gen_lawful.REGIONS.get(country, ("",))),
                "preference": rng.choice((None, "sms", "whatsapp", "email",
                                          "letter")),
                "excluded": "insolvent" if self.some(0.02) else None,
                "contacts": [{"channel": c, "consent": self.some(0.85),
                              "healthy": self.some(0.95)} for c in channels],
                "holds": self.holds(0.04), "promises": self.promises(0.04),
                "credits": [{"known_at": stamp(self.near(-30, 20)),
                             "currency": currency,
                             "amount": rng.randrange(100, 50000)}
                            for _ in range(rng.choice((1, 1, 2)))]
                if self.some(0.1) else [],
                "invoices": [self.invoice(rng.choice((currency, currency,
                                                      "USD")))
                             for _ in range(rng.choice((1, 1, 2, 4)))]}

    def person(self):
        rng = self.rng
        country = self.country
        zone = None if self.some(0.2) else gen_lawful.MAIN_ZONE.get(
            country, rng.choice(gen_lawful.ODD_ZONES))
        kind = rng.choice(("consumer", "consumer", "business"))
        history = [{"at": stamp(self.near(-12, -1), rng.randrange(86400)),
                    "channel": rng.choice(law.CHANNELS), "outcome":
                    rng.choice(gen_lawful.OUTCOMES),
                    "group": rng.choice("ab"), "notice": self.some(0.3)}
                   for _ in range(rng.choice((0, 0, 1, 3)))]
        return {"id": "p", "holds": self.holds(0.03),
                "history": sorted(history, key=lambda c: c["at"]),
                "customers": [self.customer(country, zone, kind)
                              for _ in range(rng.choice((1, 1, 1, 2, 3)))]}

    def policy(self):
        rng = self.rng
        return {"entry": rng.choice(("first", "first", "by-age")),
                "one_step": self.some(0.85),
                "min_gap_days": rng.choice((0, 1, 3, 3, 7)),
                "grace": rng.choice((0, 0, 0, 2)),
                "cooldown_days": rng.choice((0, 0, 3)),
                "clearing_days": rng.choice((0, 1, 2)),
                "minimum": {"COP": 5000, "USD": 2000}
                if self.some(0.3) else {},
                "tolerance": {"EUR": 500} if self.some(0.3) else {},
                "consolidate": self.some(0.9),
                "keep_distance": self.some(0.5), "steps": self.steps}


def cases(seed, n):
    rng = random.Random(seed)
    for _ in range(n):
        maker = Maker(rng)
        yield {"at": stamp(maker.today, rng.randrange(86400)),
               "policy": maker.policy(), "creditors": CREDITORS,
               "person": maker.person()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for case in cases(args.seed, args.n):
        print(json.dumps(case))
    return 0


if __name__ == "__main__":
    sys.exit(main())
