/* SPDX-License-Identifier: ISC */
/*
 * log.h - the operational log: constant event names, facts as fields.
 *
 *	log_info(&log, "import.done", LOG_STR("file", path), LOG_INT("new", n));
 *
 * Personal data does not belong here: addresses go through LOG_ADDR, which
 * masks them; there is no logger for secrets.  Not the audit log.  Lines are
 * written whole; thread: any.
 */
#ifndef DUNLIN_BASE_LOG_H
#define DUNLIN_BASE_LOG_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR, LOG_LEVEL_FATAL };

enum log_field_kind { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_ADDR };

struct log_field {
	const char		*name;
	enum log_field_kind	 kind;
	const char		*text;
	int64_t			 number;
};

#define LOG_STR(name, text)	((struct log_field){(name), LOG_FIELD_STR, (text), 0})
#define LOG_INT(name, n)	((struct log_field){(name), LOG_FIELD_INT, NULL, (n)})
#define LOG_ADDR(name, text)	((struct log_field){(name), LOG_FIELD_ADDR, (text), 0})

/* Gets one line without its newline; called under no lock. */
typedef void	log_sink_fn(void *arg, enum log_level level, const char *line);

struct log {
	const struct clock	*clock;
	enum log_level		 least;
	log_sink_fn		*sink;		/* NULL: standard error */
	void			*arg;
};

void	log_write(const struct log *log, enum log_level level,
	    const char *event, const struct log_field *fields, size_t count);

#define LOG_FIELDS(...) \
	(const struct log_field[]){__VA_ARGS__}, \
	sizeof((const struct log_field[]){__VA_ARGS__}) / \
	    sizeof(struct log_field)
#define log_debug(l, e, ...) log_write(l, LOG_LEVEL_DEBUG, e, LOG_FIELDS(__VA_ARGS__))
#define log_info(l, e, ...) log_write(l, LOG_LEVEL_INFO, e, LOG_FIELDS(__VA_ARGS__))
#define log_warn(l, e, ...) log_write(l, LOG_LEVEL_WARN, e, LOG_FIELDS(__VA_ARGS__))
#define log_error(l, e, ...) log_write(l, LOG_LEVEL_ERROR, e, LOG_FIELDS(__VA_ARGS__))
#define log_fatal(l, e, ...) log_write(l, LOG_LEVEL_FATAL, e, LOG_FIELDS(__VA_ARGS__))

/* "ana@example.com" -> "a***@example.com", "+573001234567" -> "+57*******67" */
void	log_mask(struct buf *out, struct str address);

#endif
