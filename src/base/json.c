/* SPDX-License-Identifier: ISC */
#include "base/json.h"

#include "base/utf8.h"


static void
comma(struct buf *out)
{
	char	last = out->len == 0 ? '\n' : out->p[out->len - 1];

	if (strchr("{[:,\n", last) == NULL)
		buf_addc(out, ',');
}

void
json_open(struct buf *out, char bracket)
{
	comma(out);
	buf_addc(out, bracket);
}

void
json_close(struct buf *out, char bracket)
{
	buf_addc(out, bracket);
}

void
json_quote(struct buf *out, struct str value)
{
	uint32_t	point;

	buf_addc(out, '"');
	while (value.len > 0) {
		point = utf8_next(&value);
		if (point == UTF8_BAD)
			utf8_add(out, 0xfffd);
		else if (point == '"' || point == '\\')
			buf_addf(out, "\\%c", (char)point);
		else if (point == '\n')
			buf_adds(out, "\\n");
		else if (point < 0x20 || (point >= 0x7f && point < 0xa0) ||
		    point == 0x2028 || point == 0x2029)
			buf_addf(out, "\\u%04x", (unsigned)point);
		else
			utf8_add(out, point);
	}
	buf_addc(out, '"');
}

void
json_key(struct buf *out, const char *name)
{
	comma(out);
	json_quote(out, str_of(name));
	buf_addc(out, ':');
}

void
json_str(struct buf *out, struct str value)
{
	comma(out);
	json_quote(out, value);
}

void
json_text(struct buf *out, const char *value)
{
	if (value == NULL)
		json_nil(out);
	else
		json_str(out, str_of(value));
}

void
json_int(struct buf *out, int64_t value)
{
	comma(out);
	buf_addi(out, value);
}

void
json_bool(struct buf *out, bool value)
{
	comma(out);
	buf_adds(out, value ? "true" : "false");
}

void
json_nil(struct buf *out)
{
	comma(out);
	buf_adds(out, "null");
}

void
json_raw(struct buf *out, struct str value)
{
	comma(out);
	buf_addstr(out, value);
}
