# SPDX-License-Identifier: ISC
"""The demo's sample portfolio: invented people and companies of two
creditors, as they may look on Tuesday 2026-11-24 10:00 in Bogota.

portfolio.py [--seed S] FOLDER  writes customers.csv, invoices.csv,
payments.csv, credit-notes.csv and staff-actions.sh.  The same seed gives the
same bytes; contrib/demo-data holds those of the default."""
import argparse
import csv
import datetime as dt
import os
import random
import sys

TODAY = dt.date(2026, 11, 24)

# country: creditor, currency, language, zone, customers, share of companies,
# an amount's usual low and high, calling code
MARKETS = (
    ("CO", "andina", "COP", "es", "America/Bogota", 90, 0.45, 120e3, 9e6),
    ("CL", "andina", "CLP", "es", "America/Santiago", 34, 0.4, 25e3, 2e6),
    ("MX", "andina", "MXN", "es", "America/Mexico_City", 40, 0.5, 600, 60e3),
    ("BR", "andina", "BRL", "pt", "America/Sao_Paulo", 42, 0.45, 150, 18e3),
    ("US", "andina", "USD", "en", "America/New_York", 26, 0.6, 80, 12e3),
    ("ES", "iberia", "EUR", "es", "Europe/Madrid", 48, 0.5, 45, 7e3),
    ("GB", "iberia", "GBP", "en", "Europe/London", 22, 0.6, 60, 8e3),
)
OTHER_ZONES = {
    "CL": ("", "Pacific/Easter"), "MX": ("", "America/Tijuana",
                                         "America/Cancun"),
    "US": ("",), "ES": ("Atlantic/Canary", ""),
    "BR": ("America/Manaus", ""), "CO": ("",), "GB": ("",),
}
# country: region -> its zone
REGIONS = {
    "US": {"NY-NYC": "America/New_York", "MA": "America/New_York",
           "WA": "America/Los_Angeles", "CA": "America/Los_Angeles",
           "TX": "America/Chicago"},
    "BR": {"SP": "America/Sao_Paulo", "RJ": "America/Sao_Paulo",
           "ES": "America/Sao_Paulo", "MG": "America/Sao_Paulo",
           "AM": "America/Manaus"},
    "ES": {"MD": "Europe/Madrid", "CT": "Europe/Madrid",
           "AN": "Europe/Madrid", "CN": "Atlantic/Canary"},
}
GIVEN = {
    "es": ("María", "José", "Andrés", "Luz Marina", "Camila", "Íñigo",
           "Begoña", "Jesús", "Valentina", "Sebastián", "Ximena", "Nicolás",
           "Rocío", "Álvaro", "Paula", "Joaquín", "Ana Sofía", "Óscar"),
    "pt": ("João", "Conceição", "Thiago", "Letícia", "Antônio", "Beatriz",
           "Caio", "Júlia", "Luís", "Patrícia", "Zé Carlos", "Inês"),
    "en": ("Emily", "James", "Aisha", "Siân", "Owen", "Grace", "Noah",
           "Zoë", "Liam", "Priya", "Hannah", "Marcus"),
}
FAMILY = {
    "es": ("Muñoz", "García Peña", "Ñáñez", "Rodríguez", "Castaño", "Ibáñez",
           "Quispe", "Restrepo", "Núñez", "Fuentes", "D'Angelo", "Ortega",
           "Sepúlveda", "Yáñez", "de la Cruz", "Ferrer i Mas", "Vélez"),
    "pt": ("Gonçalves", "da Silva", "Araújo", "Sampaio", "Magalhães", "Brandão",
           "de Sá", "Nóbrega", "Teixeira", "Leão"),
    "en": ("O'Neil", "Smith", "Okafor", "Campbell", "Patel", "Wright",
           "MacGregor", "Llewellyn", "Nguyen", "Brown", "St. John"),
}
TRADES = {
    "es": ("Ferretería", "Panadería", "Clínica Dental", "Taller", "Hotel",
           "Farmacia", "Colegio", "Constructora", "Café", "Imprenta"),
    "pt": ("Padaria", "Oficina", "Clínica", "Mercado", "Construtora",
           "Pousada", "Gráfica", "Escola"),
    "en": ("Bakery", "Plumbing", "Dental Practice", "Books", "Joinery",
           "Brewing", "Garage", "Studio"),
}
FORMS = {"CO": ("S.A.S.", "Ltda."), "CL": ("SpA", "Ltda."),
         "MX": ("S.A. de C.V.",), "BR": ("Ltda.", "ME"),
         "US": ("LLC", "Inc."), "ES": ("S.L.", "S.A.", "e Hijos, S.L."),
         "GB": ("Ltd", "& Sons Ltd")}
