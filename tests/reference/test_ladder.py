# SPDX-License-Identifier: ISC
"""The ladder reference against small stories told by hand, and against
what must hold in every story; TAP."""
import copy
import datetime as dt
import sys

sys.dont_write_bytecode = True

import gen_ladder  # noqa: E402
import ladder  # noqa: E402
import lawful as law  # noqa: E402

ZONE = "America/Bogota"
PERSONS = 400


def when(text):
    wall = dt.datetime.fromisoformat(text)
    return min(law.instants_of_wall(ZONE, wall))


def known(text):
    return law.format_instant(when(text))


def story(due="2026-10-12", amount=100000, start="2026-09-20T08:00", **more):
    """One business customer in Colombia with one invoice, by e-mail."""
    part = {"id": "i1", "due": due, "accepted": [], "holds": [],
            "entries": [{"known_at": known(start), "amount": amount}]}
    invoice = {"id": "f1", "currency": "COP", "instalments": [part],
               "holds": [], "promises": [], "disputes": []}
    customer = {"id": "c1", "creditor": "a", "country": "CO", "zone": ZONE,
                "type": "business", "contacts": [{"channel": "email"}],
                "invoices": [invoice], "credits": [], "holds": [],
                "promises": []}
    policy = dict({"keep_distance": False}, **more.pop("policy", {}))
    case = {"at": known(start), "policy": policy,
            "creditors": {"a": {"zone": ZONE}},
            "person": {"id": "p", "customers": [customer], "holds": [],
                       "history": []}}
    invoice.update(more.pop("invoice", {}))
    customer.update(more.pop("customer", {}))
    part["entries"] += more.pop("entries", [])
    case["person"].update(more.pop("person", {}))
    assert not more
    return case


def told(case, until="2027-03-01T00:00"):
    """"step day [channel]" of each decision."""
    found = []
    for at, entry in ladder.simulate(case, when(until)):
        what = entry.get("step") or entry["kind"]
        text = "%s %s" % (what, law.local(ZONE, at).strftime("%m-%d"))
        if entry.get("channel", "email") != "email":
            text += " " + entry["channel"]
        found.append(text)
    return found


FULL = ["before-7 10-05", "overdue-3 10-15", "overdue-10 10-22",
        "overdue-20 11-03", "last-call-35 11-17", "hand_off 12-11"]


def paid(day, amount):
    return {"known_at": known(day), "amount": -amount}


def two_customers():
    case = story()
    other = copy.deepcopy(case["person"]["customers"][0])
    other["id"] = "c2"
    case["person"]["customers"].append(other)
    return case


STORIES = (
    # 12 October 2026 is a holiday in Colombia: the due-day text dies
    ("the whole ladder", story(), FULL),
    ("the distances stay", story(policy={"keep_distance": True}),
     FULL[:4] + ["last-call-35 11-18", "hand_off 12-13"]),
    ("due on an open day", story(due="2026-10-14"),
     ["before-7 10-07", "due-day 10-14", "overdue-3 10-17",
      "overdue-10 10-24", "overdue-20 11-03", "last-call-35 11-18",
      "hand_off 12-13"]),
    ("payment known stops it", story(entries=[paid("2026-10-20T00:00",
                                                   100000)]),
     FULL[:2]),
    ("part payment does not", story(entries=[paid("2026-10-20T00:00",
                                                  60000)]), FULL),
    ("backlog enters at the first living step",
     story(due="2026-06-01", start="2026-09-21T08:00"),
     ["overdue-3 09-21", "overdue-10 09-24", "overdue-20 09-28",
      "last-call-35 10-01", "hand_off 10-04"]),
    ("backlog by age", story(due="2026-08-10", start="2026-09-21T08:00",
                             policy={"entry": "by-age"}),
     ["last-call-35 09-21", "hand_off 10-09"]),
    ("backlog by age is not handed over unheard",
     story(due="2026-06-01", start="2026-09-21T08:00",
           policy={"entry": "by-age"}),
     ["last-call-35 09-21", "hand_off 09-24"]),
    ("backlog that keeps the ladder's distances",
     story(due="2026-06-01", start="2026-09-21T08:00",
           policy={"keep_distance": True}),
     ["overdue-3 09-21", "overdue-10 09-28", "overdue-20 10-08",
      "last-call-35 10-23", "hand_off 11-17"]),
    ("a hold, then one notice", story(invoice={"holds": [{
        "known_at": known("2026-10-13T09:00"),
        "until": known("2026-11-05T00:00")}]}),
     ["before-7 10-05", "overdue-3 11-05", "overdue-10 11-09",
      "overdue-20 11-12", "last-call-35 11-17", "hand_off 12-11"]),
    ("a promise runs to its end and one clearing day",
     story(invoice={"promises": [{"known_at": known("2026-10-15T09:00"),
                                  "date": "2026-10-28"}]}),
     ["before-7 10-05", "overdue-3 10-15", "overdue-10 10-30",
      "overdue-20 11-03", "last-call-35 11-17", "hand_off 12-11"]),
    ("a dispute of the whole", story(invoice={"disputes": [{
        "known_at": known("2026-10-01T09:00"), "until": None}]}), []),
    ("a dispute of a part", story(invoice={"disputes": [{
        "known_at": known("2026-10-01T09:00"), "until": None,
        "amount": 40000}]}), FULL),
    ("a dispute that leaves too little", story(
        policy={"minimum": {"COP": 70000}}, invoice={"disputes": [{
            "known_at": known("2026-10-01T09:00"), "until": None,
            "amount": 40000}]}), []),
    ("unallocated money", story(customer={"credits": [{
        "known_at": known("2026-09-20T08:00"), "currency": "COP",
        "amount": 100000}]}), ["allocate 10-05"]),
    ("preference", story(customer={
        "preference": "sms", "contacts": [{"channel": "email"},
                                          {"channel": "sms"}]}),
     [s + " sms" if "hand" not in s else s for s in FULL]),
    ("no consent, no letter: a task", story(customer={"contacts": [
        {"channel": "email", "consent": False}]}), ["no_channel 10-05"]),
    ("a letter asks no consent where a step lists it", story(
        policy={"steps": [{"id": "l", "offset": 3, "stage": "administrative",
                           "channels": ["email", "letter"]}]},
        customer={"contacts": [{"channel": "email", "consent": False},
                               {"channel": "letter", "consent": False}]}),
     ["l 10-15 letter"]),
    ("excluded", story(customer={"excluded": "public_body"}), []),
    ("two customers, one person: never on one day", two_customers(),
     ["before-7 10-05", "before-7 10-08", "overdue-3 10-15",
      "overdue-3 10-19", "overdue-10 10-22", "overdue-10 10-26",
      "overdue-20 11-03", "overdue-20 11-06", "last-call-35 11-17",
      "last-call-35 11-20", "hand_off 12-11", "hand_off 12-11"]),
    ("the lock leaves the other channel out", story(
        customer={"type": "consumer", "preference": "sms", "contacts": [
            {"channel": "email"}, {"channel": "sms"}]},
        person={"history": [{"at": known("2026-10-05T06:00"), "group": "a",
                             "channel": "voice", "outcome": "answered"}]}),
     # locked by the call in the week of the 5th: -7 waits to the week's end
     ["overdue-3 10-15 sms", "overdue-10 10-22 sms", "overdue-20 11-03 sms",
      "last-call-35 11-17 sms", "hand_off 12-11"]),
)


