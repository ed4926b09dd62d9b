/* SPDX-License-Identifier: ISC */
/* dunlin queue retry, release, cancel: a person settles what is stuck. */
#include "cli/cmd_queue.h"
#include "cli/staff.h"

/* A key with a message behind it, and who acts. */
struct target {
	const struct store_notice	*notice;
	const struct store_message	*message;
	struct store_act		 act;
};

bool
queue_find(struct cli *cli, const struct queue_options *o, const char *key,
    const struct store_notice **out, const struct store_message **message_out,
    struct err *err)
{
	const struct store_notice	*notice;
	struct store_ref		 ref;

	if (!cli_find(cli, key, o->creditor, 1u << STORE_REF_NOTICE, &ref,
	    err) || !store_notice_get(cli->store, ref.id, cli->arena, &notice,
	    err))
		return false;
	if (notice == NULL)
		return err_set(err, ERR_INPUT, "notice %s is gone", key);
	*message_out = NULL;
	for (size_t i = 0; i < notice->message_count; i++) {
		*message_out = &notice->messages[i];
		if (strcmp(notice->messages[i].key, key) == 0)
			break;
	}
	*out = notice;
	return true;
}

static bool
aim(struct cli *cli, const struct queue_options *o, const char *key,
    struct target *target, struct err *err)
{
	return staff_act(cli, RIGHT_RELEASE, o->reason, &target->act, err) &&
	    queue_find(cli, o, key, &target->notice, &target->message, err);
}

static int
say(struct cli *cli, const char *key, const char *what)
{
	if (cli->json)
		buf_addf(&cli->out, "{\"key\":\"%s\",\"done\":\"%s\"}\n", key,
		    what);
	else
		buf_addf(&cli->out, "%s: %s\n", key, what);
	return CLI_DONE;
}

static int
wrong_state(struct cli *cli, const struct target *target, const char *hint)
{
	struct err	err;

	if (target->message == NULL)
		(void)err_set(&err, ERR_INPUT, "%s has no message: its step is"
		    " a task", target->notice->key);
	else
		(void)err_set(&err, ERR_INPUT, "%s is %s; %s",
		    target->message->key,
		    message_state_names[target->message->state], hint);
	return cli_fail(cli, &err);
}

int
queue_retry(struct cli *cli, const struct queue_options *o, const char *key)
{
	const struct store_message	*message;
	struct target			 target;
	struct err			 err;
	bool				 ok;

	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed");
	if (!aim(cli, o, key, &target, &err))
		return cli_fail(cli, &err);
	message = target.message;
	if (message == NULL || (message->state != MSG_READY &&
	    message->state != MSG_DEAD))
		return wrong_state(cli, &target, message != NULL &&
		    message->state == MSG_IN_DOUBT ?
		    "settle it with `dunlin queue release --as`" :
		    "only a ready or a dead message can be tried again");
	ok = message->state == MSG_READY ?
	    store_hurry(cli->store, message->id, target.act.who, o->reason,
	    cli->now_ms, &err) :
	    store_resolve(cli->store, message->id, STORE_RESEND,
	    target.act.who, o->reason, cli->now_ms, &err);
	if (!ok)
		return cli_fail(cli, &err);
	return say(cli, message->key, "will be tried now");
}

int
queue_release(struct cli *cli, const struct queue_options *o, const char *key)
{
	static const char *const	hows[] = {
		[STORE_RESEND] = "resend",
		[STORE_WAS_SENT] = "sent",
		[STORE_WAS_NOT_SENT] = "not-sent",
		NULL,
	};
	static const char *const	says[] = {
		[STORE_RESEND] = "goes out again if it may still be said",
		[STORE_WAS_SENT] = "counts as sent",
		[STORE_WAS_NOT_SENT] = "was not sent; now the next channel",
	};
	struct target	target;
	struct err	err;
	int		how;

	if (o->reason == NULL || o->as == NULL)
		return cli_usage(cli, "--as (sent, not-sent or resend) and"
		    " --reason are needed");
	if (!staff_name(hows, "--as", o->as, &how, &err))
		return cli_usage(cli, "%s", err.text);
	if (!aim(cli, o, key, &target, &err))
		return cli_fail(cli, &err);
	if (target.message == NULL || target.message->state != MSG_IN_DOUBT)
		return wrong_state(cli, &target,
		    "only a message in doubt can be released");
	if (!store_resolve(cli->store, target.message->id,
	    (enum store_resolution)how, target.act.who, o->reason,
	    cli->now_ms, &err))
		return cli_fail(cli, &err);
	return say(cli, target.message->key, says[how]);
}

int
queue_cancel(struct cli *cli, const struct queue_options *o, const char *key)
{
	struct target	target;
	struct err	err;

	if (o->reason == NULL)
		return cli_usage(cli, "--reason is needed");
	if (!aim(cli, o, key, &target, &err) || !store_cancel(cli->store,
	    target.notice->id, target.act.who, o->reason, cli->now_ms, &err))
		return cli_fail(cli, &err);
	return say(cli, target.notice->key, "cancelled");
}
