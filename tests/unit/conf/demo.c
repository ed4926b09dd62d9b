/* SPDX-License-Identifier: ISC */
#include "unit/conf/demo.h"

static const char *const	levels[] = { "low", "middle", "high", NULL };
static const char *const	channels[] = { "email", "sms", "whatsapp",
				    "voice", NULL };

/* Stands for what an owner of money would do: "EUR 1.50" to 150. */
static void
check_fee(const struct conf_check *check, const void *field)
{
	const char		*text = *(const char *const *)field;
	struct demo_service	*service = check->owner;
	int			units, cents, end = 0;

	if (sscanf(text, "EUR %d.%2d%n", &units, &cents, &end) != 2 ||
	    text[end] != '\0') {
		conf_error(check->conf, check->at, "\"%s\" is no amount of "
		    "money; write for example \"EUR 40.00\"", text);
		return;
	}
	service->fee_minor = units * 100 + cents;
}

static void
check_step(const struct conf_check *check, const void *field)
{
	const struct demo_step	*step = field;

	if (step->from > step->until)
		conf_error(check->conf, conf_at(check->conf, &step->until),
		    "step \"%s\" ends before it begins", step->id);
	if (step->offset > 1000)
		conf_warn(check->conf, conf_at(check->conf, &step->offset),
		    "step \"%s\" comes after years", step->id);
}

static const struct conf_row	retry_rows[] = {
	{ .name = "tries", .type = CONF_INT, .min = 1, .fallback = "3",
	  .offset = offsetof(struct demo_retry, tries), .help = "tries" },
	{ .name = "wait", .type = CONF_DURATION, .fallback = "1 min",
	  .min = SECOND_MS, .max = HOUR_MS,
	  .offset = offsetof(struct demo_retry, wait_ms), .help = "pause" },
	CONF_END_ROW
};

static const struct conf_row	service_rows[] = {
	{ .type = CONF_POS, .offset = offsetof(struct demo_service, pos) },
	{ .name = "debug", .type = CONF_BOOL, .fallback = "true",
	  .offset = offsetof(struct demo_service, debug), .help = "talk" },
	{ .name = "port", .type = CONF_INT, .min = 1, .max = 65535,
	  .offset = offsetof(struct demo_service, port), .fallback = "587",
	  .help = "TCP port" },
	{ .name = "host", .type = CONF_TEXT, .required = true, .max = 40,
	  .offset = offsetof(struct demo_service, host),
	  .help = "name or address of the relay" },
	{ .name = "level", .type = CONF_CHOICE, .names = levels,
	  .offset = offsetof(struct demo_service, level),
	  .fallback = "middle", .help = "how much" },
	{ .name = "timeout", .type = CONF_DURATION, .fallback = "30 s",
	  .offset = offsetof(struct demo_service, timeout_ms),
	  .help = "longest wait" },
	{ .name = "tick", .type = CONF_MICROS, .fallback = "0.5 ms",
	  .offset = offsetof(struct demo_service, tick_us),
	  .help = "rest between looks" },
	{ .name = "keep", .type = CONF_DAYS, .fallback = "30", .min = 1,
	  .max = 3650, .offset = offsetof(struct demo_service, keep_days),
	  .help = "days to keep" },
	{ .name = "buffer", .type = CONF_SIZE, .fallback = "64 KiB",
	  .offset = offsetof(struct demo_service, buffer_bytes),
	  .help = "memory" },
	{ .name = "opens", .type = CONF_TIME, .fallback = "08:00",
	  .offset = offsetof(struct demo_service, opens),
	  .help = "first time of day" },
	{ .name = "since", .type = CONF_DATE,
	  .offset = offsetof(struct demo_service, since),
	  .help = "first day" },
	{ .name = "socket", .type = CONF_PATH, .fallback = "run/sock",
	  .offset = offsetof(struct demo_service, socket),
	  .help = "where to listen" },
	{ .name = "password_file", .type = CONF_SECRET,
	  .offset = offsetof(struct demo_service, password),
	  .help = "the relay's password" },
	{ .name = "fee", .type = CONF_TEXT, .fallback = "EUR 40.00",
	  .check = check_fee, .offset = offsetof(struct demo_service, fee),
	  .help = "an amount" },
	{ .name = "rate", .type = CONF_NUMBER, .fallback = "2.5",
	  .max = 100, .offset = offsetof(struct demo_service, rate),
	  .help = "messages a second" },
	{ .name = "retry", .type = CONF_GROUP, .rows = retry_rows,
	  .size = sizeof(struct demo_retry),
	  .offset = offsetof(struct demo_service, retry),
	  .help = "what to do after a failure" },
	CONF_END_ROW
};

static const struct conf_row	step_rows[] = {
	{ .type = CONF_POS, .offset = offsetof(struct demo_step, pos) },
	{ .name = "id", .type = CONF_TEXT, .required = true,
	  .offset = offsetof(struct demo_step, id), .help = "its name" },
	{ .name = "offset", .type = CONF_DAYS, .required = true, .min = -365,
	  .max = 4000, .offset = offsetof(struct demo_step, offset),
	  .help = "days from the due date" },
	{ .name = "channels", .type = CONF_CHOICES, .names = channels,
	  .fallback = "email, sms",
	  .offset = offsetof(struct demo_step, channels),
	  .help = "ways, in order" },
	{ .name = "hours", .type = CONF_INTS, .min = 0, .max = 23,
	  .fallback = "9, 15", .offset = offsetof(struct demo_step, hours),
	  .help = "hours of the day" },
	{ .name = "copies", .type = CONF_TEXTS, .max = 2,
	  .offset = offsetof(struct demo_step, copies), .help = "who else" },
	{ .name = "from", .type = CONF_TIME, .fallback = "00:00",
	  .offset = offsetof(struct demo_step, from), .help = "opens" },
	{ .name = "until", .type = CONF_TIME, .fallback = "24:00",
	  .offset = offsetof(struct demo_step, until), .help = "closes" },
	CONF_END_ROW
};

