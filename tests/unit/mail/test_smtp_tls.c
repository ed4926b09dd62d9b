/* SPDX-License-Identifier: ISC */
/*
 * STARTTLS and AUTH: nothing is handed to a server that is not who it should
 * be, or by somebody who could not sign in.
 */
#include "mail/smtp.h"

#include "mail/kit.h"
#include "support/test.h"

#include <errno.h>

struct row {
	const char		*name;
	const char		*host;
	struct peer_script	 script;
	const char		*user;		/* NULL: no AUTH */
	enum smtp_stage		 stage;
	int			 code;
	int			 error;
	const char		*says;
	bool			 body_ended;
	const char		*sni;		/* NULL: whatever */
	const char		*saw;		/* a command; NULL: whatever */
};

#define TAKEN	SMTP_DOT, 250, 0, "queued", true

static const struct row	tls_rows[] = {
	{ "good", "localhost", { .cert = PEER_GOOD }, NULL, TAKEN,
	  "localhost", "MAIL" },
	{ "good by address", "127.0.0.1", { .cert = PEER_GOOD }, NULL, TAKEN,
	  "", "MAIL" },
	{ "wrong name", "localhost", { .cert = PEER_WRONG_NAME }, NULL,
	  SMTP_TLS, 0, EKEYREJECTED, "hostname mismatch", false, "localhost",
	  NULL },
	{ "wrong address", "127.0.0.1", { .cert = PEER_WRONG_NAME }, NULL,
	  SMTP_TLS, 0, EKEYREJECTED, "IP address mismatch", false, "", NULL },
	{ "unknown authority", "localhost", { .cert = PEER_STRANGER }, NULL,
	  SMTP_TLS, 0, EKEYREJECTED, "certificate is refused", false, NULL,
	  NULL },
	{ "expired", "localhost", { .cert = PEER_EXPIRED }, NULL,
	  SMTP_TLS, 0, EKEYREJECTED, "expired", false, NULL, NULL },
	{ "STARTTLS stripped", "localhost", { .cert = PEER_GOOD,
	  .strips_starttls = true }, NULL,
	  SMTP_TLS, 0, EPROTONOSUPPORT, "does not offer", false, NULL, NULL },
	{ "no EHLO", "localhost", { .cert = PEER_GOOD, .ehlo = "502 what" },
	  NULL, SMTP_TLS, 0, EPROTONOSUPPORT, "does not offer", false, NULL,
	  NULL },
	{ "half an answer", "localhost", { .cert = PEER_GOOD,
	  .starttls = "220 2.0.0 g@raw" }, NULL,
	  SMTP_TLS, 0, ETIMEDOUT, "within its time", false, NULL, NULL },
	{ "refused", "localhost", { .cert = PEER_GOOD,
	  .starttls = "454 4.7.0 not now\r\n@drop" }, NULL,
	  SMTP_TLS, 454, 0, "not now", false, NULL, NULL },
	{ "gone", "localhost", { .cert = PEER_GOOD,
	  .starttls = "220 go\r\n@drop" }, NULL,
	  SMTP_TLS, 0, ECONNRESET, "closed", false, NULL, NULL },
	{ "silent", "localhost", { .cert = PEER_GOOD,
	  .starttls = "220 go\r\n@stall" }, NULL,
	  SMTP_TLS, 0, ETIMEDOUT, "within its time", false, NULL, NULL },
	{ "an answer injected", "localhost", { .cert = PEER_GOOD,
	  .starttls = "220 go\r\n250-evil\r\n250 SIZE 1" }, NULL,
	  SMTP_TLS, 0, EPROTO, "unasked", false, NULL, NULL },
	{ "part of one injected", "localhost", { .cert = PEER_GOOD,
	  .starttls = "220 go\r\n250 SI@raw" }, NULL,
	  SMTP_TLS, 0, EPROTO, "unasked", false, NULL, NULL },
	{ "gone behind the dot", "localhost", { .cert = PEER_GOOD,
	  .dot = "@drop" }, NULL,
	  SMTP_DOT, 0, ECONNRESET, "closed", true, NULL, "MAIL" },
	{ "gone behind the dot without notice", "localhost",
	  { .cert = PEER_GOOD, .dot = "@drop", .no_notify = true }, NULL,
	  SMTP_DOT, 0, ECONNRESET, "closed", true, NULL, "MAIL" },
	{ "gone before the dot", "localhost", { .cert = PEER_GOOD,
	  .data = "@drop", .no_notify = true }, NULL,
	  SMTP_BODY, 0, ECONNRESET, "closed", false, NULL, "MAIL" },
	{ "refused recipient", "localhost", { .cert = PEER_GOOD,
	  .rcpt = "550 5.1.1 nobody", .data = "554 no" }, NULL,
	  SMTP_RCPT, 550, 0, "nobody", false, NULL, "MAIL" },
};

