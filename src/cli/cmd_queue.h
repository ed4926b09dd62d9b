/* SPDX-License-Identifier: ISC */
/*
 * cmd_queue.h - dunlin queue in its files.
 */
#ifndef DUNLIN_CLI_CMD_QUEUE_H
#define DUNLIN_CLI_CMD_QUEUE_H

#include "cli/cli.h"

struct queue_options {
	const char	*state;
	const char	*step;
	const char	*route;
	const char	*channel;
	const char	*creditor;
	const char	*older;
	const char	*as;
	const char	*reason;
	int64_t		 limit;
};

/* Each does one word of the command to the notice or message of a key. */
int	queue_show(struct cli *cli, const struct queue_options *o,
	    const char *key);
int	queue_retry(struct cli *cli, const struct queue_options *o,
	    const char *key);
int	queue_release(struct cli *cli, const struct queue_options *o,
	    const char *key);
int	queue_cancel(struct cli *cli, const struct queue_options *o,
	    const char *key);

/*
 * The notice of a key, K or K.c; *message_out is the message that the key
 * names, else the last one, NULL when there is none.
 */
bool	queue_find(struct cli *cli, const struct queue_options *o,
	    const char *key, const struct store_notice **out,
	    const struct store_message **message_out, struct err *err)
	    MUST_CHECK;

#endif
