/* SPDX-License-Identifier: ISC */
/*
 * smtp_session.c - one connection, and the messages that it carries: all use
 * of libESMTP.
 *
 * A message is added when the one before it is done, inside the event that
 * says so; the connection is kept while that waits.
 */
#include "base/fault.h"
#include "mail/mail.h"
#include "mail/smtp_impl.h"

#include <openssl/ssl.h>

#include <auth-client.h>
#include <libesmtp.h>

#include <errno.h>

#define GOODBYE_MS	2000	/* for a server that is done with us */
#define CLOSING_MS	500	/* the same while the pool closes */

struct smtp_session {
	smtp_session_t	esmtp;
	auth_context_t	auth;
	smtp_message_t	message;
	smtp_recipient_t recipient;
	int		sent_code;	/* of MESSAGESENT; 0: not fired */
};

/* This message, or connection, ends here, for a reason of ours. */
static void
fail(struct smtp_worker *worker, enum smtp_stage stage, int error,
    const char *text)
{
	if (worker->fail_stage == SMTP_QUEUED) {
		worker->fail_stage = stage;
		worker->fail_error = error;
		(void)snprintf(worker->fail_text, sizeof(worker->fail_text),
		    "%s", text);
	}
	smtp_shim_drop(&worker->shim, error);
}

/* --- one message ------------------------------------------------------------- */

static const char *	on_body(void **context, int *len, void *arg);

static bool
is_clean(struct str bytes)
{
	if (bytes.len < 2 || memcmp(bytes.p + bytes.len - 2, "\r\n", 2) != 0)
		return false;
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.p[i] == '\0' || (bytes.p[i] == '\n' && (i == 0 ||
		    bytes.p[i - 1] != '\r')) || (bytes.p[i] == '\r' &&
		    bytes.p[i + 1] != '\n'))
			return false;
	}
	return true;
}

static void
refuse(struct smtp_worker *worker, int error, const char *text)
{
	struct smtp_answer	*answer = &worker->job->answer;

	memset(answer, 0, sizeof(*answer));
	answer->error = error;
	(void)snprintf(answer->reply, sizeof(answer->reply), "%.390s", text);
	smtp_done(worker);
}

/* Can it be put on a wire at all?  libESMTP pastes what it is given.  False:
 * the job is done. */
static bool
check_job(struct smtp_worker *worker)
{
	const struct smtp_job	*job = worker->job;
	struct err		 err;
	int			 error = 0;

	if (!mail_address_check(job->to, &err)) {
		error = EDESTADDRREQ;
		err_in(&err, "the recipient");
	} else if (job->from.len > 0 && !mail_address_check(job->from, &err)) {
		error = EINVAL;
		err_in(&err, "the sender");
	} else if (job->bytes.len > INT32_MAX || !is_clean(job->bytes)) {
		error = EINVAL;
		err_set(&err, ERR_INPUT, "the message has lines that do not"
		    " end in CRLF, or a NUL");
	}
	if (error != 0)
		refuse(worker, error, err.text);
	return error == 0;
}

static char *
text_of(struct str s, char *out, size_t room)
{
	(void)snprintf(out, room, "%.*s", STR_ARG(s));
	return out;
}

static bool
fill_message(struct smtp_worker *worker)
{
	struct smtp_session	*session = worker->session;
	const struct smtp_job	*job = worker->job;
	char			 from[MAIL_PATH_MAX + 2], to[MAIL_PATH_MAX + 2];

	session->message = smtp_add_message(session->esmtp);
	if (session->message == NULL || smtp_set_messagecb(session->message,
	    on_body, worker) == 0)
		return false;
	(void)smtp_size_set_estimate(session->message, job->bytes.len);
	if (job->from.len > 0 && smtp_set_reverse_path(session->message,
	    text_of(job->from, from, sizeof(from))) == 0)
		return false;
	session->recipient = smtp_add_recipient(session->message,
	    text_of(job->to, to, sizeof(to)));
	return session->recipient != NULL;
}

/* False: the job is done already, and libESMTP knows nothing of it. */
static bool
add_message(struct smtp_worker *worker)
{
	worker->body_given = worker->body_ended = worker->is_stopped = false;
	worker->session->sent_code = 0;
	if (!check_job(worker))
		return false;
	if (!fill_message(worker)) {
		/* what was added of it would be sent: end here */
		worker->wire.is_over = true;
		fail(worker, SMTP_MAIL, ENOMEM, "out of memory");
		refuse(worker, ENOMEM, "out of memory");
		return false;
	}
	worker->n_messages++;
	return true;
}

