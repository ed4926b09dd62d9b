/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>

static const char *const	level_names[] = {
	"debug", "info", "warn", "error", "fatal"};

void
log_mask(struct buf *out, struct str address)
{
	const char	*at = memchr(address.p, '@', address.len);
	size_t		 keep;

	if (at != NULL) {
		buf_add(out, address.p, address.len > 0 && at > address.p);
		buf_adds(out, "***");
		buf_add(out, at, address.len - (size_t)(at - address.p));
		return;
	}
	keep = address.len >= 8 ? 3 : 0;
	buf_add(out, address.p, keep);
	for (size_t i = keep; i + (keep > 0 ? 2 : 0) < address.len; i++)
		buf_addc(out, '*');
	if (keep > 0)
		buf_add(out, address.p + address.len - 2, 2);
}

static void
add_field(struct buf *line, const struct log_field *field)
{
	struct buf	masked = BUF_INIT;

	buf_addf(line, " %s=", field->name);
	switch (field->kind) {
	case LOG_FIELD_INT:
		buf_addf(line, "%" PRId64, field->number);
		break;
	case LOG_FIELD_STR:
		json_quote(line, str_of(field->text));
		break;
	case LOG_FIELD_ADDR:
		log_mask(&masked, str_of(field->text));
		json_quote(line, buf_str(&masked));
		break;
	}
	buf_fini(&masked);
}

static void
to_stderr(const char *line)
{
	struct buf	out = BUF_INIT;

	buf_addf(&out, "%s\n", line);
	if (buf_ok(&out))
		(void)fwrite(out.p, 1, out.len, stderr);
	buf_fini(&out);
}

void
log_write(const struct log *log, enum log_level level, const char *event,
    const struct log_field *fields, size_t count)
{
	struct buf	line = BUF_INIT;

	if (level < log->least)
		return;
	instant_format(clock_now(log->clock), 0, &line);
	buf_addf(&line, " %s %s", level_names[level], event);
	for (size_t i = 0; i < count; i++)
		add_field(&line, &fields[i]);
	if (log->sink != NULL)
		log->sink(log->arg, level, buf_text(&line));
	else
		to_stderr(buf_text(&line));
	buf_fini(&line);
}
