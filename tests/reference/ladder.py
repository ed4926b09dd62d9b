# SPDX-License-Identifier: ISC
"""The ladder, a second time: what one person is to be told at an instant,
or when to look again and why not.  Written from RULES.md (R1-R3, R5-R14,
R16, R22-R28) without the C source; CHOICES lists its readings.

decide(case, at) looks once.  simulate(case, until) lives through the time,
each notice being accepted at once, and is what `plan` should print.
ladder.py [--until T] reads cases, one JSON object a line:

{"at": T,
 "policy": {"steps": [{"id", "offset", "stage", "channels": [..],
                       "max_lateness": days or null, "task": false}],
            "entry": "first" | "by-age", "one_step": true,
            "min_gap_days": 3, "grace": 0, "cooldown_days": 0,
            "clearing_days": 1, "minimum": {"COP": minor},
            "tolerance": {"COP": minor}, "consolidate": true,
            "keep_distance": true, "backlog_only": true},
 "creditors": {ID: {"zone": Z, "group": G}},
 "person": {"id", "holds": [H], "history": [CONTACT],
   "customers": [{"id", "creditor", "country", "region", "zone", "type",
     "preference": channel or null, "excluded": reason or null,
     "contacts": [{"channel", "consent", "healthy"}],
     "holds": [H], "promises": [P],
     "credits": [{"known_at", "currency", "amount"}],
     "invoices": [{"id", "currency", "excluded": reason or null,
       "holds": [H], "promises": [P],
       "disputes": [{"known_at", "until": T or null, "amount": minor/null}],
       "instalments": [{"id", "due": date or null, "holds": [H],
         "entries": [{"known_at", "amount"}],
         "accepted": [{"step", "at"}]}]}]}]}}
H = {"known_at", "until"}; P = {"known_at", "date"};
CONTACT = {"at", "channel", "outcome", "group", "notice": bool}

Missing keys have the values of DEFAULTS.  Amounts are minor units; what is
owed is the sum of the entries known.  Only facts with known_at <= T are
used."""
import argparse
import copy
import datetime as dt
import json
import sys

sys.dont_write_bytecode = True

import lawful as law  # noqa: E402

MESSAGES = ["email", "whatsapp", "sms"]
DEFAULTS = {
    "entry": "first", "one_step": True, "min_gap_days": 3, "grace": 0,
    "cooldown_days": 0, "clearing_days": 1, "minimum": {}, "tolerance": {},
    "consolidate": True, "keep_distance": True, "backlog_only": True,
    "steps": [
        {"id": "before-7", "offset": -7, "stage": "preventive",
         "max_lateness": 6},
        {"id": "due-day", "offset": 0, "stage": "preventive",
         "max_lateness": 0},
        {"id": "overdue-3", "offset": 3, "stage": "administrative"},
        {"id": "overdue-10", "offset": 10, "stage": "administrative"},
        {"id": "overdue-20", "offset": 20, "stage": "administrative"},
        {"id": "last-call-35", "offset": 35, "stage": "extrajudicial"},
        {"id": "hand-off-60", "offset": 60, "stage": "judicial",
         "task": True},
    ],
}


class Policy:
    def __init__(self, given):
        merged = dict(DEFAULTS, **(given or {}))
        self.steps = sorted(merged.pop("steps"), key=lambda s: s["offset"])
        self.index = {s["id"]: i for i, s in enumerate(self.steps)}
        self.__dict__.update(merged)

    def age(self, step, due, today):
        """Days since the step's day; negative before it."""
        grace = self.grace if step["offset"] > 0 else 0
        return (today - due).days - grace - step["offset"]

    def alive(self, step, due, today):
        late = self.age(step, due, today)
        limit = step.get("max_lateness")
        return late >= 0 and (limit is None or late <= limit)


def known(fact, at):
    return law.parse_instant(fact["known_at"]) <= at


def day_start(zone, date):
    """The first instant of a local date."""
    wall = dt.datetime.combine(date, dt.time())
    return min(t for t in law.instants_of_wall(zone, wall)
               if law.local(zone, t).date() >= date)


