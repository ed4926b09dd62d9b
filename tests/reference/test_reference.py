# SPDX-License-Identifier: ISC
"""The acceptance vectors of COMPLIANCE.md A5 that concern contacts, and the
edges of CLI.md, against the reference itself; TAP."""
import datetime as dt
import sys

sys.dont_write_bytecode = True

import lawful as law  # noqa: E402

BOGOTA, SANTIAGO = "America/Bogota", "America/Santiago"
NEW_YORK, MEXICO = "America/New_York", "America/Mexico_City"

# case, country, region, channel, type, zone, at, history (local times of the
# zone), reason or None, next (local time of the zone) or None
VERDICTS = (
    ("CO Monday holiday", "CO", "", "sms", None, BOGOTA, "2026-07-13T10:00",
     (), "holiday", "2026-07-14T07:00"),
    ("CO Saturday last minute", "CO", "", "sms", None, BOGOTA,
     "2026-11-21T14:59", (), None, None),
    ("CO Saturday closing", "CO", "", "sms", None, BOGOTA,
     "2026-11-21T15:00", (), "outside_hours", "2026-11-23T07:00"),
    ("CO lock", "CO", "", "whatsapp", None, BOGOTA, "2026-11-26T10:00",
     (("2026-11-24T10:00", "email", "delivered"),), "channel_lock",
     "2026-11-30T07:00"),
    ("CO lock, same channel", "CO", "", "email", None, BOGOTA,
     "2026-11-26T10:00", (("2026-11-24T10:00", "email", "delivered"),),
     None, None),
    ("CO unanswered call does not lock", "CO", "", "sms", None, BOGOTA,
     "2026-11-26T10:00", (("2026-11-24T10:00", "voice", "no_answer"),),
     None, None),
    ("CO letter does not lock", "CO", "", "sms", None, BOGOTA,
     "2026-11-26T10:00", (("2026-11-24T10:00", "letter", "delivered"),),
     None, None),
    ("CO letter heeds no lock and no hours", "CO", "", "letter", None, BOGOTA,
     "2026-11-29T23:00", (("2026-11-24T10:00", "email", "delivered"),),
     None, None),
    ("CO letter counts in @any", "CO", "", "letter", None, BOGOTA,
     "2026-11-24T12:00", (("2026-11-24T10:00", "email", "delivered"),),
     "cap", "2026-11-25T00:00"),
    ("CO day cap before lock", "CO", "", "whatsapp", None, BOGOTA,
     "2026-11-24T12:00", (("2026-11-24T10:00", "email", "delivered"),),
     "cap", "2026-11-30T07:00"),
    ("CO failed counts nowhere", "CO", "", "whatsapp", None, BOGOTA,
     "2026-11-24T12:00", (("2026-11-24T10:00", "email", "failed"),),
     None, None),
    ("CO business has no lock", "CO", "", "whatsapp", "business", BOGOTA,
     "2026-11-26T10:00", (("2026-11-26T09:00", "email", "delivered"),),
     None, None),
    ("CL second call", "CL", "", "voice", None, SANTIAGO, "2026-11-26T10:00",
     (("2026-11-23T10:00", "voice", "no_answer"),), "cap",
     "2026-11-30T08:00"),
    ("CL visit after a call", "CL", "", "visit", None, SANTIAGO,
     "2026-11-26T10:00", (("2026-11-23T10:00", "voice", "no_answer"),),
     "cap", "2026-11-30T08:00"),
    ("CL e-mail a minute early", "CL", "", "email", None, SANTIAGO,
     "2026-11-25T09:59", (("2026-11-23T10:00", "email", "delivered"),),
     "gap", "2026-11-25T10:00"),
    ("CL e-mail at 48 hours", "CL", "", "email", None, SANTIAGO,
     "2026-11-25T10:00", (("2026-11-23T10:00", "email", "delivered"),),
     None, None),
    ("CL cap before gap", "CL", "", "sms", None, SANTIAGO,
     "2026-11-27T09:00", (("2026-11-23T10:00", "email", "delivered"),
                          ("2026-11-26T10:00", "email", "delivered")),
     "cap", "2026-11-30T08:00"),
    ("CL Holy Saturday", "CL", "", "sms", None, SANTIAGO, "2026-04-04T10:00",
     (), "holiday", "2026-04-06T08:00"),
    ("CL unknown zone waits for Easter Island", "CL", "", "sms", None, None,
     "2026-11-24T12:59Z", (), "outside_hours", "2026-11-24T13:00Z"),
    ("PE Saturday call", "PE", "", "voice", None, "America/Lima",
     "2026-11-21T10:00", (), "outside_hours", "2026-11-23T07:00"),
    ("EC 9 October 2026", "EC", "", "sms", None, "America/Guayaquil",
     "2026-10-09T10:00", (), "holiday", "2026-10-12T07:00"),
    ("AR-C Saturday 11:59", "AR", "C", "sms", None,
     "America/Argentina/Buenos_Aires", "2026-11-21T11:59", (), None, None),
    ("AR-C Saturday 12:00", "AR", "C", "sms", None,
     "America/Argentina/Buenos_Aires", "2026-11-21T12:00", (),
     "outside_hours", "2026-11-24T08:00"),
    ("PY Saturday 11:59", "PY", "", "sms", None, "America/Asuncion",
     "2026-11-21T11:59", (), None, None),
    ("PY Saturday 12:00", "PY", "", "sms", None, "America/Asuncion",
     "2026-11-21T12:00", (), "outside_hours", "2026-11-23T08:00"),
    ("PY three unanswered", "PY", "", "voice", None, "America/Asuncion",
     "2026-11-26T10:00", (("2026-11-23T10:00", "voice", "no_answer"),
                          ("2026-11-24T10:00", "sms", "delivered"),
                          ("2026-11-25T10:00", "voice", "no_answer")),
     "cap", "2026-11-30T08:00"),
    ("PY one more after an answer", "PY", "", "voice", None,
     "America/Asuncion", "2026-11-25T11:00",
     (("2026-11-23T10:00", "voice", "no_answer"),
      ("2026-11-24T10:00", "sms", "delivered"),
      ("2026-11-25T10:00", "voice", "answered")), None, None),
    ("PY none on the next day", "PY", "", "voice", None, "America/Asuncion",
     "2026-11-25T11:00", (("2026-11-24T10:00", "voice", "answered"),),
     "cap", "2026-11-30T08:00"),
    ("BR-RJ Saturday", "BR", "RJ", "sms", None, "America/Sao_Paulo",
     "2026-11-21T10:00", (), "outside_hours", "2026-11-23T09:00"),
    ("MX unknown zone, late", "MX", "", "sms", None, None,
     "2026-11-25T03:30Z", (), "outside_hours", "2026-11-25T15:00Z"),
    ("MX own zone, late", "MX", "", "sms", None, MEXICO,
     "2026-11-24T21:30", (), None, None),
    ("MX holiday keeps open", "MX", "", "sms", None, MEXICO,
     "2026-09-16T10:00", (), None, None),
    ("US eighth call", "US", "", "voice", None, NEW_YORK, "2026-11-24T10:00",
     tuple(("2026-11-%02dT10:00" % d, "voice", "no_answer")
           for d in (18, 19, 20, 21, 22, 23)) +
     (("2026-11-23T12:00", "voice", "no_answer"),),
     "cap", "2026-11-25T10:00"),
    ("US after a conversation", "US", "", "voice", None, NEW_YORK,
     "2026-11-24T10:00", (("2026-11-23T10:00", "voice", "answered"),),
     "cap", "2026-11-30T10:00"),
    ("US text after a conversation", "US", "", "sms", None, NEW_YORK,
     "2026-11-24T10:00", (("2026-11-23T10:00", "voice", "answered"),),
     None, None),
    ("US-WA 07:45", "US", "WA", "sms", None, "America/Los_Angeles",
     "2026-11-24T07:45", (), "outside_hours", "2026-11-24T08:00"),
    ("US-MA third text in 7 days", "US", "MA", "sms", None, NEW_YORK,
     "2026-11-24T10:00", (("2026-11-18T10:00", "sms", "delivered"),
                          ("2026-11-19T10:00", "voice", "no_answer")),
     "cap", "2026-11-25T10:00"),
    ("US-NY-NYC before the rule", "US", "NY-NYC", "email", None, NEW_YORK,
     "2026-08-31T10:00", tuple(("2026-08-%dT10:00" % d, "email", "delivered")
                               for d in (28, 29, 30)), None, None),
    ("US-NY-NYC after it", "US", "NY-NYC", "email", None, NEW_YORK,
     "2026-09-01T10:00", tuple(("2026-08-%dT10:00" % d, "email", "delivered")
                               for d in (28, 29, 30)),
     "cap", "2026-09-04T10:00"),
    ("ES Saturday", "ES", "", "sms", "business", "Europe/Madrid",
     "2026-11-21T10:00", (), "outside_hours", "2026-11-23T09:00"),
    ("ES unknown zone waits for the Canaries", "ES", "", "sms", None, None,
     "2026-11-24T08:30Z", (), "outside_hours", "2026-11-24T09:00Z"),
    ("ZZ Saturday", "ZZ", "", "sms", None, "UTC", "2026-11-21T12:59", (),
     None, None),
    ("ZZ second call of the week", "ZZ", "", "voice", None, "UTC",
     "2026-11-26T10:00", (("2026-11-23T10:00", "voice", "no_answer"),),
     "cap", "2026-11-30T09:00"),
)

