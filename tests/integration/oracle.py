# SPDX-License-Identifier: ISC
"""The judge of the sending half: what sinks took, by their own ledgers,
against what the store and its log say.  Every proof that kills, starves or
disturbs the service asks it afterwards.

	I1	each obligation is terminal or scheduled
	I2	copies of a key at the sinks <= 1 + its in-doubt events
	I3	accepted by an answer => a sink took it and said so
	I4	a sink took it => accepted or in doubt, never plainly not sent
	I5	the audit log is whole, and says what the store says
	I6	no more in an hour than service.max_per_hour, by the sinks' clock
	I7	nothing is claimed by a daemon that is gone
	I8	no more tries on the wire than attempts; where nobody was killed
		just as many
	I9	what a sink took are the sealed bytes (email), and a copy out of
		doubt is the same bytes as the first
"""
import collections
import json

TOOK = ('taken', 'withheld')
SENT = ('accepted', 'delivered', 'read', 'bounced')
FLYING = ('claimed', 'intent')


class Oracle:
    """expected: how many (instalment, step) there are to tell somebody.
    seals: the sinks whose bytes must be the sealed ones."""

    def __init__(self, ws, sinks, seals=()):
        self.ws = ws
        self.sinks = sinks
        self.seals = seals
        self.max_per_hour = None

    def look(self):
        """One snapshot of both sides; the store is read first where a daemon
        runs, since what it knows must already be in the ledgers."""
        self.messages = {
            row[0]: dict(zip(('key', 'state', 'attempts', 'sealed', 'epoch',
                              'notice', 'channel'), row))
            for row in self.ws.sql(
                "SELECT key, state, attempts, sealed_hash, epoch, notice_id,"
                " channel FROM message")}
        self.doubts = collections.Counter(dict(self.ws.sql(
            "SELECT m.key, COUNT(*) FROM attempt a JOIN message m"
            " ON m.id = a.message_id WHERE a.outcome = 'in-doubt'"
            " GROUP BY m.key")))
        self.answers = collections.Counter(dict(self.ws.sql(
            "SELECT m.key, COUNT(*) FROM attempt a JOIN message m"
            " ON m.id = a.message_id WHERE a.outcome = 'accepted'"
            " GROUP BY m.key")))
        self.entries = [entry for sink in self.sinks
                        for entry in sink.entries() if entry.key != '-']
        self.copies = collections.defaultdict(list)
        for entry in self.entries:
            if entry.verdict in TOOK:
                self.copies[entry.key].append(entry)

    # -- the invariants: each gives a list of what breaks it

    def i1_scheduled(self, expected):
        bad = []
        live = self.ws.sql(
            "SELECT instalment_id, cycle, step, COUNT(*) FROM item"
            " WHERE state NOT IN ('released', 'struck')"
            " GROUP BY 1, 2, 3 HAVING COUNT(*) > 1")
        bad += ['%s twice' % (row,) for row in live]
        bad += ['item %d is open without a message' % row for row in
                self.ws.sql(
                    "SELECT i.id FROM item i WHERE i.state = 'open' AND NOT"
                    " EXISTS (SELECT 1 FROM message m WHERE m.notice_id ="
                    " i.notice_id AND m.state IN ('ready', 'claimed',"
                    " 'intent', 'in-doubt', 'dead', 'failed'))")]
        told, = self.ws.sql(
            "SELECT COUNT(*) FROM item WHERE state NOT IN ('released',"
            " 'struck')")[0]
        waiting, = self.ws.sql(
            "SELECT COUNT(DISTINCT i.id) FROM instalment i JOIN invoice v ON"
            " v.id = i.invoice_id JOIN customer c ON c.id = v.customer_id"
            " JOIN person p ON p.id = c.person_id WHERE p.agenda_at <"
            " 9000000000000000 AND NOT EXISTS (SELECT 1 FROM item t WHERE"
            " t.instalment_id = i.id AND t.state NOT IN ('released',"
            " 'struck'))")[0]
        if expected is not None and told + waiting < expected:
            bad.append('%d obligations, %d told, %d scheduled' % (
                expected, told, waiting))
        return bad

    def i2_copies(self):
        return ['%s: %d copies, %d in doubt' % (
                    key, len(copies), self.doubts[key])
                for key, copies in self.copies.items()
                if len(copies) > 1 + self.doubts[key]]

    def i3_accepted(self):
        said = {key for key, copies in self.copies.items()
                if any(copy.verdict == 'taken' for copy in copies)}
        return ['%s was accepted, says the store' % key
                for key in self.answers if key not in said]

    def i4_taken(self, alive):
        bad = []
        for key in self.copies:
            message = self.messages.get(key)
            state = message['state'] if message else 'unknown'
            good = SENT + ('in-doubt',)
            if alive is not False:
                good += ('intent',)     # not rescued, or on the wire
            if state not in good and not self.doubts[key]:
                bad.append('%s was taken, and is %s' % (key, state))
        return bad

    def i5_audit(self):
        done = self.ws.run('audit', 'verify', '--json', want=None)
        if done.returncode != 0:
            return [done.stdout + done.stderr]
        leaves = json.loads(done.stdout)
        intents, = self.ws.sql("SELECT COUNT(*) FROM message m WHERE"
                               " m.state = 'intent'")[0]
        bad = []
        if not leaves['ok']:
            bad.append(done.stdout)
        if leaves.get('open_intents', intents) != intents:
            bad.append('%s intents are open by the log, %d by the store' % (
                leaves['open_intents'], intents))
        return bad

    def i6_rate(self):
        if self.max_per_hour is None:
            return []
        hours = collections.Counter(entry.ms // 3600000
                                    for entry in self.entries
                                    if entry.verdict in TOOK)
        return ['%d in an hour' % count for count in hours.values()
                if count > self.max_per_hour]

    def i7_claims(self, alive):
        if alive is None:       # killed just now: the next start rescues
            return []
        epoch, = self.ws.sql("SELECT CAST(value AS INTEGER) FROM meta WHERE"
                             " name = 'daemon_epoch'")[0]
        return ['%s is %s since boot %d of %d' % (
                    key, message['state'], message['epoch'], epoch)
                for key, message in self.messages.items()
                if message['state'] in FLYING and
                (alive is False or message['epoch'] < epoch)]

    def i8_attempts(self, exact):
        wire = collections.Counter(entry.key for entry in self.entries)
        bad = ['%s: %d on the wire, %d attempts' % (
                   key, count, self.messages[key]['attempts'])
               for key, count in wire.items() if key in self.messages and
               count > self.messages[key]['attempts']]
        if exact:
            bad += ['%s: %d attempts, %d on the wire' % (
                        key, message['attempts'], wire[key])
                    for key, message in self.messages.items()
                    if message['attempts'] != wire[key]]
        return bad

    def i9_bytes(self):
        bad = []
        sealing = {entry.key: entry for sink in self.seals
                   for entry in sink.entries() if entry.verdict in TOOK}
        for key, entry in sealing.items():
            sealed = self.messages[key]['sealed'] \
                if key in self.messages else None
            if sealed is not None and sealed.hex() != entry.sha256:
                bad.append('%s: other bytes than the sealed ones' % key)
        for key, copies in self.copies.items():
            if len({copy.sha256 for copy in copies}) > 1:
                bad.append('%s: copies that differ' % key)
        return bad

    def judge(self, tap, when, expected=None, alive=False, exact=False):
        """alive: True, a daemon runs; False, it ended by itself; None, it was
        killed.  exact: nobody was ever killed."""
        self.look()
        broken = {
            'I1 each obligation is terminal or scheduled':
                self.i1_scheduled(expected),
            'I2 no copy without a doubt': self.i2_copies(),
            'I3 what was accepted was taken': self.i3_accepted(),
            'I4 what was taken is known': self.i4_taken(alive),
            'I5 the log is whole': self.i5_audit(),
            'I6 the rate was kept': self.i6_rate(),
            'I7 no claim of the dead': self.i7_claims(alive),
            'I8 attempts are those of the wire': self.i8_attempts(exact),
            'I9 the sealed bytes': self.i9_bytes(),
        }
        bad = ['%s: %d, %s' % (name, len(found), '; '.join(found[:5]))
               for name, found in broken.items() if found]
        tap.ok(not bad, '%s: I1-I9 hold' % when, '\n'.join(bad))
        return not bad

    def quick(self, alive=None):
        """What can be asked after every kill, without the programs."""
        self.look()
        return (self.i2_copies() + self.i3_accepted() +
                self.i4_taken(alive) + self.i7_claims(alive) +
                self.i8_attempts(False) + self.i9_bytes())

    # -- a person with the ledger beside the store

    def flying(self):
        """Keys with an intent and no outcome."""
        return [key for key, in self.ws.sql(
            "SELECT key FROM message WHERE state = 'intent'")]

    def settle(self):
        """Settles what is in doubt by the ledgers, and lets the dead try
        again: as an operator who asks the other side.  How many."""
        self.look()
        count = 0
        for key, message in sorted(self.messages.items()):
            if message['state'] == 'in-doubt':
                self.ws.run('queue', 'release', key, '--as',
                            'sent' if key in self.copies else 'resend',
                            '--reason', 'by the ledger of the other side')
            elif message['state'] == 'dead':
                self.ws.run('queue', 'retry', key, '--reason', 'killed')
            else:
                continue
            count += 1
        return count
