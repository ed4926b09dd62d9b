/* SPDX-License-Identifier: ISC */
/*
 * What is reported of a message, whatever the server does: one row a fault.
 *
 * The traps of libESMTP 1.1.0, and the test that fails without the cure:
 *
 *	Nagle, 44 ms a message			test_smtp_speed
 *	TLS 1.3 ticket before the flush		test_smtp_tls, test_handshakes
 *	STARTTLS response injection		test_smtp_tls, "injected"
 *	its own TLS context, names, SNI		test_smtp_tls, test_tls
 *	IP addresses in certificates		test_smtp_tls, "good by address"
 *	goes on without STARTTLS (HELO)		test_smtp_tls, "no EHLO"
 *	goes on when AUTH failed		test_smtp_tls, test_auth
 *	the plugin of CRAM-MD5 is not found	test_smtp_tls, "CRAM-MD5"
 *	no connect timeout			test_smtp_pool, test_no_answer
 *	timeouts for a byte, not an answer	"banner slow", "dot slow"
 *	milliseconds called seconds		"dot stall"
 *	stale errno				every message (recv leaves EAGAIN)
 *	stale code 354				"dot stall", "dot drop"
 *	start_session says 1 on failure		every row that fails
 *	transfer status hides the recipient's	"rcpt 450, then 503"
 *	before or behind the dot looks alike	"data drop", "dot drop"
 *	a refused body still being sent		"body broken off"
 *	CHUNKING cannot be stopped, lies	"CHUNKING offered"; test_stops
 *	commands and answers out of step	"... twice"
 *	"250" alone, NUL in an answer		"dot, code alone", "dot, NUL"
 *	addresses and bytes pasted raw		test_unfit
 *	unasked 421 is not looked for		test_smtp_pool, test_idle_lost
 *	421 is like any other no		rows with 421: two connections
 *	messages added behind a refused DATA	"data 451"
 *	QUIT waits for minutes			test_smtp_pool, test_quit
 *	SIGPIPE					"dot rst" (the test would end)
 *	calls not bound to the shim		test_smtp_noshim
 */
#include "mail/smtp.h"

#include "mail/kit.h"
#include "mail/peer.h"
#include "support/test.h"

#include <errno.h>

#define BIG	12000000	/* more than the buffers of a connection */

struct row {
	const char		*name;
	struct peer_script	 script;
	enum smtp_stage		 stage;		/* of the first message */
	int			 code;
	const char		*enhanced;
	int			 error;
	bool			 body_ended;
	const char		*says;		/* part of the reply */
	bool			 second_too;	/* the same befalls the next */
};