def broken_rules(case, days=100):
    """What must hold in every story; yields what does not."""
    start = law.parse_instant(case["at"])
    groups = {}
    people = {c["id"]: c for c in case["person"]["customers"]}
    parts = {p["id"]: (i, p) for c in people.values()
             for i in c["invoices"] for p in i["instalments"]}
    items = {(ref, a["step"]) for ref, (_, p) in parts.items()
             for a in p["accepted"]}
    history = [dict(c) for c in case["person"]["history"]]
    gap = max(case["policy"]["min_gap_days"], 1)
    for at, entry in ladder.simulate(case, start + days * law.DAY):
        if at < start:
            yield "out of order"
        for item in entry.get("items", ()):
            if tuple(item) in items:
                yield "item twice: %s" % item
            items.add(tuple(item))
            _, part = parts[item[0]]
            if sum(e["amount"] for e in part["entries"]
                   if law.parse_instant(e["known_at"]) <= at) <= 0:
                yield "paid and told: %s" % item
        if entry["do"] != "notify":
            continue
        customer = people[entry["customer"]]
        creditor = case["creditors"][entry["creditor"]]
        date = law.local(creditor["zone"], at).date()
        last = groups.get((creditor["group"], creditor["zone"]))
        if last is not None and (date - last).days < gap:
            yield "gap of %d days" % (date - last).days
        for other in case["creditors"].values():
            if other["group"] == creditor["group"]:
                groups[(other["group"], other["zone"])] = \
                    law.local(other["zone"], at).date()
        past = [(law.parse_instant(c["at"]), c["channel"], c["outcome"])
                for c in history if c["group"] == creditor["group"]]
        zone = customer["zone"]
        if not zone and not law.zones_of(customer["country"]):
            zone = creditor["zone"]
        verdict = law.lawful(customer["country"], customer["region"],
                             entry["channel"], customer["type"],
                             zone, at, past)
        if verdict["verdict"] != "allow":
            yield "unlawful: %s" % verdict["reason"]
        history.append({"at": law.format_instant(at), "outcome": "delivered",
                        "channel": entry["channel"],
                        "group": creditor["group"]})
        usable = {c["channel"] for c in customer["contacts"]
                  if c["healthy"] and (c["consent"] or c["channel"] in
                                       ("letter", "visit"))}
        if entry["channel"] not in usable:
            yield "without consent or address"


def main():
    number = failed = 0
    print("1..%d" % (len(STORIES) + 1))
    for name, case, want in STORIES:
        number += 1
        got = told(case)
        failed += got != want
        print("%s %d - %s" % ("ok" if got == want else "not ok", number,
                              name))
        if got != want:
            print("# got  %s\n# want %s" % (got, want))
    bad = []
    for serial, case in enumerate(gen_ladder.cases(7, PERSONS)):
        bad += ["person %d: %s" % (serial, text)
                for text in broken_rules(case)]
    print("%s %d - %d random persons: lawful, once, apart, never after "
          "payment" % ("not ok" if bad else "ok", number + 1, PERSONS))
    for text in bad[:10]:
        print("# " + text)
    return 1 if failed or bad else 0


if __name__ == "__main__":
    sys.exit(main())