PLACES = {"es": ("del Norte", "La Candelaria", "San Telmo", "El Roble",
                 "Los Andes", "Mar y Sol", "Peñalolén"),
          "pt": ("São Bento", "do Vale", "Ipê", "Boa Vista", "Três Irmãos"),
          "en": ("Riverside", "Oak Street", "Harbour", "Northgate", "Elm")}
FOLD = str.maketrans("áéíóúüñçãõâêôÁÉÍÓÚÑëïî", "aeiouuncaoaeoAEIOUNeii")

# What a customer's open account looks like, and how often; the offset is
# today - due date of the invoice that carries the case.
SITUATIONS = (
    ("far", 26, (-45, -8)), ("week-before", 34, (-7, -7)),
    ("soon", 22, (-6, -1)), ("due-today", 24, (0, 0)),
    ("fresh", 30, (1, 2)), ("overdue-3", 40, (3, 6)),
    ("overdue-10", 32, (10, 16)), ("overdue-20", 26, (20, 31)),
    ("overdue-35", 18, (35, 55)), ("overdue-60", 12, (60, 140)),
    ("paid", 24, (2, 50)), ("tiny", 6, (4, 30)),
)


def check_digit_co(body):
    weights = (3, 7, 13, 17, 19, 23, 29, 37, 41)
    rest = sum(int(d) * w for d, w in zip(reversed(body), weights)) % 11
    return str(rest if rest < 2 else 11 - rest)


def check_digit_cl(body):
    rest = sum(int(d) * (2 + i % 6) for i, d in enumerate(reversed(body)))
    return "0K987654321"[rest % 11]


def br_digits(body, weights):
    rest = sum(int(d) * w for d, w in zip(body, weights)) % 11
    return body + ("0" if rest < 2 else str(11 - rest))