static const struct conf_row	route_rows[] = {
	{ .type = CONF_KEY, .offset = offsetof(struct demo_route, name) },
	{ .type = CONF_POS, .offset = offsetof(struct demo_route, pos) },
	{ .name = "kind", .type = CONF_CHOICE, .names = channels,
	  .required = true, .offset = offsetof(struct demo_route, kind),
	  .help = "what it carries" },
	CONF_END_ROW
};

const struct conf_row	demo_rows[] = {
	{ .name = "service", .type = CONF_GROUP, .rows = service_rows,
	  .required = true, .size = sizeof(struct demo_service),
	  .offset = offsetof(struct demo, service), .help = "the service" },
	{ .name = "steps", .type = CONF_GROUPS, .rows = step_rows, .max = 30,
	  .size = sizeof(struct demo_step), .check = check_step,
	  .offset = offsetof(struct demo, steps), .help = "the ladder" },
	{ .name = "routes", .type = CONF_NAMED, .rows = route_rows,
	  .size = sizeof(struct demo_route),
	  .offset = offsetof(struct demo, routes), .help = "ways out" },
	{ .name = "labels", .type = CONF_MAP, .lines = true,
	  .offset = offsetof(struct demo, labels), .help = "free words" },
	CONF_END_ROW
};

static void
dump_ints(const struct conf_row *row, const struct conf_ints *ints,
    struct buf *out)
{
	size_t	i;

	for (i = 0; i < ints->count; i++) {
		if (row->names != NULL)
			buf_addf(out, " %s", row->names[ints->items[i]]);
		else
			buf_addf(out, " %lld", (long long)ints->items[i]);
	}
}

static void
dump_scalar(const struct conf_row *row, const void *field, struct buf *out)
{
	const struct conf_texts	*texts = field;
	const struct conf_map	*map = field;
	const char *const	*text = field;
	const int32_t		*small = field;
	const double		*number = field;
	const int64_t		*big = field;
	char			day[16];
	size_t			i;

	switch ((int)row->type) {
	case CONF_BOOL:
		buf_adds(out, *(const bool *)field ? " true" : " false");
		break;
	case CONF_INT:
	case CONF_DURATION:
	case CONF_MICROS:
	case CONF_SIZE:
		buf_addf(out, " %lld", (long long)*big);
		break;
	case CONF_NUMBER:
		buf_addf(out, " %g", *number);
		break;
	case CONF_DAYS:
	case CONF_TIME:
		buf_addf(out, " %d", (int)*small);
		break;
	case CONF_DATE:
		buf_addf(out, " %s", *small == DAY_NONE ? "none" :
		    date_text(*small, day));
		break;
	case CONF_CHOICE:
		buf_addf(out, " %s", row->names[*small]);
		break;
	case CONF_TEXTS:
		for (i = 0; i < texts->count; i++)
			buf_addf(out, " \"%s\"", texts->items[i]);
		break;
	case CONF_MAP:
		for (i = 0; i < map->count; i++)
			buf_addf(out, " %s=\"%s\"", map->keys[i],
			    map->values[i]);
		break;
	case CONF_INTS:
	case CONF_CHOICES:
		dump_ints(row, field, out);
		break;
	default:	/* the first member of a secret is its path */
		buf_addf(out, " %s", *text == NULL ? "none" : *text);
	}
}

static void
dump_list(const struct conf *conf, const struct conf_row *row,
    const struct conf_list *list, const char *path, struct buf *out)
{
	char	prefix[200];
	size_t	i;

	for (i = 0; i < list->count; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%s.%zu.", path, i);
		demo_dump(conf, row->rows,
		    (const char *)list->items + i * row->size, prefix, out);
	}
}

static void
dump_place(const struct conf *conf, const void *field, struct buf *out)
{
	struct conf_pos	at = conf_at(conf, field);

	if (conf_is_given(conf, field))
		buf_addf(out, "  # %s:%d:%d", at.file, at.line, at.column);
	buf_addc(out, '\n');
}

void
demo_dump(const struct conf *conf, const struct conf_row *rows,
    const void *base, const char *prefix, struct buf *out)
{
	for (; rows->type != CONF_END; rows++) {
		const char	*field = (const char *)base + rows->offset;
		const struct conf_pos *pos = (const void *)field;
		char		path[100];

		if (rows->type == CONF_POS) {
			buf_addf(out, "%s@ %s:%d:%d\n", prefix, pos->file,
			    pos->line, pos->column);
			continue;
		}
		(void)snprintf(path, sizeof(path), "%s%s", prefix,
		    rows->type == CONF_KEY ? "(key)" : rows->name);
		if (rows->type == CONF_GROUPS || rows->type == CONF_NAMED) {
			dump_list(conf, rows, (const void *)field, path, out);
			continue;
		}
		if (rows->type == CONF_GROUP) {
			(void)snprintf(path, sizeof(path), "%s%s.", prefix,
			    rows->name);
			demo_dump(conf, rows->rows, field, path, out);
			continue;
		}
		buf_addf(out, "%s", path);
		dump_scalar(rows, field, out);
		dump_place(conf, field, out);
	}
}
