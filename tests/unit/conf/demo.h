/* SPDX-License-Identifier: ISC */
/*
 * demo.h - a schema with every type, for the tests of conf.
 */
#ifndef DUNLIN_UNIT_CONF_DEMO_H
#define DUNLIN_UNIT_CONF_DEMO_H

#include "conf/conf.h"

enum demo_level { LEVEL_LOW, LEVEL_MIDDLE, LEVEL_HIGH };

struct demo_retry {
	int64_t	tries;
	int64_t	wait_ms;
};

struct demo_service {
	struct conf_pos		pos;
	bool			debug;
	int64_t			port;
	const char		*host;
	enum demo_level		level;
	int64_t			timeout_ms;
	int64_t			tick_us;
	int32_t			keep_days;
	int64_t			buffer_bytes;
	int32_t			opens;
	int32_t			since;
	const char		*socket;
	struct conf_secret	password;
	const char		*fee;
	int64_t			fee_minor;
	double			rate;
	struct demo_retry	retry;
};

struct demo_step {
	struct conf_pos		pos;
	const char		*id;
	int32_t			offset;
	struct conf_ints	channels;
	struct conf_ints	hours;
	struct conf_texts	copies;
	int32_t			from, until;
};

struct demo_route {
	const char		*name;
	struct conf_pos		pos;
	int			kind;
};

struct demo {
	struct demo_service	service;
	struct conf_list	steps;		/* struct demo_step */
	struct conf_list	routes;		/* struct demo_route */
	struct conf_map		labels;
};

extern const struct conf_row	demo_rows[];

/* What a struct holds, one line a row, by the rows alone. */
void	demo_dump(const struct conf *conf, const struct conf_row *rows,
	    const void *base, const char *prefix, struct buf *out);

#endif
