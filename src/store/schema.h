/* SPDX-License-Identifier: ISC */
/*
 * schema.h - the tables, in db's dialect (type words of db/db.h).
 *
 * Rules of the schema:
 * - A fact that decides is never overwritten.  The first version stands in the
 *   row itself; each later one is a whole row in <table>_change.  What was
 *   true at T is the latest version with known_at <= T.
 * - known_at is the instant from which dunlin may use a row, which can lie in
 *   the future (a payment booked on its settlement date).  Columns named
 *   ended_at, done_at ... are set once.
 * - batch names the import that brought a row; rows of meta's hidden_batch
 *   do not exist yet for readers (an import applied in slices becomes visible
 *   by one update).  batch 0: written by a person or by dunlin itself.
 * - person.rev is raised in one place (store_touch) by every write that can
 *   change a decision.
 */
#ifndef DUNLIN_STORE_SCHEMA_H
#define DUNLIN_STORE_SCHEMA_H

#define STORE_SCHEMA_VERSION	2

/* left out while a first import runs: store_intake_bulk.c */
#define STORE_INVOICE_CUSTOMER \
	"CREATE INDEX IF NOT EXISTS invoice_customer ON invoice (customer_id)"

#define STORE_SCHEMA_1 \
"CREATE TABLE meta (name @text PRIMARY KEY, value @text NOT NULL) @table;" \
/* names: instance, created_at, mode (rehearsal|live), daemon_epoch, */ \
/* config_epoch, config_hash, hidden_batch (-1: none), generation, machine, */ \
/* schema, stop */ \
"CREATE TABLE currency (code @text PRIMARY KEY, exponent @int NOT NULL)" \
"  @table;" \
"CREATE TABLE creditor (id @serial, ref @text NOT NULL UNIQUE," \
"  feed_at @time, feed_as_of @day) @table;" \
\
"CREATE TABLE person (id @serial, ref @text, country @text, tax_id @text," \
"  rev @int NOT NULL, agenda_at @time NOT NULL, epoch @int NOT NULL," \
"  batch @id NOT NULL) @table;" \
"CREATE UNIQUE INDEX person_ref ON person (ref) WHERE ref IS NOT NULL;" \
"CREATE UNIQUE INDEX person_tax ON person (country, tax_id)" \
"  WHERE ref IS NULL AND tax_id IS NOT NULL;" \
"CREATE INDEX person_agenda ON person (agenda_at, id);" \
"CREATE INDEX person_epoch ON person (epoch, id);" \
\
"CREATE TABLE customer (id @serial, creditor_id @id NOT NULL" \
"  REFERENCES creditor (id), ref @text NOT NULL," \
"  person_id @id NOT NULL REFERENCES person (id), name @text NOT NULL," \
"  tax_id @text NOT NULL, type @text NOT NULL, status @text NOT NULL," \
"  country @text NOT NULL, region @text NOT NULL, zone @text NOT NULL," \
"  language @text NOT NULL, policy @text NOT NULL, preferred @text NOT NULL," \
"  email @text NOT NULL, phone @text NOT NULL, whatsapp @text NOT NULL," \
"  address @text NOT NULL, consent @text NOT NULL," \
"  known_at @time NOT NULL, batch @id NOT NULL," \
"  UNIQUE (creditor_id, ref)) @table;" \
"CREATE INDEX customer_person ON customer (person_id);" \
/* the same columns, a whole version a row; '' means unknown or none; */ \
/* consent is a list such as 'email sms' of channels agreed to */ \
"CREATE TABLE customer_change (id @serial, customer_id @id NOT NULL" \
"  REFERENCES customer (id), person_id @id NOT NULL, name @text NOT NULL," \
"  tax_id @text NOT NULL, type @text NOT NULL, status @text NOT NULL," \
"  country @text NOT NULL, region @text NOT NULL, zone @text NOT NULL," \
"  language @text NOT NULL, policy @text NOT NULL, preferred @text NOT NULL," \
"  email @text NOT NULL, phone @text NOT NULL, whatsapp @text NOT NULL," \
"  address @text NOT NULL, consent @text NOT NULL," \
"  known_at @time NOT NULL, batch @id NOT NULL) @table;" \
"CREATE INDEX customer_change_of ON customer_change (customer_id, known_at);" \
"CREATE INDEX customer_change_person ON customer_change (person_id);" \
\
"CREATE TABLE optout (id @serial, customer_id @id NOT NULL" \
"  REFERENCES customer (id), channel @text NOT NULL, address @text NOT NULL," \
"  reason @text NOT NULL, author @text NOT NULL, known_at @time NOT NULL," \
"  ended_at @time) @table;" \
"CREATE INDEX optout_customer ON optout (customer_id);" \
\
"CREATE TABLE invoice (id @serial, creditor_id @id NOT NULL," \
"  customer_id @id NOT NULL REFERENCES customer (id), ref @text NOT NULL," \
"  currency @text NOT NULL, issued @day, status @text NOT NULL," \
"  pay_url @text NOT NULL, document @text NOT NULL," \
"  purchase_order @text NOT NULL, policy @text NOT NULL," \
"  known_at @time NOT NULL, batch @id NOT NULL," \
"  UNIQUE (creditor_id, ref)) @table;" \
STORE_INVOICE_CUSTOMER ";" \
"CREATE TABLE invoice_change (id @serial, invoice_id @id NOT NULL" \
"  REFERENCES invoice (id), issued @day, status @text NOT NULL," \
"  pay_url @text NOT NULL, document @text NOT NULL," \
"  purchase_order @text NOT NULL, policy @text NOT NULL," \
"  known_at @time NOT NULL, batch @id NOT NULL) @table;" \
"CREATE INDEX invoice_change_of ON invoice_change (invoice_id, known_at);" \
\
"CREATE TABLE instalment (id @serial, invoice_id @id NOT NULL" \
"  REFERENCES invoice (id), number @int NOT NULL, due @day," \
"  amount @money NOT NULL, cycle @int NOT NULL, known_at @time NOT NULL," \
"  batch @id NOT NULL, UNIQUE (invoice_id, number)) @table;" \
"CREATE TABLE instalment_change (id @serial, instalment_id @id NOT NULL" \
"  REFERENCES instalment (id), due @day, cycle @int NOT NULL," \
"  known_at @time NOT NULL, batch @id NOT NULL) @table;" \
"CREATE INDEX instalment_change_of" \
"  ON instalment_change (instalment_id, known_at);" \
\
/* amount: what it adds to the balance, so a payment is negative; */ \
/* instalment_id NULL: not allocated yet, belongs to the customer */ \
"CREATE TABLE entry (id @serial, customer_id @id NOT NULL" \
"  REFERENCES customer (id), instalment_id @id REFERENCES instalment (id)," \
"  kind @text NOT NULL, ref @text NOT NULL, currency @text NOT NULL," \
"  amount @money NOT NULL, value_on @day NOT NULL, known_at @time NOT NULL," \
"  author @text NOT NULL, batch @id NOT NULL) @table;" \
"CREATE INDEX entry_instalment ON entry (instalment_id)" \
"  WHERE instalment_id IS NOT NULL;" \
"CREATE INDEX entry_customer ON entry (customer_id)" \
"  WHERE instalment_id IS NULL;" \
/* one payment or credit note of a feed is booked once, in as many entries */ \
/* as it takes */ \
"CREATE TABLE document (creditor_id @id NOT NULL, kind @text NOT NULL," \
"  ref @text NOT NULL, amount @money NOT NULL, currency @text NOT NULL," \
"  batch @id NOT NULL, PRIMARY KEY (creditor_id, kind, ref))" \
"  @table_by_key;" \
\
"CREATE TABLE hold (id @serial, scope @text NOT NULL," \
"  subject_id @id NOT NULL, person_id @id NOT NULL, reason @text NOT NULL," \
"  author @text NOT NULL, from_at @time NOT NULL, until_at @time NOT NULL," \
"  known_at @time NOT NULL, ended_at @time, ended_by @text) @table;" \
"CREATE INDEX hold_person ON hold (person_id);" \
"CREATE TABLE dispute (id @serial, instalment_id @id NOT NULL," \
"  person_id @id NOT NULL, amount @money, reason @text NOT NULL," \
"  author @text NOT NULL, known_at @time NOT NULL, ended_at @time," \
"  verdict @text) @table;" \
"CREATE INDEX dispute_person ON dispute (person_id);" \
"CREATE TABLE promise (id @serial, scope @text NOT NULL," \
"  subject_id @id NOT NULL, person_id @id NOT NULL, currency @text NOT NULL," \
"  amount @money NOT NULL, pay_on @day NOT NULL, reason @text NOT NULL," \
"  author @text NOT NULL, known_at @time NOT NULL, ended_at @time," \
"  verdict @text) @table;" \
"CREATE INDEX promise_person ON promise (person_id);" \
/* contacts that people made: calls, visits, replies */ \
"CREATE TABLE contact (id @serial, person_id @id NOT NULL," \
"  customer_id @id NOT NULL, channel @text NOT NULL, outcome @text NOT NULL," \
"  note @text NOT NULL, author @text NOT NULL, at @time NOT NULL," \
"  known_at @time NOT NULL) @table;" \
"CREATE INDEX contact_person ON contact (person_id, at);" \
\
"CREATE TABLE notice (id @serial, key @text NOT NULL UNIQUE," \
"  person_id @id NOT NULL, customer_id @id NOT NULL," \
"  creditor_id @id NOT NULL, policy @text NOT NULL, step @text NOT NULL," \
"  stage @text NOT NULL, generation @int NOT NULL, state @text NOT NULL," \
"  rev @int NOT NULL, config_epoch @int NOT NULL, import_gen @int NOT NULL," \
"  intent @text NOT NULL, in_doubt @text NOT NULL," \
"  decided_at @time NOT NULL, not_after @time NOT NULL," \
"  accepted_at @time, ended_at @time, ended_why @text) @table;" \
"CREATE INDEX notice_person ON notice (person_id, state);" \
"CREATE TABLE item (id @serial, notice_id @id, instalment_id @id NOT NULL," \
"  cycle @int NOT NULL, step @text NOT NULL, occurrence @int NOT NULL," \
"  state @text NOT NULL, amount @money NOT NULL, at @time NOT NULL," \
"  rule @text NOT NULL) @table;" \
"CREATE UNIQUE INDEX item_once" \
"  ON item (instalment_id, cycle, step, occurrence)" \
"  WHERE state NOT IN ('released', 'struck');" \
"CREATE INDEX item_notice ON item (notice_id);" \
"CREATE INDEX item_instalment ON item (instalment_id);" \
\
"CREATE TABLE message (id @serial, notice_id @id NOT NULL" \
"  REFERENCES notice (id), c @int NOT NULL, key @text NOT NULL UNIQUE," \
"  channel @text NOT NULL, address @text NOT NULL, route @text NOT NULL," \
"  state @text NOT NULL, attempts @int NOT NULL, crashes @int NOT NULL," \
"  next_at @time NOT NULL, first_at @time, epoch @int NOT NULL," \
"  person_id @id NOT NULL, template_hash @bytes, sealed_hash @bytes," \
"  provider_id @text NOT NULL, accepted_at @time) @table;" \
"CREATE INDEX message_ready ON message (channel, next_at, id)" \
"  WHERE state = 'ready';" \
"CREATE INDEX message_flying ON message (epoch, id)" \
"  WHERE state IN ('claimed', 'intent');" \
"CREATE INDEX message_stuck ON message (next_at, id)" \
"  WHERE state IN ('in-doubt', 'dead');" \
"CREATE INDEX message_notice ON message (notice_id);" \
"CREATE INDEX message_person ON message (person_id, accepted_at);" \
"CREATE TABLE sealed (message_id @id PRIMARY KEY, hash @bytes NOT NULL," \
"  template_hash @bytes, bytes @bytes NOT NULL) @table;" \
/* bytes: what its first byte says: 0 zstd, 1 zstd with the sample of */ \
/* template_hash before it */ \
"CREATE TABLE sample (template_hash @bytes PRIMARY KEY," \
"  bytes @bytes NOT NULL) @table;" \
"CREATE TABLE attempt (id @serial, message_id @id NOT NULL, n @int NOT NULL," \
"  route @text NOT NULL, started_at @time NOT NULL, ended_at @time," \
"  outcome @text NOT NULL, code @text NOT NULL, reply @text NOT NULL)" \
"  @table;" \
"CREATE INDEX attempt_message ON attempt (message_id);" \
\
"CREATE TABLE task (id @serial, kind @text NOT NULL, person_id @id," \
"  customer_id @id, invoice_id @id, notice_id @id, creditor_id @id," \
"  about @text NOT NULL, dedup @text NOT NULL, due_at @time NOT NULL," \
"  owner @text NOT NULL, created_at @time NOT NULL, done_at @time," \
"  done_by @text, outcome @text) @table;" \
"CREATE UNIQUE INDEX task_once ON task (dedup) WHERE done_at IS NULL;" \
"CREATE TABLE alert (id @serial, kind @text NOT NULL, dedup @text NOT NULL," \
"  about @text NOT NULL, first_at @time NOT NULL, last_at @time NOT NULL," \
"  count @int NOT NULL, cleared_at @time) @table;" \
"CREATE UNIQUE INDEX alert_once ON alert (dedup) WHERE cleared_at IS NULL;" \
\
"CREATE TABLE template (hash @bytes PRIMARY KEY, name @text NOT NULL," \
"  body @text NOT NULL) @table;" \
"CREATE TABLE publication (id @serial, name @text NOT NULL," \
"  hash @bytes NOT NULL, author @text NOT NULL, reason @text NOT NULL," \
"  at @time NOT NULL) @table;" \
"CREATE INDEX publication_name ON publication (name, id);" \
\
"CREATE TABLE batch (id @serial, kind @text NOT NULL, creditor_id @id," \
"  file @text NOT NULL, hash @bytes NOT NULL, as_of @day," \
"  author @text NOT NULL, started_at @time NOT NULL, state @text NOT NULL," \
"  read_n @int NOT NULL, new_n @int NOT NULL, changed_n @int NOT NULL," \
"  same_n @int NOT NULL, rejected_n @int NOT NULL) @table;" \
/* state: hidden, visible (touches outstanding), done, undone */ \
"CREATE INDEX batch_visible ON batch (id) WHERE state = 'visible';" \
"CREATE TABLE batch_touch (batch @id NOT NULL, person_id @id NOT NULL," \
"  PRIMARY KEY (batch, person_id)) @table_by_key;" \
\
"CREATE TABLE audit_leaf (seq @id PRIMARY KEY, body @bytes NOT NULL," \
"  hash @bytes NOT NULL) @table;" \
"CREATE TABLE audit_frontier (one @id PRIMARY KEY, size @int NOT NULL," \
"  state @bytes NOT NULL) @table;" \
/* what a leaf's commitments were made of: field 1 its recipient, 2 its */ \
/* customer; by seq, so that a commit adds at the end */ \
"CREATE TABLE audit_salt (seq @id NOT NULL, field @int NOT NULL," \
"  salt @bytes NOT NULL, person_id @id NOT NULL, value @text NOT NULL," \
"  PRIMARY KEY (seq, field)) @table_by_key;" \
"CREATE INDEX audit_salt_person ON audit_salt (person_id);" \
"CREATE TABLE send_count (hour @time PRIMARY KEY, notices @int NOT NULL," \
"  high @int NOT NULL) @table;"

/* asked: who wants a message in doubt sent again: NULL nobody, -1 a person
 * took it back, else a person asked after that many doubts. */
#define STORE_SCHEMA_2 \
"ALTER TABLE message ADD COLUMN asked @int;" \
"CREATE INDEX task_notice ON task (notice_id) WHERE notice_id IS NOT NULL;"

#endif