static bool
may_go_on(struct smtp_worker *worker)
{
	const struct smtp_wire	*wire = &worker->wire;
	char			 byte[1];
	size_t			 len;

	return !wire->is_over && !wire->is_broken && wire->n_pending == 0 &&
	    worker->shim.error == 0 && worker->fail_stage == SMTP_QUEUED &&
	    worker->n_messages < worker->pool->options.per_connection &&
	    smtp_shim_listen(&worker->shim, byte, 1, &len) == SMTP_QUIET;
}

/* Has libESMTP, where it reported at all, seen the same? */
static bool
agrees(const struct smtp_session *session, const struct smtp_wire *wire)
{
	return session->sent_code == 0 ||
	    (session->sent_code == wire->replies[SMTP_DOT].code &&
	    smtp_recipient_check_complete(session->recipient) == 1);
}

static void
finish(struct smtp_worker *worker)
{
	struct smtp_answer	answer;

	if (worker->job == NULL || smtp_is_closing(worker))
		return;
	smtp_answer_make(worker, agrees(worker->session, &worker->wire),
	    &answer);
	worker->wire.is_over |= answer.code == 0;
	worker->job->answer = answer;
	smtp_done(worker);
}

/* The message is done: hands over its answer, waits for the next. */
static void
turn(struct smtp_worker *worker)
{
	finish(worker);
	while (may_go_on(worker) && (worker->job = smtp_next(worker)) != NULL) {
		smtp_wire_message(&worker->wire);
		if (add_message(worker))
			return;
	}
	smtp_shim_hurry(&worker->shim, smtp_is_closing(worker) ? CLOSING_MS :
	    GOODBYE_MS);
}

/* --- libESMTP's callbacks ------------------------------------------------------ */

/* What the server says before the end of the body is its answer to it. */
static void
hear(struct smtp_worker *worker)
{
	char	bytes[400];
	size_t	len;

	switch (smtp_shim_listen(&worker->shim, bytes, sizeof(bytes), &len)) {
	case SMTP_BYTES:
		if (worker->shim.tls[0] == '\0') {
			worker->wire.pending[0] = SMTP_BODY;
			worker->wire.n_pending = 1;
			worker->wire.replies[SMTP_BODY].code = 0;
			smtp_wire_read(&worker->wire, bytes, len);
		}
		worker->wire.is_over = true;
		fail(worker, SMTP_BODY, EPROTO, "the server spoke before the"
		    " end of the message");
		break;
	case SMTP_CLOSED:
		fail(worker, SMTP_BODY, ECONNRESET, "the server left before"
		    " the end of the message");
		break;
	case SMTP_QUIET:
	default:
		break;
	}
}

/* May the end of the body leave? */
static bool
end_body(struct smtp_worker *worker)
{
	if (worker->wire.is_broken || worker->wire.n_pending > 0 ||
	    !smtp_wire_is_yes(&worker->wire, SMTP_RCPT) ||
	    !smtp_wire_is_yes(&worker->wire, SMTP_BODY))
		fail(worker, SMTP_BODY, EPROTO, "out of step");
	hear(worker);
	if (worker->shim.error != 0)
		return false;
	if (worker->job->exact && !smtp_gate(worker)) {
		worker->is_stopped = true;
		fail(worker, SMTP_BODY, ECANCELED, "stopped before its end");
		return false;
	}
	if (worker->job->exact)
		hear(worker);
	if (worker->shim.error != 0)
		return false;
	fault_point(FAULT_END_BEFORE);
	worker->body_ended = true;
	smtp_wire_dot(&worker->wire);
	return true;
}

/*
 * NULL ends the body.  libESMTP then looks at errno: any value, also one that
 * was left over, drops the message silently; a connection that is shut down
 * keeps what it has buffered.
 */
static const char *
on_body(void **context, int *len, void *arg)
{
	struct smtp_worker	*worker = arg;

	(void)context;
	if (len == NULL)
		return NULL;		/* from the beginning */
	if (!worker->body_given && !smtp_is_closing(worker) &&
	    worker->job != NULL) {
		worker->body_given = true;
		*len = (int)worker->job->bytes.len;
		errno = 0;
		return worker->job->bytes.p;
	}
	*len = 0;
	fault_point(FAULT_BODY_HALF);	/* but for what is buffered */
	if (smtp_is_closing(worker) || worker->job == NULL ||
	    !end_body(worker)) {
		smtp_shim_drop(&worker->shim, ECANCELED);
		errno = ECANCELED;
		return NULL;
	}
	errno = 0;
	return NULL;
}