class Look:
    """One look at one person; collects reasons and instants to come back."""

    def __init__(self, case, at):
        self.at = at
        self.policy = Policy(case.get("policy"))
        self.creditors = case["creditors"]
        self.person = case["person"]
        self.reasons, self.again, self.found = [], [], []

    def no(self, ref, rule, until=None):
        self.reasons.append({"ref": ref, "rule": rule})
        if until is not None and until > self.at:
            self.again.append(until)

    def zone(self, customer):
        return self.creditors[customer["creditor"]]["zone"]

    def group(self, customer):
        return self.creditors[customer["creditor"]].get(
            "group", customer["creditor"])

    def today(self, customer):
        return law.local(self.zone(customer), self.at).date()

    # ------------------------------------------------ what stops an item

    def held(self, owner):
        """The end of a hold in force, else None (R16)."""
        ends = [law.parse_instant(h["until"])
                for h in owner.get("holds", ()) if known(h, self.at)]
        return max((e for e in ends if e > self.at), default=None)

    def promised(self, owner, zone):
        """The end of a promise still running, else None (R14)."""
        ends = []
        for promise in owner.get("promises", ()):
            if known(promise, self.at):
                last = dt.date.fromisoformat(promise["date"]) \
                    + dt.timedelta(days=self.policy.clearing_days)
                ends.append(day_start(zone, last + dt.timedelta(days=1)))
        return max((e for e in ends if e > self.at), default=None)

    def disputed(self, invoice):
        """The disputed amount; None stands for the whole (R13)."""
        amount = 0
        for dispute in invoice.get("disputes", ()):
            if not known(dispute, self.at):
                continue
            until = dispute.get("until")
            if until is not None:
                until = law.parse_instant(until)
                if until <= self.at:
                    continue
                self.again.append(until)
            if dispute.get("amount") is None:
                return None
            amount += dispute["amount"]
        return amount

    def owed(self, part):
        return sum(e["amount"] for e in part["entries"]
                   if known(e, self.at))

    def balances(self, customer):
        """Instalment id -> what may be claimed, after unallocated money
        (oldest due first, R11)."""
        owed = []
        for invoice in customer["invoices"]:
            for part in invoice["instalments"]:
                total = self.owed(part)
                owed.append([part.get("due") or "9999", part["id"],
                             invoice["currency"], total,
                             bool(invoice.get("excluded"))])
        owed.sort(key=lambda o: o[0])
        spare = {}
        for credit in customer.get("credits", ()):
            if known(credit, self.at):
                spare[credit["currency"]] = credit["amount"] \
                    + spare.get(credit["currency"], 0)
        result = {}
        for _, ref, currency, total, excluded in owed:
            used = 0 if excluded else \
                max(min(total, spare.get(currency, 0)), 0)
            spare[currency] = spare.get(currency, 0) - used
            result[ref] = (total, total - used)
        return result

    def paid_lately(self, customer, part):
        """The end of the rest after the customer's last payment, for what is
        paid in part (R10)."""
        zone = self.zone(customer)
        paid = [law.parse_instant(e["known_at"])
                for invoice in customer["invoices"]
                for other in invoice["instalments"]
                for e in other["entries"]
                if e["amount"] < 0 and known(e, self.at)]
        if not any(e["amount"] < 0 and known(e, self.at)
                   for e in part["entries"]):
            return None
        end = day_start(zone, law.local(zone, max(paid)).date()
                        + dt.timedelta(days=self.policy.cooldown_days))
        return end if end > self.at else None

    # ------------------------------------------------ the step of an item

    def index_of(self, customer, part, accepted):
        """A step that is no more stands for the last one that the age at
        which it was taken had reached (R25); -1 for none."""
        if accepted["step"] in self.policy.index:
            return self.policy.index[accepted["step"]]
        day = law.local(self.zone(customer),
                        law.parse_instant(accepted["at"])).date()
        due = dt.date.fromisoformat(part["due"])
        return max((i for i, s in enumerate(self.policy.steps)
                    if self.policy.age(s, due, day) >= 0), default=-1)

    def last_taken(self, customer, part):
        """(index, instant) of the highest step taken; (-1, None)."""
        taken = [(self.index_of(customer, part, a),
                  law.parse_instant(a["at"]))
                 for a in part.get("accepted", ())]
        return max((t for t in taken if t[0] >= 0), default=(-1, None))

    def level(self, customer, part):
        return self.last_taken(customer, part)[0]

    def backlog(self, customer, part, due):
        first = min(law.parse_instant(e["known_at"])
                    for e in part["entries"])
        return law.local(self.zone(customer), first).date() > due

    def target(self, customer, part, due):
        """Index of the step to take now, or None (R3, R6)."""
        policy, today = self.policy, self.today(customer)
        level = self.level(customer, part)
        open_steps = [i for i, s in enumerate(policy.steps)
                      if i > level and policy.alive(s, due, today)
                      and not (s.get("task") and level < i - 1)]
        if not open_steps:
            return None
        if not policy.one_step:
            return open_steps[-1]
        if level < 0 and policy.entry == "by-age" \
                and (not policy.backlog_only
                     or self.backlog(customer, part, due)):
            return open_steps[-1]
        return open_steps[0]

    def too_close(self, customer, part, index):
        """With keep_distance: the day from which a step may follow the last
        overdue one accepted, if that is later than now (R18)."""
        level, last = self.last_taken(customer, part)
        zone, steps = self.zone(customer), self.policy.steps
        if not self.policy.keep_distance or level < 0 \
                or steps[level]["offset"] <= 0:
            return None
        end = day_start(zone, law.local(zone, last).date() + dt.timedelta(
            days=steps[index]["offset"] - steps[level]["offset"]))
        return end if end > self.at else None

    def next_step_day(self, customer, part, due):
        policy, zone = self.policy, self.zone(customer)
        for i, step in enumerate(policy.steps):
            if i <= self.level(customer, part):
                continue
            grace = policy.grace if step["offset"] > 0 else 0
            when = day_start(zone, due + dt.timedelta(
                days=step["offset"] + grace))
            if when > self.at:
                return when
        return None

    def look_when_dead(self, due, step, zone):
        """A step that dies makes room for the next one."""
        if step.get("max_lateness") is not None:
            grace = self.policy.grace if step["offset"] > 0 else 0
            self.again.append(day_start(zone, due + dt.timedelta(
                days=step["offset"] + grace + step["max_lateness"] + 1)))

    def item(self, customer, invoice, part, balance):
        """The step index for an instalment now, or None with a reason."""
        ref, zone = part["id"], self.zone(customer)
        tolerance = self.policy.tolerance.get(invoice["currency"], 0)
        if invoice.get("excluded"):
            return self.no(ref, "excluded:" + invoice["excluded"])
        if not part.get("due"):
            return self.no(ref, "no_due_date")
        due = dt.date.fromisoformat(part["due"])
        total, net = balance
        if total <= tolerance:
            return self.no(ref, "settled")
        later = self.next_step_day(customer, part, due)
        if later is not None:
            self.again.append(later)
        index = self.target(customer, part, due)
        if index is None:
            return self.no(ref, "no_step_now")
        self.look_when_dead(due, self.policy.steps[index], zone)
        for owner in (part, invoice, customer, self.person):
            end = self.held(owner)
            if end is not None:
                return self.no(ref, "hold", end)
        for owner in (invoice, customer):
            end = self.promised(owner, zone)
            if end is not None:
                return self.no(ref, "promise", end)
        disputed = self.disputed(invoice)
        if disputed is None or total - disputed <= tolerance:
            return self.no(ref, "dispute")
        if net - disputed <= tolerance:
            self.found.append({"do": "task", "kind": "allocate",
                               "customer": customer["id"]})
            return self.no(ref, "unallocated_money")
        end = self.paid_lately(customer, part)
        if end is not None:
            return self.no(ref, "cooldown", end)
        end = self.too_close(customer, part, index)
        if end is not None:
            return self.no(ref, "step_distance", end)
        return index, net - disputed

    # ------------------------------------------------ the notice

    def handed_over(self, customer):
        """Until what was handed over is paid (R27)."""
        return any(self.policy.steps[self.policy.index[a["step"]]].get("task")
                   for invoice in customer["invoices"]
                   for part in invoice["instalments"]
                   for a in part.get("accepted", ())
                   if a["step"] in self.policy.index
                   and self.owed(part) > self.policy.tolerance.get(
                       invoice["currency"], 0))

    def items(self, customer):
        if customer.get("excluded"):
            self.no(customer["id"], "excluded:" + customer["excluded"])
            return []
        if self.handed_over(customer):
            self.no(customer["id"], "handed_over")
            return []
        balance, taken = self.balances(customer), []
        for invoice in customer["invoices"]:
            for part in invoice["instalments"]:
                got = self.item(customer, invoice, part,
                                balance[part["id"]])
                if got is not None:
                    taken.append((got[0], part["due"], part["id"],
                                  invoice["currency"], got[1]))
        return taken

    def above_minimum(self, taken):
        sums = {}
        for _, _, _, currency, amount in taken:
            sums[currency] = sums.get(currency, 0) + amount
        kept = []
        for entry in taken:
            low = self.policy.minimum.get(entry[3], 0)
            if sums[entry[3]] < low:
                self.no(entry[2], "minimum")
            else:
                kept.append(entry)
        return kept

    def channels(self, customer, step):
        """Usable channels in the order they are tried (R24)."""
        usable = [c["channel"] for c in customer["contacts"]
                  if c.get("healthy", True) and (
                      c.get("consent", True)
                      or c["channel"] in ("letter", "visit"))]
        wanted = list(step.get("channels", MESSAGES))
        liked = customer.get("preference")
        if liked in wanted:
            wanted.remove(liked)
            wanted.insert(0, liked)
        return [c for c in wanted if c in usable]

    def lawful_channel(self, customer, channels):
        """(channel, None, None), or (None, reason, next)."""
        group = self.group(customer)
        history = [(law.parse_instant(c["at"]), c["channel"], c["outcome"])
                   for c in self.person.get("history", ())
                   if c["group"] == group]
        zone = customer.get("zone")
        if not zone and not law.zones_of(customer["country"]):
            zone = self.zone(customer)
        first_reason, instants = None, []
        for channel in channels:
            got = law.lawful(customer["country"],
                             customer.get("region") or "", channel,
                             customer.get("type"), zone, self.at, history)
            if got["verdict"] == "allow":
                return channel, None, None
            first_reason = first_reason or got["reason"]
            if got["next"] is not None:
                instants.append(got["next"])
        return None, first_reason, min(instants, default=None)

    def gap_end(self, customer):
        """When the person may get the next notice of this group, if that is
        later than now: so many days after the last contact (R5)."""
        zone, group = self.zone(customer), self.group(customer)
        gap = max(self.policy.min_gap_days, 1)
        ends = [day_start(zone, law.local(zone, law.parse_instant(
                    c["at"])).date() + dt.timedelta(days=gap))
                for c in self.person.get("history", ())
                if c["group"] == group and c["outcome"] != "failed"]
        return max((e for e in ends if e > self.at), default=None)

    def sets_of(self, taken):
        """What goes together: a hand-off silences all else of the customer
        (R27)."""
        task = [bool(self.policy.steps[e[0]].get("task")) for e in taken]
        over = self.above_minimum(
            [e for e, is_task in zip(taken, task) if is_task])
        if over:
            return [over]
        rest = [e for e, is_task in zip(taken, task) if not is_task]
        sets = [rest] if self.policy.consolidate else [[e] for e in rest]
        return [kept for kept in map(self.above_minimum, sets) if kept]

    def candidates(self):
        """Wanted notices and hand-offs: (order, customer, entries)."""
        wanted = []
        for number, customer in enumerate(self.person["customers"]):
            for entries in self.sets_of(self.items(customer)):
                order = (-max(e[0] for e in entries),
                         min(e[1] for e in entries), number)
                wanted.append((order, customer, sorted(entries)))
        wanted.sort(key=lambda w: w[0])
        return wanted

    def notify(self, customer, entries, served):
        group = self.group(customer)
        tone = self.policy.steps[max(e[0] for e in entries)]
        refs = [e[2] for e in entries]
        end = self.gap_end(customer)
        if group in served:
            zone = self.zone(customer)
            gap = max(self.policy.min_gap_days, 1)
            end = day_start(zone, self.today(customer)
                            + dt.timedelta(days=gap))
        if end is not None:
            for ref in refs:
                self.no(ref, "min_gap", end)
            return
        if tone.get("task"):
            self.found.append({"do": "task", "kind": "hand_off",
                               "customer": customer["id"],
                               "items": [[ref, self.policy.steps[e[0]]["id"]]
                                         for ref, e in zip(refs, entries)]})
            return
        channels = self.channels(customer, tone)
        if not channels:
            self.found.append({"do": "task", "kind": "no_channel",
                               "customer": customer["id"]})
            for ref in refs:
                self.no(ref, "no_channel")
            return
        channel, reason, following = self.lawful_channel(customer, channels)
        if channel is None:
            for ref in refs:
                self.no(ref, reason, following)
            return
        served.add(group)
        self.found.append({
            "do": "notify", "customer": customer["id"],
            "creditor": customer["creditor"], "channel": channel,
            "step": tone["id"], "stage": tone["stage"],
            "items": [[e[2], self.policy.steps[e[0]]["id"]]
                      for e in entries]})

    def run(self):
        served = set()
        for _, customer, entries in self.candidates():
            self.notify(customer, entries, served)
        unique = []
        for entry in self.found:
            if entry not in unique:
                unique.append(entry)
        again = min(self.again, default=None)
        return {"decisions": unique, "again": again,
                "reasons": self.reasons}


