# SPDX-License-Identifier: ISC
"""A month of the IBM ledger, on virtual time, over a real SMTP and a real
HTTP server: every notice that was planned arrives exactly once, also when
dunlind is stopped half way and started again."""
import collections
import datetime as dt
import json
import os
import shutil
import signal
import sys

SOURCE = os.path.abspath(os.environ.get('srcdir', '.'))
sys.path.insert(0, os.path.join(SOURCE, 'tests/integration'))
from oracle import Oracle  # noqa: E402
from proof import Tap, wait_for  # noqa: E402
from sending import Sending, until_ended  # noqa: E402

LEDGER = os.path.join(SOURCE, '../shared/data/ar/ibm_late_payments_dev.csv')
MAP = os.path.join(SOURCE, 'conf/maps/ibm-late-payments.map')
FROM, DAYS = '2012-06-01T00:00:00-05:00', 30
UNTIL = '2012-07-01T00:00:00-05:00'

CREDITOR = '''creditors = ( { ref = "ibm"; legal_name = "IBM Sample Inc.";
  tax_id = "13-0871985"; country = "US"; zone = "America/New_York";
  currency = "USD"; language = "en"; email_from = "ar@ibm.example";
  freshness = "3650 d"; phone = "+1 212 555 0100"; sms_from = "IBM";
  ways_to_pay = ( { kind = "transfer"; text = "Account 000123"; } ); } );
'''
POLICY = '''policies = ( { name = "default"; gap = 0; per_invoice = true;
  all_hours = true; steps = (
  { id = "pre7"; stage = "preventive"; offset = -7; channels = [ "email" ]; },
  { id = "due"; stage = "preventive"; offset = 0; channels = [ "sms" ]; },
  { id = "d3"; stage = "administrative"; offset = 3;
    channels = [ "email" ]; },
  { id = "d10"; stage = "administrative"; offset = 10;
    channels = [ "sms" ]; },
  { id = "d20"; stage = "administrative"; offset = 20;
    channels = [ "email" ]; intent = "exact"; } ); } );
'''
PHONES = ('391 = +34612345678', '406 = +573001112233', '770 = +525512345678',
          '818 = +56987654321', '897 = +12125550123')


def prepare():
    ws = Sending(kind='both', batch=50)
    shutil.rmtree(os.path.join(ws.dir, 'conf/creditors'))
    os.mkdir(os.path.join(ws.dir, 'conf/creditors'))
    ws.write(os.path.join(ws.dir, 'conf/creditors/ibm.conf'), CREDITOR)
    ws.write(ws.policy, POLICY)
    with open(MAP, encoding='utf-8') as fp:
        text = fp.read()
    text = text.replace('	country = {', '	phone = { values = [ %s ]; };\n'
                        '	country = {' % ', '.join(
                            '"%s"' % phone for phone in PHONES), 1)
    text = text.replace('	email = "{customerID}@x.test";',
                        '	email = "{customerID}@x.test";\n'
                        '	phone = "{countryCode:phone}";\n'
                        '	consent = "email sms";', 1)
    name = os.path.join(ws.root, 'ibm.map')
    ws.write(name, text)
    # rejected rows would be written beside the file
    ledger = shutil.copy(LEDGER, ws.root)
    ws.run('import', '--now', FROM, '--creditor', 'ibm', '--map', name,
           ledger)
    return ws


def planned(ws):
    rows = ws.json('plan', '--now', FROM, '--from', FROM, '--days', str(DAYS))
    return {row['key']: row for row in rows}


def last_instant(ws):
    latest, = ws.sql('SELECT MAX(accepted_at) FROM message')[0]
    return dt.datetime.fromtimestamp(latest / 1000, dt.timezone.utc) \
        .isoformat().replace('+00:00', 'Z')


def arrived(ws):
    return sum(len(sink.entries()) for sink in ws.sinks)


def main():
    if not os.path.exists(LEDGER):
        print('1..0 # SKIP no ../shared/data/ar/ibm_late_payments_dev.csv')
        return
    tap = Tap()
    ws = prepare()
    plan = planned(ws)
    tap.ok(len(plan) > 50, 'a month has its notices', len(plan))
    daemon = ws.start('--now', FROM, '--until', UNTIL)
    wait_for(lambda: arrived(ws) >= len(plan) // 2 or
             daemon.poll() is not None, 60)
    daemon.send_signal(signal.SIGTERM)
    tap.ok(until_ended(daemon, 60) == 0, 'stopped half way it ends well',
           ws.log()[-2000:])
    half = arrived(ws)
    print('# %d planned, %d had arrived when it was stopped' % (
        len(plan), half))
    tap.ok(0 < half < len(plan), 'half way is half way', half)
    oracle = Oracle(ws, ws.sinks, ws.sinks[:1])
    oracle.judge(tap, 'half way', exact=True)
    status = until_ended(ws.start('--now', last_instant(ws), '--until',
                                  UNTIL), 120)
    tap.ok(status == 0, 'and it goes on to the end', ws.log()[-2000:])
    oracle.judge(tap, 'at the end', exact=True)
    keys = collections.Counter(entry.key.split('.')[0]
                               for sink in ws.sinks
                               for entry in sink.entries())
    tap.ok(set(keys) == set(plan), 'what was planned has arrived',
           'missing %s\nunplanned %s' % (sorted(set(plan) - set(keys))[:5],
                                         sorted(set(keys) - set(plan))[:5]))
    tap.ok(set(keys.values()) == {1}, 'each exactly once',
           [key for key in keys if keys[key] > 1][:5])
    by_channel = collections.Counter(row['channel'] for row in plan.values())
    tap.ok([len(sink.entries()) for sink in ws.sinks] ==
           [by_channel['email'], by_channel['sms']],
           'each by its own way', json.dumps(by_channel))
    print('# %s, %s' % (dict(by_channel), ws.states()))
    ws.close()
    tap.end()


if __name__ == '__main__':
    main()