static void
on_certificate(va_list args)
{
	int		*accepted = va_arg(args, int *);
	const char	*name = va_arg(args, const char *);
	SSL		*ssl = va_arg(args, SSL *);

	(void)name;
	/* libESMTP compares with the canonical name; ours is checked already */
	*accepted = SSL_get_verify_result(ssl) == X509_V_OK;
}

static void
on_event(smtp_session_t esmtp, int event, void *arg, ...)
{
	struct smtp_worker	*worker = arg;
	const smtp_status_t	*status;
	va_list			 args;

	(void)esmtp;
	va_start(args, arg);
	switch (event) {
	case SMTP_EV_CONNECT:
		fault_point(FAULT_CONNECT_AFTER);
		smtp_wire_start(&worker->wire);
		break;
	case SMTP_EV_MAILSTATUS:
		if (!smtp_wire_is_yes(&worker->wire, SMTP_MAIL))
			turn(worker);
		break;
	case SMTP_EV_RCPTSTATUS:
		fault_point(FAULT_RCPT);
		break;
	case SMTP_EV_MESSAGESENT:
		status = smtp_message_transfer_status(va_arg(args,
		    smtp_message_t));
		worker->session->sent_code = status != NULL ? status->code : 0;
		/* after a refused DATA it has already looked for the next */
		if (smtp_wire_is_yes(&worker->wire, SMTP_BODY))
			turn(worker);
		else
			finish(worker);
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		fail(worker, SMTP_TLS, EPROTONOSUPPORT,
		    "the server does not offer STARTTLS");
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		on_certificate(args);
		break;
	default:
		break;
	}
	va_end(args);
}

/* MAIL is about to leave: is the connection what it must be? */
static void
before_mail(struct smtp_worker *worker)
{
	const struct smtp_options	*options = &worker->pool->options;
	const struct smtp_reply		*auth =
	    &worker->wire.replies[SMTP_AUTH];

	if (options->tls == SMTP_TLS_REQUIRED && worker->shim.tls[0] == '\0')
		fail(worker, SMTP_TLS, EPROTONOSUPPORT, "no TLS");
	if (options->user != NULL && auth->code / 100 != 2) {
		/* libESMTP would try its luck without */
		worker->wire.is_over = true;
		fail(worker, SMTP_AUTH, EPROTONOSUPPORT, "the server offers no"
		    " AUTH PLAIN, LOGIN or CRAM-MD5");
	}
	smtp_up(worker, true);
}

static void
on_wire(const char *bytes, int len, int writing, void *arg)
{
	struct smtp_worker	*worker = arg;
	struct smtp_wire	*wire = &worker->wire;

	if (len <= 0 || writing == SMTP_CB_HEADERS)
		return;
	smtp_trace(&worker->pool->options, wire, writing == SMTP_CB_WRITING,
	    (struct str){bytes, (size_t)len});
	if (writing == SMTP_CB_WRITING) {
		if (smtp_wire_wrote(wire, bytes, (size_t)len) == SMTP_MAIL)
			before_mail(worker);
		if (wire->is_quit)
			smtp_shim_hurry(&worker->shim, GOODBYE_MS);
		return;
	}
	/* libESMTP's own buffer, which it reads next */
	smtp_wire_read(wire, (char *)(uintptr_t)bytes, (size_t)len);
	if (wire->is_over)
		smtp_shim_hurry(&worker->shim, GOODBYE_MS);
	if (wire->is_broken)
		fail(worker, smtp_wire_stage(wire), EPROTO, wire->odd);
}

/* --- a connection ----------------------------------------------------------- */

static int
on_auth(auth_client_request_t request, char **result, int fields, void *arg)
{
	const struct smtp_pool	*pool = arg;

	for (int i = 0; i < fields; i++) {
		const char	*text = "";

		if ((request[i].flags & AUTH_PASS) != 0)
			text = pool->password;
		else if ((request[i].flags & AUTH_USER) != 0)
			text = pool->options.user;
		result[i] = (char *)(uintptr_t)text;
	}
	return 1;
}

/*
 * libESMTP looks for the plugin of CRAM-MD5 under a name that Debian's has
 * not; once loaded under the one that it has, it is known by its own.
 */
void
smtp_session_prepare(void)
{
	auth_context_t	auth = auth_create_context();

	if (auth == NULL)
		return;		/* PLAIN and LOGIN are left */
	if (auth_set_mechanism(auth, "CRAM-MD5") == 0)
		(void)auth_set_mechanism(auth, "CRAMMD5");
	(void)auth_destroy_context(auth);
}