static const struct row	auth_rows[] = {
	{ "PLAIN", "localhost", { .cert = PEER_GOOD, .mechanisms = "PLAIN" },
	  "ana", TAKEN, NULL, "AUTH PLAIN AGFuYQBwdw==" },
	{ "LOGIN", "localhost", { .cert = PEER_GOOD, .mechanisms = "LOGIN" },
	  "ana", TAKEN, NULL, "AUTH LOGIN" },
	{ "CRAM-MD5", "localhost", { .cert = PEER_GOOD,
	  .mechanisms = "CRAM-MD5" }, "ana", TAKEN, NULL, "AUTH CRAM-MD5" },
	{ "NTLM is passed over", "localhost", { .cert = PEER_GOOD,
	  .mechanisms = "NTLM PLAIN" }, "ana", TAKEN, NULL, "AUTH PLAIN" },
	{ "535", "localhost", { .cert = PEER_GOOD, .mechanisms = "PLAIN",
	  .auth = "535 5.7.8 wrong" }, "ana",
	  SMTP_AUTH, 535, 0, "wrong", false, NULL, NULL },
	{ "535 by each way", "localhost", { .cert = PEER_GOOD,
	  .mechanisms = "PLAIN LOGIN CRAM-MD5", .auth = "535 5.7.8 wrong" },
	  "ana", SMTP_AUTH, 535, 0, "wrong", false, NULL, NULL },
	{ "454", "localhost", { .cert = PEER_GOOD, .mechanisms = "PLAIN",
	  .auth = "454 4.7.0 later" }, "ana",
	  SMTP_AUTH, 454, 0, "later", false, NULL, NULL },
	{ "534", "localhost", { .cert = PEER_GOOD, .mechanisms = "PLAIN",
	  .auth = "534 5.7.9 weak" }, "ana",
	  SMTP_AUTH, 534, 0, "weak", false, NULL, NULL },
	{ "not offered", "localhost", { .cert = PEER_GOOD }, "ana",
	  SMTP_AUTH, 0, EPROTONOSUPPORT, "offers no AUTH", false, NULL, NULL },
	{ "only by ways unknown", "localhost", { .cert = PEER_GOOD,
	  .mechanisms = "NTLM XOAUTH2 ../../x" }, "ana",
	  SMTP_AUTH, 0, EPROTONOSUPPORT, "offers no AUTH", false, NULL, NULL },
	{ "gone", "localhost", { .cert = PEER_GOOD, .mechanisms = "PLAIN",
	  .auth = "@drop" }, "ana",
	  SMTP_AUTH, 0, ECONNRESET, "closed", false, NULL, NULL },
};

static bool
is_right(const struct row *row, struct kit *kit,
    const struct smtp_answer *answer)
{
	return answer->stage == row->stage && answer->code == row->code &&
	    answer->error == row->error &&
	    answer->body_ended == row->body_ended &&
	    strstr(answer->reply, row->says) != NULL &&
	    (row->sni == NULL || strcmp(peer_sni(kit->peer), row->sni) == 0) &&
	    (row->saw == NULL ? !peer_saw(kit->peer, "MAIL") :
	    peer_saw(kit->peer, row->saw));
}

static int
run_row(const struct row *row)
{
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;
	int			 bad = 0;

	kit_options(&options);
	options.host = row->host;
	options.tls = SMTP_TLS_REQUIRED;
	options.user = row->user;
	options.password = "pw";
	options.timeouts.greeting_ms = options.timeouts.dot_ms = 1000;
	kit = kit_new(&row->script, &options);
	kit_job(kit, &job, 3000);
	kit_run(kit, 1);
	if (!is_right(row, kit, &job.answer)) {
		print_message("# %s: %s %d error %d \"%s\" sni \"%s\"\n",
		    row->name, smtp_stage_names[job.answer.stage],
		    job.answer.code, job.answer.error, job.answer.reply,
		    peer_sni(kit->peer));
		bad = 1;
	}
	if (job.answer.code == 250)
		assert_non_null(strstr(job.answer.peer, " TLSv1.3 TLS_"));
	kit_free(kit);
	return bad;
}

static void
test_tls(void **state)
{
	int	bad = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(tls_rows); i++)
		bad += run_row(&tls_rows[i]);
	assert_int_equal(bad, 0);
}

static void
test_auth(void **state)
{
	int	bad = 0;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(auth_rows); i++)
		bad += run_row(&auth_rows[i]);
	assert_int_equal(bad, 0);
}

/* On this machine without TLS too; and never where it is refused. */
static void
test_auth_plain(void **state)
{
	struct peer_script	 script = { .mechanisms = "PLAIN",
				    .auth = "535 5.7.8 no", .first_only = 1 };
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 job;

	(void)state;
	kit_options(&options);
	options.user = "ana";
	options.password = "pw";
	kit = kit_new(&script, &options);
	kit_job(kit, &job, 1000);
	kit_run(kit, 1);
	assert_int_equal(job.answer.code, 535);
	assert_false(peer_saw(kit->peer, "MAIL"));
	kit_job(kit, &job, 1000);
	kit_run(kit, 2);
	assert_int_equal(job.answer.code, 250);
	kit_free(kit);
}

/* A handshake for each message: none waits for its time to be over. */
static void
test_handshakes(void **state)
{
	struct peer_script	 script = { .cert = PEER_GOOD };
	struct smtp_options	 options;
	struct kit		*kit;
	struct smtp_job		 jobs[8];
	size_t			 n = 0;

	(void)state;
	kit_options(&options);
	options.host = "localhost";
	options.tls = SMTP_TLS_REQUIRED;
	options.per_connection = 1;
	options.sessions = 4;
	options.timeouts = (struct smtp_timeouts){5000, 5000, 5000, 5000, 5000,
	    5000};
	kit = kit_new(&script, &options);
	for (int round = 0; round < 8; round++) {
		for (size_t i = 0; i < TEST_COUNT(jobs); i++)
			kit_job(kit, &jobs[i], 1000);
		kit_run(kit, n += TEST_COUNT(jobs));
		for (size_t i = 0; i < TEST_COUNT(jobs); i++)
			assert_int_equal(jobs[i].answer.code, 250);
	}
	assert_int_equal(peer_connections(kit->peer), (int)n);
	kit_free(kit);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_auth_plain),
		cmocka_unit_test(test_handshakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
