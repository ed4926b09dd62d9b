/* SPDX-License-Identifier: ISC */
/* channel_impl.h - what the kinds of route share. */
#ifndef DUNLIN_CHANNEL_CHANNEL_IMPL_H
#define DUNLIN_CHANNEL_CHANNEL_IMPL_H

#include "channel/channel.h"

/* Begins the struct of every kind of open route. */
struct channel_line {
	const struct channel_ops	*ops;
};

extern const struct channel_ops	outbox_ops;

bool	outbox_open(const char *folder, struct channel_line **out,
	    struct err *err) MUST_CHECK;

#endif