/* Then a second message is sent, which unless said otherwise is taken. */
static const struct row	rows[] = {
	{ "good", { 0 }, SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	{ "good, no PIPELINING", { .no_pipelining = true },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	{ "good, HELO only", { .ehlo = "502 what" },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	{ "CHUNKING offered", { .more = "250-CHUNKING\r\n250-BINARYMIME\r\n"
	  "250-XUSR\r\n" }, SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	/* banner */
	{ "banner drop", { .banner = "@drop" },
	  SMTP_BANNER, 0, "", ECONNRESET, false, "closed", true },
	{ "banner stall", { .banner = "@stall", .first_only = 1 },
	  SMTP_BANNER, 0, "", ETIMEDOUT, false, "within its time", false },
	{ "banner 554", { .banner = "554 5.7.1 go away" },
	  SMTP_BANNER, 554, "5.7.1", 0, false, "go away", true },
	{ "banner 421", { .banner = "421 4.3.2 busy@drop", .first_only = 1 },
	  SMTP_BANNER, 0, "", ECONNRESET, false, "closed", false },
	{ "banner 421 line", { .banner = "421 4.3.2 busy", .first_only = 1 },
	  SMTP_BANNER, 421, "4.3.2", 0, false, "busy", false },
	{ "banner 250", { .banner = "250 hello" },
	  SMTP_BANNER, 0, "", EPROTO, false, "250 hello", true },
	{ "banner of another", { .banner = "HTTP/1.1 400 Bad Request" },
	  SMTP_BANNER, 0, "", EPROTO, false, "HTTP/1.1", true },
	{ "banner twice", { .banner = "220 a\r\n220 b" },
	  SMTP_BANNER, 0, "", EPROTO, false, "unasked", true },
	{ "banner multi-line", { .banner = "220-a\r\n220-b\r\n220 c" },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	{ "banner slow", { .banner = "@slow220 peer with a very long name",
	  .first_only = 1 },
	  SMTP_BANNER, 0, "", ETIMEDOUT, false, "within its time", false },
	/* EHLO */
	{ "ehlo 421", { .ehlo = "421 4.3.2 later", .first_only = 1 },
	  SMTP_EHLO, 421, "4.3.2", 0, false, "later", false },
	{ "ehlo 550", { .ehlo = "550 5.7.1 you not" },
	  SMTP_EHLO, 550, "5.7.1", 0, false, "you not", true },
	{ "ehlo rst", { .ehlo = "@rst" },
	  SMTP_EHLO, 0, "", ECONNRESET, false, "closed", true },
	{ "ehlo twice", { .ehlo = "250-x\r\n250 SIZE 1\r\n250-x\r\n250 y" },
	  SMTP_EHLO, 0, "", EPROTO, false, "unasked", true },
	{ "ehlo, code alone", { .ehlo = "250-\r\n250" },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	/* MAIL */
	{ "mail 451", { .mail = "451 4.3.0 later", .only = 1 },
	  SMTP_MAIL, 451, "4.3.0", 0, false, "later", false },
	{ "mail 552", { .mail = "552 5.3.4 too big", .only = 1 },
	  SMTP_MAIL, 552, "5.3.4", 0, false, "too big", false },
	{ "mail 421", { .mail = "421 4.7.0 too many", .only = 1,
	  .first_only = 1 },
	  SMTP_MAIL, 421, "4.7.0", 0, false, "too many", false },
	{ "mail drop", { .mail = "@drop", .first_only = 1 },
	  SMTP_MAIL, 0, "", ECONNRESET, false, "closed", false },
	{ "mail stall", { .mail = "@stall", .first_only = 1 },
	  SMTP_MAIL, 0, "", ETIMEDOUT, false, "within its time", false },
	{ "mail 354", { .mail = "354 what", .first_only = 1 },
	  SMTP_MAIL, 0, "", EPROTO, false, "354", false },
	{ "mail twice", { .mail = "250 ok\r\n250 ok", .first_only = 1 },
	  SMTP_MAIL, 0, "", EPROTO, false, "unasked", false },
	{ "mail garbage", { .mail = "\x80\xff\x01 zzz", .first_only = 1 },
	  SMTP_MAIL, 0, "", EPROTO, false, "no SMTP answer", false },
	/* RCPT */
	{ "rcpt 450 greylist", { .rcpt = "450 4.7.1 greylisted, try in 300 s",
	  .only = 1 },
	  SMTP_RCPT, 450, "4.7.1", 0, false, "greylisted", false },
	{ "rcpt 450, then 503", { .rcpt = "450 4.2.1 later",
	  .data = "503 5.5.1 no rcpt", .first_only = 1 },
	  SMTP_RCPT, 450, "4.2.1", 0, false, "later", false },
	{ "rcpt 450, then 354", { .rcpt = "450 4.2.1 later",
	  .dot = "554 5.5.1 none", .only = 1 },
	  SMTP_RCPT, 450, "4.2.1", 0, false, "later", false },
	{ "rcpt 450, then all taken", { .rcpt = "450 4.2.1 later", .only = 1 },
	  SMTP_RCPT, 450, "4.2.1", 0, false, "later", false },
	{ "rcpt 550", { .rcpt = "550 5.1.1 no such user",
	  .data = "554 5.5.1 no rcpt", .first_only = 1 },
	  SMTP_RCPT, 550, "5.1.1", 0, false, "no such", false },
	{ "rcpt 550, no PIPELINING", { .rcpt = "550 5.1.1 no such user",
	  .data = "554 5.5.1 no rcpt", .first_only = 1, .no_pipelining = true },
	  SMTP_RCPT, 550, "5.1.1", 0, false, "no such", false },
	{ "rcpt 550, not announced", { .rcpt = "550 5.1.1 no such user",
	  .data = "554 no", .first_only = 1, .no_enhanced = true },
	  SMTP_RCPT, 550, "5.1.1", 0, false, "no such", false },
	{ "rcpt 550 without enhanced", { .rcpt = "550 no such user",
	  .data = "554 no", .first_only = 1 },
	  SMTP_RCPT, 550, "", 0, false, "no such", false },
	{ "rcpt, contradiction", { .rcpt = "450 5.1.1 no such user",
	  .data = "554 no", .first_only = 1 },
	  SMTP_RCPT, 450, "5.1.1", 0, false, "no such", false },
	{ "rcpt 421 drop", { .rcpt = "421 4.3.2 shutting down\r\n@drop",
	  .only = 1, .first_only = 1 },
	  SMTP_RCPT, 421, "4.3.2", 0, false, "shutting", false },
	{ "rcpt 421 stall", { .rcpt = "421 4.3.2 shutting down",
	  .data = "@stall", .only = 1, .first_only = 1 },
	  SMTP_RCPT, 421, "4.3.2", 0, false, "shutting", false },
	{ "rcpt drop", { .rcpt = "@drop", .first_only = 1 },
	  SMTP_RCPT, 0, "", ECONNRESET, false, "closed", false },
	{ "rcpt twice", { .rcpt = "250 ok\r\n250 ok", .first_only = 1 },
	  SMTP_BODY, 0, "", EPROTO, false, "", false },
	{ "rcpt multi-line", { .rcpt = "550-5.1.1 no\r\n550-5.1.1 such\r\n"
	  "550 5.1.1 user", .data = "554 no", .first_only = 1 },
	  SMTP_RCPT, 550, "5.1.1", 0, false, "5.1.1 such\n", false },
	{ "rcpt, codes differ", { .rcpt = "250-a\r\n550 b", .first_only = 1 },
	  SMTP_RCPT, 0, "", EPROTO, false, "cannot be", false },
	{ "rcpt with NUL", { .rcpt = "550 5.1.1 no @nul user",
	  .data = "554 no", .first_only = 1 },
	  SMTP_RCPT, 550, "5.1.1", 0, false, "no ? user", false },
	/* DATA */
	{ "data 451", { .data = "451 4.3.0 not now", .first_only = 1 },
	  SMTP_BODY, 451, "4.3.0", 0, false, "not now", false },
	{ "data 554", { .data = "554 5.7.1 no", .first_only = 1 },
	  SMTP_BODY, 554, "5.7.1", 0, false, "no", false },
	{ "data 250", { .data = "250 ok", .first_only = 1 },
	  SMTP_BODY, 0, "", EPROTO, false, "250", false },
	{ "data twice", { .data = "354 go\r\n354 go", .first_only = 1 },
	  SMTP_BODY, 0, "", EPROTO, false, "unasked", false },
	{ "data drop", { .data = "@drop", .first_only = 1 },
	  SMTP_BODY, 0, "", ECONNRESET, false, "closed", false },
	{ "data stall", { .data = "@stall", .first_only = 1 },
	  SMTP_BODY, 0, "", ETIMEDOUT, false, "within its time", false },
	/* the dot */
	{ "dot 451", { .dot = "451 4.3.0 try later", .only = 1 },
	  SMTP_DOT, 451, "4.3.0", 0, true, "later", false },
	{ "dot 454 throttled", { .dot = "454 Throttling failure: Maximum"
	  " sending rate exceeded.", .only = 1 },
	  SMTP_DOT, 454, "", 0, true, "Throttling", false },
	{ "dot 554", { .dot = "554 5.6.0 no", .only = 1 },
	  SMTP_DOT, 554, "5.6.0", 0, true, "no", false },
	{ "dot 421", { .dot = "421 4.3.2 full", .only = 1, .first_only = 1 },
	  SMTP_DOT, 421, "4.3.2", 0, true, "full", false },
	{ "dot drop", { .dot = "@drop", .first_only = 1 },
	  SMTP_DOT, 0, "", ECONNRESET, true, "closed", false },
	{ "dot rst", { .dot = "@rst", .first_only = 1 },
	  SMTP_DOT, 0, "", ECONNRESET, true, "closed", false },
	{ "dot stall", { .dot = "@stall", .first_only = 1 },
	  SMTP_DOT, 0, "", ETIMEDOUT, true, "within its time", false },
	{ "dot slow", { .dot = "@slow250 2.0.0 queued as 1234567890",
	  .first_only = 1 },
	  SMTP_DOT, 0, "", ETIMEDOUT, true, "within its time", false },
	{ "dot half an answer", { .dot = "25@drop", .first_only = 1 },
	  SMTP_DOT, 0, "", ECONNRESET, true, "closed", false },
	{ "dot garbage", { .dot = "ok, thanks", .first_only = 1 },
	  SMTP_DOT, 0, "", EPROTO, true, "ok, thanks", false },
	{ "dot 354", { .dot = "354 more", .first_only = 1 },
	  SMTP_DOT, 0, "", EPROTO, true, "354", false },
	{ "dot, code alone", { .dot = "250", .only = 1 },
	  SMTP_DOT, 250, "", 0, true, "", false },
	{ "dot, bare LF", { .dot = "250 2.0.0 ok\n@raw", .only = 1 },
	  SMTP_DOT, 250, "2.0.0", 0, true, "ok", false },
	{ "dot, NUL", { .dot = "250-2.0.0 @nulx\r\n250 2.0.0 ok", .only = 1 },
	  SMTP_DOT, 250, "2.0.0", 0, true, "?x", false },
	{ "dot, UTF-8", { .dot = "250 2.0.0 aceptado: \xc3\xb1", .only = 1 },
	  SMTP_DOT, 250, "2.0.0", 0, true, "\xc3\xb1", false },
	{ "dot twice", { .dot = "250 2.0.0 ok\r\n250 2.0.0 ok", .only = 1 },
	  SMTP_DOT, 250, "2.0.0", 0, true, "ok", false },
	{ "dot, then unasked 421", { .dot = "250 2.0.0 ok\r\n421 4.3.2 idle",
	  .only = 1 }, SMTP_DOT, 250, "2.0.0", 0, true, "ok", false },
	{ "dot, then gone", { .dot = "250 2.0.0 ok\r\n@drop", .only = 1 },
	  SMTP_DOT, 250, "2.0.0", 0, true, "ok", false },
	{ "body broken off", { .drop_in_body = 100000, .first_only = 1 },
	  SMTP_BODY, 0, "", ECONNRESET, false, "", true },
	/* AUTH where none was asked for, and QUIT */
	{ "AUTH offered, no user", { .mechanisms = "PLAIN LOGIN" },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
	{ "quit stall", { .quit = "@stall" },
	  SMTP_DOT, 250, "2.0.0", 0, true, "queued", true },
};

/* The number of what is wrong. */
static int
check_answer(const struct row *row, const struct smtp_answer *answer)
{
	if (answer->stage == row->stage && answer->code == row->code &&
	    strcmp(answer->enhanced, row->enhanced) == 0 &&
	    answer->error == row->error &&
	    answer->body_ended == row->body_ended && !answer->stopped &&
	    strstr(answer->reply, row->says) != NULL)
		return 0;
	print_message("# %s: %s %d %s error %d%s \"%s\"\n", row->name,
	    smtp_stage_names[answer->stage], answer->code, answer->enhanced,
	    answer->error, answer->body_ended ? " body ended" : "",
	    answer->reply);
	return 1;
}

static int
run_row(const struct row *row)
{
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 one, two;
	bool			 is_good = row->code / 100 == 2;
	int			 bad;

	kit_options(&options);
	kit = kit_new(&row->script, &options);
	kit_job(kit, &one, row->script.drop_in_body > 0 ? BIG : 3000);
	kit_run(kit, 1);
	bad = check_answer(row, &one.answer);
	kit_job(kit, &two, row->script.drop_in_body > 0 ? BIG : 3000);
	kit_run(kit, 2);
	if (row->second_too)
		bad += check_answer(row, &two.answer);
	else if (two.answer.code != 250) {
		print_message("# %s: the second: %s %d error %d \"%s\"\n",
		    row->name, smtp_stage_names[two.answer.stage],
		    two.answer.code, two.answer.error, two.answer.reply);
		bad++;
	}
	if ((row->code == 421 && peer_connections(kit->peer) != 2) ||
	    (is_good && strstr(row->name, "then") == NULL &&
	    strstr(row->name, "twice") == NULL &&
	    peer_connections(kit->peer) != 1) ||
	    peer_saw(kit->peer, "BDAT") || peer_saw(kit->peer, "XUSR")) {
		print_message("# %s: %d connections\n", row->name,
		    peer_connections(kit->peer));
		bad++;
	}
	kit_free(kit);
	return bad;
}

static void
test_rows(void **state)
{
	int	bad = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		bad += run_row(&rows[i]);
	assert_int_equal(bad, 0);
}

/* What arrives is what was handed over, byte for byte: dots, long lines. */
static void
test_bytes(void **state)
{
	static const char	message[] = "Return-Path: <x@y.test>\r\n"
	    "From: Ana <a@x.test>\r\nTo: b@x.test\r\nSubject: one\r\n two\r\n"
	    "Date: Sat, 21 Nov 2026 10:00:00 -0500\r\n"
	    "Message-ID: <k.1@x.test>\r\nMIME-Version: 1.0\r\n"
	    "X-Odd:\r\nContent-Type: text/plain\r\n\r\n"
	    ".\r\n..\r\n.dot\r\n\r\nend \t\r\n.\r\n";
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job = {0};
	const char		*got;
	size_t			 len;

	(void)state;
	kit_options(&options);
	kit = kit_new(&script, &options);
	job.from = STR("a@x.test");
	job.to = STR("b@x.test");
	job.bytes = str_of(strchr(message, '\n') + 1);
	smtp_pool_put(kit->pool, &job);
	kit_run(kit, 1);
	assert_int_equal(job.answer.code, 250);
	got = peer_message(kit->peer, &len);
	assert_string_equal(got, strchr(message, '\n') + 1);
	assert_true(peer_saw(kit->peer, "MAIL FROM:<a@x.test> SIZE="));
	assert_true(peer_saw(kit->peer, "RCPT TO:<b@x.test>\n"));
	assert_non_null(strstr(job.answer.peer, "127.0.0.1:"));
	kit_free(kit);
}

/* Nothing of it reaches the wire. */
static void
test_unfit(void **state)
{
	static const struct {
		const char	*from, *to, *bytes;
		size_t		 len;
		int		 error;
	} jobs[] = {
		{ "a@x.test", "b@x.test>\r\nRCPT TO:<c@x.test", "X: y\r\n\r\n",
		  8, EDESTADDRREQ },
		{ "a@x.test", "\xc3\xb1@x.test", "X: y\r\n\r\n", 8,
		  EDESTADDRREQ },
		{ "a@x.test", "", "X: y\r\n\r\n", 8, EDESTADDRREQ },
		{ "a x@x.test", "b@x.test", "X: y\r\n\r\n", 8, EINVAL },
		{ "a@x.test", "b@x.test", "X: y\r\n\r\nz\n", 10, EINVAL },
		{ "a@x.test", "b@x.test", "X: y\n\n.\r\n", 9, EINVAL },
		{ "a@x.test", "b@x.test", "X: y\r\r\n", 7, EINVAL },
		{ "a@x.test", "b@x.test", "X: y\r\n\r\nz", 9, EINVAL },
		{ "a@x.test", "b@x.test", "X: \0\r\n\r\n", 8, EINVAL },
		{ "a@x.test", "b@x.test", "", 0, EINVAL },
	};
	struct peer_script	 script = {0};
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	kit = kit_new(&script, &options);
	for (size_t i = 0; i < TEST_COUNT(jobs); i++) {
		job = (struct smtp_job){ .from = str_of(jobs[i].from),
		    .to = str_of(jobs[i].to),
		    .bytes = {jobs[i].bytes, jobs[i].len} };
		smtp_pool_put(kit->pool, &job);
		kit_run(kit, i + 1);
		assert_int_equal(job.answer.stage, SMTP_QUEUED);
		assert_int_equal(job.answer.error, jobs[i].error);
	}
	assert_int_equal(peer_connections(kit->peer), 0);
	job = (struct smtp_job){ .to = STR("b@x.test"),
	    .bytes = STR("X: y\r\n\r\n") };	/* an empty sender is fine */
	smtp_pool_put(kit->pool, &job);
	kit_run(kit, TEST_COUNT(jobs) + 1);
	assert_int_equal(job.answer.code, 250);
	assert_true(peer_saw(kit->peer, "MAIL FROM:<>"));
	kit_free(kit);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_unfit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
