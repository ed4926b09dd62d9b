/* SPDX-License-Identifier: ISC */
/*
 * email.c - a mail server as a lane: a pool of SMTP sessions.
 */
#include "channel/channel_impl.h"
#include "mail/smtp.h"

#include <errno.h>

struct email_slot {
	struct smtp_job		 job;
	struct channel_send	*send;
	struct email_slot	*next;		/* free */
};

struct email_lane {
	struct channel_lane		 base;
	const struct channel_lane_hooks	*hooks;
	struct smtp_pool		*pool;
	struct email_slot		*free;
	struct email_slot		 slots[];
};

static struct email_lane *
owner(struct channel_lane *lane)
{
	return OWNER(lane, struct email_lane, base);
}

/* --- settings --------------------------------------------------------------- */

static void
check_channels(struct conf *conf, const struct route *route)
{
	for (size_t i = 0; i < route->channels.count; i++) {
		if (route->channels.items[i] != CHANNEL_EMAIL)
			conf_error(conf, conf_at(conf,
			    &route->channels.items[i]), "a mail server carries"
			    " email, not %s",
			    channel_names[route->channels.items[i]]);
	}
}

/* What only a server on this machine may have. */
static void
check_far(struct conf *conf, const struct route *route)
{
	const struct route_smtp	*smtp = &route->smtp;

	if (smtp->tls != SMTP_TLS_REQUIRED)
		conf_error(conf, conf_at(conf, &smtp->tls), "%s is not this"
		    " machine: what is sent could be read and changed on its"
		    " way; write tls = \"required\"",
		    conf_quote(conf, str_of(smtp->host)));
	if (smtp->dot_ms < SMTP_DOT_MS)
		conf_error(conf, conf_at(conf, &smtp->dot_ms), "a mail server"
		    " may take 10 min to answer (RFC 5321, 4.5.3.2.6); giving"
		    " up before makes duplicates");
}

void
email_check(struct conf *conf, const struct route *route)
{
	const struct route_smtp	*smtp = &route->smtp;

	check_channels(conf, route);
	if (smtp->host == NULL) {
		conf_error(conf, route->pos, "route \"%s\" is of kind smtp and"
		    " needs a host, such as host = \"relay.example.com\"",
		    route->name);
		return;
	}
	if (strpbrk(smtp->host, ":/[] ") != NULL)
		conf_error(conf, conf_at(conf, &smtp->host), "%s is not the"
		    " name of a host or an IPv4 address; the port is a setting"
		    " of its own", conf_quote(conf, str_of(smtp->host)));
	else if (!smtp_is_local(smtp->host))
		check_far(conf, route);
	if (smtp->helo != NULL && strpbrk(smtp->helo, " <>@\t") != NULL)
		conf_error(conf, conf_at(conf, &smtp->helo), "%s is no host"
		    " name", conf_quote(conf, str_of(smtp->helo)));
	if ((smtp->user != NULL) != (smtp->password.path != NULL))
		conf_error(conf, route->pos, "route \"%s\" has %s",
		    route->name, smtp->user != NULL ?
		    "a user and no password_file" :
		    "a password_file and no user");
}

/* --- sending ---------------------------------------------------------------- */

static void
on_gate(void *arg, struct smtp_job *job)
{
	const struct email_lane	*lane = arg;

	lane->hooks->gate(lane->hooks->arg,
	    OWNER(job, struct email_slot, job)->send);
}

/* What was never begun says by its error whether another try would help. */
static void
take_answer(struct channel_result *result, const struct smtp_answer *answer)
{
	if (answer->stage == SMTP_QUEUED && answer->error == EDESTADDRREQ)
		outcome_local(result, OUTCOME_REFUSED, OUTCOME_CLASS_ADDRESS,
		    answer->enhanced, answer->reply);
	else if (answer->stage == SMTP_QUEUED && answer->error == EINVAL)
		outcome_local(result, OUTCOME_REFUSED, OUTCOME_CLASS_CONTENT,
		    "", answer->reply);
	else
		outcome_from_smtp(result, answer);
}