DISTINCT_CO = {2025: 17, 2026: 19, 2027: 19, 2030: 18}


def at(zone, text):
    if text.endswith("Z"):
        return law.parse_instant(text)
    wall = dt.datetime.fromisoformat(text)
    return min(law.instants_of_wall(zone, wall))


def main():
    number = failed = 0

    def check(good, name, detail=""):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, name))
        if not good:
            print("# " + detail)

    print("1..%d" % (len(VERDICTS) + len(DISTINCT_CO) + 4))
    for (name, country, region, channel, kind, zone, when, history, reason,
         following) in VERDICTS:
        got = law.lawful(country, region, channel, kind, zone,
                         at(zone, when),
                         [(at(zone, t), c, o) for t, c, o in history])
        want = at(zone, following) if following else None
        shown = got["next"] is not None \
            and law.format_instant(got["next"], zone or "UTC")
        check(got["reason"] == reason and got["next"] == want, name,
              "%s, next %s" % (got["reason"], shown))
    for year, count in DISTINCT_CO.items():
        found = {day for day, _, _ in law.holidays("CO", "", year)}
        check(len(found) == count, "CO has %d distinct holidays in %d" % (
            count, year), str(sorted(map(str, found))))
    check(dt.date(2026, 4, 4) in law.closing_days("CL", "", 2026),
          "CL Holy Saturday is listed")
    check(dt.date(2028, 10, 27) in law.closing_days("CL", "", 2028),
          "CL 31 October on a Tuesday moves to the Friday before")
    check(dt.date(2027, 9, 17) in law.closing_days("CL", "", 2027),
          "CL 17 September on a Friday")
    check("Antarctica/Macquarie" not in law.zones_of("AU")
          and "Pacific/Easter" in law.zones_of("CL"),
          "uninhabited zones are left out, others not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