static bool
set_auth(struct smtp_worker *worker, struct smtp_session *session)
{
	session->auth = auth_create_context();
	return session->auth != NULL && auth_set_mechanism_flags(session->auth,
	    AUTH_PLUGIN_PLAIN, 0) != 0 && auth_set_interact_cb(session->auth,
	    on_auth, worker->pool) != 0 && smtp_auth_set_context(session->esmtp,
	    session->auth) != 0;
}

static bool
set_timeouts(smtp_session_t esmtp, const struct smtp_timeouts *timeouts)
{
	const struct {
		int	which;
		int64_t	ms;
	} rows[] = {
		{Timeout_GREETING, timeouts->greeting_ms},
		{Timeout_ENVELOPE, timeouts->envelope_ms},
		{Timeout_DATA, timeouts->data_ms},
		{Timeout_TRANSFER, timeouts->transfer_ms},
		{Timeout_DATA2, timeouts->dot_ms}
	};

	/* in milliseconds, whatever its manual says */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (smtp_set_timeout(esmtp, rows[i].which |
		    Timeout_OVERRIDE_RFC2822_MINIMUM, (long)rows[i].ms) <
		    rows[i].ms)
			return false;
	}
	return true;
}

static bool
open_session(struct smtp_worker *worker, struct smtp_session *session)
{
	struct smtp_pool		*pool = worker->pool;
	const struct smtp_options	*options = &pool->options;

	session->esmtp = smtp_create_session();
	if (session->esmtp == NULL ||
	    smtp_set_server(session->esmtp, pool->server) == 0 ||
	    (options->helo != NULL && smtp_set_hostname(session->esmtp,
	    options->helo) == 0) ||
	    smtp_set_eventcb(session->esmtp, on_event, worker) == 0 ||
	    smtp_set_monitorcb(session->esmtp, on_wire, worker, 0) == 0 ||
	    !set_timeouts(session->esmtp, &options->timeouts))
		return false;
	if (pool->tls != NULL && (smtp_starttls_enable(session->esmtp,
	    Starttls_REQUIRED) == 0 || smtp_starttls_set_ctx(session->esmtp,
	    pool->tls) == 0))
		return false;
	return options->user == NULL || set_auth(worker, session);
}

static void
close_session(struct smtp_session *session)
{
	if (session->esmtp != NULL)
		(void)smtp_destroy_session(session->esmtp);
	if (session->auth != NULL)
		(void)auth_destroy_context(session->auth);
}

static int64_t
longest(const struct smtp_timeouts *timeouts)
{
	const int64_t	all[] = {timeouts->greeting_ms, timeouts->envelope_ms,
			    timeouts->data_ms, timeouts->transfer_ms,
			    timeouts->dot_ms};
	int64_t		most = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		most = all[i] > most ? all[i] : most;
	return most;
}

static void
begin_session(struct smtp_worker *worker)
{
	const struct smtp_options	*options = &worker->pool->options;
	struct smtp_shim		*shim = &worker->shim;

	memset(&worker->wire, 0, sizeof(worker->wire));
	worker->n_messages = 0;
	worker->fail_stage = SMTP_QUEUED;
	worker->fail_error = 0;
	shim->local_only = options->tls == SMTP_TLS_NONE;
	shim->connect_ms = options->timeouts.connect_ms;
	shim->cap_ms = longest(&options->timeouts);
	shim->name = smtp_tls_name(options->host);
}

static void
start(struct smtp_worker *worker)
{
	char	text[160] = "";

	fault_point(FAULT_CONNECT_BEFORE);
	if (smtp_shim_enter(&worker->shim))
		(void)smtp_start_session(worker->session->esmtp);
	smtp_shim_leave(&worker->shim);
	if (worker->shim.address[0] != '\0' || worker->job == NULL)
		return;
	(void)smtp_strerror(smtp_errno(), text, sizeof(text));
	fail(worker, SMTP_RESOLVE, EHOSTUNREACH, text);
}

void
smtp_session_run(struct smtp_worker *worker)
{
	struct smtp_session	session = {0};

	worker->session = &session;
	begin_session(worker);
	if (!open_session(worker, &session))
		refuse(worker, ENOMEM, "out of memory");
	else if (add_message(worker)) {
		start(worker);
		finish(worker);
	}
	smtp_up(worker, false);
	worker->session = NULL;
	close_session(&session);
}