def tax_id(rng, country, company):
    def number(n):
        return "".join(str(rng.randrange(10)) for _ in range(n))
    if country == "CO":
        body = ("9" if company else "5") + number(8)
        return body + "-" + check_digit_co(body)
    if country == "CL":
        body = str(rng.randrange(76, 78) if company
                   else rng.randrange(10, 25)) + number(6)
        return body + "-" + check_digit_cl(body)
    if country == "MX":
        letters = "".join(rng.choice("BCDFGHJLMNPRSTV")
                          for _ in range(3 if company else 4))
        return "%s%02d%02d%02d%s" % (
            letters, rng.randrange(60, 100), rng.randrange(1, 13),
            rng.randrange(1, 29), "".join(rng.choice("ABCDEF123456789")
                                          for _ in range(3)))
    if country == "BR":
        if company:
            body = br_digits(number(8) + "0001", (5, 4, 3, 2, 9, 8, 7, 6, 5,
                                                  4, 3, 2))
            return br_digits(body, (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
        body = br_digits(number(9), range(10, 1, -1))
        return br_digits(body, range(11, 1, -1))
    if country == "ES":
        if company:
            body = number(7)
            even = sum(int(d) for d in body[1::2])
            odd = sum(sum(divmod(2 * int(d), 10)) for d in body[::2])
            return "B" + body + str(-(even + odd) % 10)
        body = number(8)
        return body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
    return ("GB" + number(9)) if country == "GB" else "00-" + number(7)


def phone(rng, country):
    """Numbers kept for fiction where the country has some."""
    tail = rng.randrange(10000)
    return {"CO": "+57300555%04d", "CL": "+5695555%04d",
            "MX": "+52555555%04d", "BR": "+5511955550%03d",
            "US": "+1212555%04d", "ES": "+3460000%04d",
            "GB": "+447700900%03d"}[country] % (
                tail % 1000 if country in ("GB", "BR") else
                100 + tail % 100 if country == "US" else tail)


def exponent(currency):
    return 0 if currency == "CLP" else 2


def money(currency, minor):
    if exponent(currency) == 0:
        return str(minor)
    return "%d.%02d" % divmod(minor, 100)


class Portfolio:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.customers, self.invoices = [], []
        self.payments, self.credits, self.actions = [], [], []
        self.serial = {"andina": 10240, "iberia": 2310}
        self.receipt = 5000

    # ------------------------------------------------------ who

    def name(self, language, country, company):
        rng = self.rng
        family = rng.choice(FAMILY[language])
        if not company:
            second = " " + rng.choice(FAMILY[language]) \
                if language == "es" and " " not in family else ""
            return rng.choice(GIVEN[language]) + " " + family + second
        trade, form = rng.choice(TRADES[language]), rng.choice(FORMS[country])
        mark = rng.choice(PLACES[language] + (family,))
        if language == "en":
            return "%s %s %s" % (mark, trade, form)
        return "%s %s %s" % (trade, mark, form)

    def contacts(self, row, country, company):
        """Addresses, preference and consent; a few have none of them."""
        rng = self.rng
        slug = "".join(c for c in row["name"].translate(FOLD).lower()
                       .replace(" ", ".") if c.isascii()
                       and (c.isalnum() or c == ".")).strip(".")
        while ".." in slug:
            slug = slug.replace("..", ".")
        luck = rng.random()
        mobile = phone(rng, country)
        if luck < 0.045:
            row["consent"] = ""                     # no address at all
            return
        if luck < 0.90:
            domain = "mail.example" if not company else \
                slug.replace(".s.a.s", "").replace(".", "-") + ".example"
            local = "pagos" if company and row["language"] != "en" else \
                "accounts" if company else slug
            row["email"] = "%s@%s" % (local, domain)
            if not company and rng.random() < 0.6:
                row["email"] = "%s%d@%s" % (slug, rng.randrange(60, 99),
                                            domain)
        if luck > 0.35:
            row["phone"] = mobile
        if luck > 0.5 and country in ("CO", "MX", "BR", "CL", "ES") \
                or not (row["email"] or row["phone"]):
            row["phone"] = row["whatsapp"] = mobile
        have = [c for c, column in (("email", "email"), ("sms", "phone"),
                                    ("whatsapp", "whatsapp")) if row[column]]
        liked = rng.random()
        if liked < 0.45:
            row["channel"] = have[-1] if liked < 0.3 else have[0]
        given = rng.random()
        if given < 0.06:
            row["consent"] = ""                     # never asked
        elif given < 0.16 and len(have) > 1:
            row["consent"] = have[0]
        else:
            row["consent"] = " ".join(have)

    def customer(self, market, number):
        country, creditor, _, language, zone, _, companies, _, _ = market
        rng = self.rng
        company = rng.random() < companies
        if country == "US" and rng.random() < 0.2:
            language = "es"
        elif country == "ES" and rng.random() < 0.08:
            language = "en"
        row = dict.fromkeys(CUSTOMER_COLUMNS, "")
        row.update(creditor=creditor, customer="%s-%04d" % (country, number),
                   name=self.name(language, country, company),
                   tax_id=tax_id(rng, country, company)
                   if rng.random() < 0.93 else "",
                   type="business" if company else "consumer",
                   country=country, zone=zone,
                   language={"pt": "pt-BR"}.get(language, language))
        if rng.random() < 0.12:
            row["zone"] = rng.choice(OTHER_ZONES[country])
        if country in REGIONS and (country == "US" or rng.random() < 0.5):
            row["region"] = rng.choice(sorted(REGIONS[country]))
            if row["zone"]:
                row["zone"] = REGIONS[country][row["region"]]
        self.contacts(row, country, company)
        self.customers.append(row)
        return row

    # ------------------------------------------------------ what is owed

    def amount(self, market, small=False):
        currency, low, high = market[2], market[7], market[8]
        value = low * (high / low) ** (self.rng.random() ** 1.5)
        if small:
            value = low / 40
        step = {"COP": 1000, "CLP": 10}.get(currency)
        if step:
            return max(int(value) // step, 1) * step * 10 ** exponent(
                currency)
        return int(value * 100)

    def invoice(self, customer, market, due, minor, parts=1, currency=None):
        """One invoice in monthly parts; due is that of the last part that
        is not in the future of the case."""
        creditor, rng = customer["creditor"], self.rng
        self.serial[creditor] += rng.randrange(1, 4)
        number = {"andina": "FE-%d", "iberia": "A26/%05d"}[creditor] \
            % self.serial[creditor]
        terms = rng.choice((30, 30, 45, 60)) \
            if customer["type"] == "business" else rng.choice((15, 30))
        issued = due - dt.timedelta(days=terms)
        issued = min(issued, TODAY - dt.timedelta(days=1))
        currency = currency or market[2]
        order = "OC-%d" % rng.randrange(1000, 9999) \
            if customer["type"] == "business" and rng.random() < 0.4 else ""
        share = minor // parts
        for part in range(1, parts + 1):
            rest = minor - share * (parts - 1) if part == parts else share
            self.invoices.append({
                "creditor": creditor, "invoice": number,
                "customer": customer["customer"],
                "issue_date": issued.isoformat(),
                "due_date": (due + dt.timedelta(days=30 * (part - 1)))
                .isoformat(), "currency": currency,
                "amount": money(currency, rest),
                "instalment": part if parts > 1 else "",
                "pay_url": "https://pay.%s.example/%s" % (
                    creditor, number.replace("/", "-")),
                "purchase_order": order})
        return number, currency, share

    def pay(self, customer, number, currency, minor, date, into=None):
        self.receipt += self.rng.randrange(1, 9)
        (self.payments if into is None else into).append({
            "creditor": customer["creditor"],
            "reference": "%s-%d" % ("RC" if into is None else "NC",
                                    self.receipt),
            "invoice": number, "customer": customer["customer"],
            "date": date.isoformat(), "amount": money(currency, minor),
            "currency": currency})

    def history(self, customer, market):
        """Older invoices, paid as this customer pays."""
        rng = self.rng
        habit = rng.choice((-4, -1, 0, 2, 5, 12))
        for months in range(rng.choice((0, 0, 1, 1, 2, 3)), 0, -1):
            due = TODAY - dt.timedelta(days=30 * months + rng.randrange(25))
            minor = self.amount(market)
            number, currency, _ = self.invoice(customer, market, due, minor)
            paid = min(due + dt.timedelta(days=habit + rng.randrange(3)),
                       TODAY - dt.timedelta(days=1))
            self.pay(customer, number, currency, minor, paid)

    def act(self, verb, ref, *words):
        self.actions.append((verb, ref) + words)

    def account(self, customer, market, situation):
        rng, (name, _, (low, high)) = self.rng, situation
        due = TODAY - dt.timedelta(days=rng.randint(low, high))
        minor = self.amount(market, small=name == "tiny")
        parts = rng.choice((3, 3, 6)) if name not in ("paid", "tiny") \
            and rng.random() < 0.12 else 1
        foreign = "USD" if market[0] == "CO" and rng.random() < 0.08 else None
        if foreign:
            minor = rng.randrange(8000, 900000)
        number, currency, share = self.invoice(customer, market, due, minor,
                                               parts, foreign)
        if name == "paid":
            self.pay(customer, number, currency, minor,
                     TODAY - dt.timedelta(days=rng.randint(1, 2)))
            return
        if name != "tiny" and rng.random() < 0.25:
            late = due + dt.timedelta(days=rng.randint(-9, 9))
            self.invoice(customer, market, late, self.amount(market))
        self.turn(customer, name, number, currency, share)

    def turn(self, customer, name, number, currency, share):
        """What else happened to the account's main invoice."""
        rng, luck = self.rng, self.rng.random()
        overdue = name.startswith("overdue")
        before = TODAY - dt.timedelta(days=rng.randint(1, 3))
        part = share * rng.choice((20, 25, 40, 50)) // 100
        if currency == "COP":
            part = part // 100000 * 100000 or share // 2
        if not overdue:
            if luck < 0.05:
                self.pay(customer, number, currency, part, before)
            return
        if luck < 0.14:
            self.pay(customer, number, currency, part, before)
        elif luck < 0.18:
            self.pay(customer, number, currency, part, before, self.credits)
        elif luck < 0.20:
            self.pay(customer, number, currency, share, before, self.credits)
        elif luck < 0.23:
            self.pay(customer, "", currency, share, before)
        elif luck < 0.29:
            until = TODAY + dt.timedelta(days=rng.randint(1, 9))
            self.act("promise", number, "--until", until.isoformat(),
                     "--reason", "said on the phone")
        elif luck < 0.33:
            self.act("dispute", number, "--reason", rng.choice((
                "goods arrived damaged", "wrong price", "not delivered")))
        elif luck < 0.36:
            self.act("dispute", number, "--amount", "%s %s" % (
                currency, money(currency, part)),
                "--reason", "one line of the invoice is wrong")
        elif luck < 0.41:
            until = TODAY + dt.timedelta(days=rng.randint(3, 25))
            self.act("hold", rng.choice((number, customer["customer"])),
                     "--until", until.isoformat(), "--reason",
                     rng.choice(("bereavement", "flood in the area",
                                 "credit note on its way")))
        elif luck < 0.43:
            usable = customer["consent"].split()
            if usable:
                self.act("optout", customer["customer"], "--channel",
                         usable[0], "--reason", "asked by reply")

    def owners(self):
        """Some persons stand behind two customers, two of them across both
        creditors."""
        by_country = {}
        for row in self.customers:
            by_country.setdefault(row["country"], []).append(row)
        pairs = [("CO", 3, "CO", 11), ("CO", 5, "CO", 40), ("CL", 2, "CL", 9),
                 ("MX", 4, "MX", 17), ("BR", 1, "BR", 20),
                 ("ES", 7, "ES", 23), ("GB", 0, "GB", 8),
                 ("CO", 22, "ES", 30), ("US", 6, "GB", 12)]
        for serial, (a, i, b, j) in enumerate(pairs, 1):
            first, second = by_country[a][i], by_country[b][j]
            for row in (first, second):
                row["person"] = "P-%03d" % serial
            second["type"] = first["type"]
            second["name"] = first["name"]
            if a != b:
                second["email"] = first["email"]
                continue
            if first["type"] == "business":
                second["name"] += {
                    "pt-BR": " - Filial", "en": " - Branch"}.get(
                        first["language"], " - Sucursal")
            for column in ("tax_id", "language", "zone", "region", "email"):
                second[column] = first[column]
            have = [c for c, column in (("email", "email"), ("sms", "phone"),
                                        ("whatsapp", "whatsapp"))
                    if second[column]]
            second["consent"] = " ".join(have)
            second["channel"] = ""

    def build(self):
        for market in MARKETS:
            pool = [s for s in SITUATIONS for _ in range(s[1])]
            for number in range(1, market[5] + 1):
                customer = self.customer(market, number)
                self.history(customer, market)
                self.account(customer, market, self.rng.choice(pool))
        self.owners()


CUSTOMER_COLUMNS = ("creditor", "customer", "name", "person", "tax_id", "type",
                    "country", "region", "zone", "language", "email", "phone",
                    "whatsapp", "channel", "consent")
INVOICE_COLUMNS = ("creditor", "invoice", "customer", "issue_date",
                   "due_date", "amount", "currency", "instalment", "pay_url",
                   "purchase_order")
PAYMENT_COLUMNS = ("creditor", "reference", "invoice", "customer", "date",
                   "amount", "currency")


def write(folder, name, columns, rows):
    with open(os.path.join(folder, name), "w", encoding="utf-8",
              newline="") as out:
        book = csv.DictWriter(out, columns, lineterminator="\n")
        book.writeheader()
        book.writerows(rows)


def quote(word):
    plain = all(c.isalnum() or c in "-./:_" for c in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def write_actions(folder, actions):
    with open(os.path.join(folder, "staff-actions.sh"), "w",
              encoding="utf-8") as out:
        out.write("#!/bin/sh\n# SPDX-License-Identifier: ISC\n"
                  "# What staff did before the demo's Tuesday morning; made by"
                  "\n# tests/reference/portfolio.py.  The words given to this "
                  "script go to\n# each command (-c FILE, say); $DUNLIN names "
                  "the program.\nset -eu\n\n"
                  "staff() {\n\tverb=$1\n\tshift\n"
                  "\t${DUNLIN:-dunlin} \"$verb\" $options \"$@\"\n}\n"
                  "options=$*\n\n")
        for words in actions:
            out.write("staff " + " ".join(map(quote, words)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("folder")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    made = Portfolio(args.seed)
    made.build()
    write(args.folder, "customers.csv", CUSTOMER_COLUMNS, made.customers)
    write(args.folder, "invoices.csv", INVOICE_COLUMNS, made.invoices)
    write(args.folder, "payments.csv", PAYMENT_COLUMNS, made.payments)
    write(args.folder, "credit-notes.csv", PAYMENT_COLUMNS, made.credits)
    write_actions(args.folder, made.actions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