def decide(case, at):
    return Look(case, at).run()


def accept(case, entry, at):
    """Books a decision as carried out at once."""
    person, text = case["person"], law.format_instant(at)
    if entry["do"] == "notify":
        group = case["creditors"][entry["creditor"]].get(
            "group", entry["creditor"])
        person.setdefault("history", []).append(
            {"at": text, "channel": entry["channel"], "group": group,
             "outcome": "delivered", "notice": True})
    for ref, step in entry.get("items", ()):
        for customer in person["customers"]:
            for invoice in customer["invoices"]:
                for part in invoice["instalments"]:
                    if part["id"] == ref \
                            and customer["id"] == entry["customer"]:
                        part.setdefault("accepted", []).append(
                            {"step": step, "at": text})


def facts(case):
    """Every known_at: an instant at which the person is looked at again."""
    found, todo = set(), [case["person"]]
    while todo:
        thing = todo.pop()
        if isinstance(thing, dict):
            if "known_at" in thing:
                found.add(law.parse_instant(thing["known_at"]))
            todo += thing.values()
        elif isinstance(thing, list):
            todo += thing
    return found


def simulate(case, until):
    """All decisions from case["at"] to until, as (instant, decision)."""
    case = copy.deepcopy(case)
    at, told = law.parse_instant(case["at"]), set()
    arriving = sorted(facts(case))
    while at is not None and at <= until:
        result = decide(case, at)
        for entry in result["decisions"]:
            key = json.dumps(entry, sort_keys=True)
            if entry["do"] == "task" and key in told:
                continue
            told.add(key)
            accept(case, entry, at)
            yield at, entry
        coming = [t for t in arriving if t > at]
        done = any("items" in e for e in result["decisions"])
        again = decide(case, at)["again"] if done else result["again"]
        at = min([t for t in coming[:1] + [again] if t is not None],
                 default=None)


def main():
    parser = argparse.ArgumentParser(
        description="The ladder of RULES.md, a second time.")
    parser.add_argument("--until", help="simulate to this instant")
    args = parser.parse_args()
    for line in sys.stdin:
        case = json.loads(line)
        if args.until:
            for at, entry in simulate(case, law.parse_instant(args.until)):
                print(json.dumps(dict(entry, at=law.format_instant(at))))
            continue
        result = decide(case, law.parse_instant(case["at"]))
        if result["again"] is not None:
            result["again"] = law.format_instant(result["again"])
        print(json.dumps(result))


if __name__ == "__main__":
    main()