static void
on_done(void *arg, struct smtp_job *job)
{
	struct email_lane	*lane = arg;
	struct email_slot	*slot = OWNER(job, struct email_slot, job);
	struct channel_send	*send = slot->send;

	take_answer(&send->result, &job->answer);
	(void)snprintf(send->result.peer, sizeof(send->result.peer), "%s",
	    job->answer.peer);
	slot->next = lane->free;
	lane->free = slot;
	lane->hooks->done(lane->hooks->arg, send);
}

static void
on_trace(void *arg, bool is_ours, struct str line)
{
	const struct email_lane	*lane = arg;

	if (lane->base.trace != NULL)
		lane->base.trace->line(lane->base.trace->arg, is_ours, line);
}

static void
email_lane_put(struct channel_lane *base, struct channel_send *send)
{
	struct email_lane	*lane = owner(base);
	struct email_slot	*slot = lane->free;

	lane->free = slot->next;
	slot->send = send;
	send->own = slot;
	slot->job = (struct smtp_job){
		.from = send->message.sender,
		.to = send->message.address,
		.bytes = send->message.bytes,
		.exact = send->exact
	};
	smtp_pool_put(lane->pool, &slot->job);
}

static void
email_lane_go(struct channel_send *send)
{
	struct email_slot	*slot = send->own;

	smtp_job_go(&slot->job);
}

static void
email_lane_stop(struct channel_send *send)
{
	struct email_slot	*slot = send->own;

	smtp_job_stop(&slot->job);
}

static size_t
email_lane_room(const struct channel_lane *base)
{
	const struct email_lane	*lane = (const void *)base;

	return smtp_pool_room(lane->pool);
}

static void
email_lane_close(struct channel_lane **base)
{
	struct email_lane	*lane = owner(*base);

	*base = NULL;
	smtp_pool_close(&lane->pool);
	free(lane);
}

/* --- opening ---------------------------------------------------------------- */

static void
take_settings(const struct route_smtp *smtp, struct smtp_options *options)
{
	smtp_options_init(options);
	options->host = smtp->host;
	options->port = smtp->port;
	options->helo = smtp->helo;
	options->tls = (enum smtp_tls)smtp->tls;
	options->ca_file = smtp->ca_file;
	options->user = smtp->user;
	options->sessions = smtp->sessions;
	options->per_connection = smtp->per_connection;
	options->idle_ms = smtp->idle_ms;
	options->timeouts.dot_ms = smtp->dot_ms;
}

static bool
open_pool(struct loop *loop, struct email_lane *lane,
    const struct route_smtp *smtp, struct err *err)
{
	const struct smtp_hooks	hooks = {on_gate, on_done, lane};
	char			password[SMTP_PASSWORD_ROOM] = "";
	struct smtp_options	options;
	bool			ok;

	take_settings(smtp, &options);
	options.trace = on_trace;
	options.trace_arg = lane;
	if (smtp->user != NULL) {
		if (!conf_secret_read(&smtp->password, password,
		    sizeof(password), err))
			return false;
		options.password = password;
	}
	ok = smtp_pool_open(loop, &options, &hooks, &lane->pool, err);
	conf_secret_wipe(password, sizeof(password));
	return ok;
}

static bool
email_lane_open(struct loop *loop, const struct route *route,
    const struct channel_lane_hooks *hooks, struct channel_lane **out,
    struct err *err)
{
	const size_t		 n_slots = 2 * (size_t)route->smtp.sessions;
	struct email_lane	*lane = calloc(1, sizeof(*lane) +
				    n_slots * sizeof(lane->slots[0]));

	if (lane == NULL)
		return err_nomem(err);
	lane->base.ops = &email_lane_ops;
	lane->hooks = hooks;
	for (size_t i = 0; i < n_slots; i++) {
		lane->slots[i].next = lane->free;
		lane->free = &lane->slots[i];
	}
	if (!open_pool(loop, lane, &route->smtp, err)) {
		free(lane);
		return false;
	}
	*out = &lane->base;
	return true;
}

const struct channel_lane_ops	email_lane_ops = {
	.name = "smtp",
	.open = email_lane_open,
	.room = email_lane_room,
	.put = email_lane_put,
	.go = email_lane_go,
	.stop = email_lane_stop,
	.close = email_lane_close
};
