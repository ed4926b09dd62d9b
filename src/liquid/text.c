/* SPDX-License-Identifier: ISC */
#include "liquid/impl.h"
#include "liquid/number.h"

#include "base/utf8.h"

#define DEEPEST	100		/* levels of nested values that are printed */
#define LONGEST	((size_t)64 * 1024 * 1024)	/* bytes that a list may print */

bool
liquid_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool
liquid_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

size_t
liquid_spaces(struct str s, size_t at)
{
	while (at < s.len && liquid_is_space(s.p[at]))
		at++;
	return at;
}

struct str
liquid_lstrip(struct str s)
{
	while (s.len > 0 && (liquid_is_space(s.p[0]) || s.p[0] == '\0')) {
		s.p++;
		s.len--;
	}
	return s;
}

struct str
liquid_rstrip(struct str s)
{
	while (s.len > 0 && (liquid_is_space(s.p[s.len - 1]) ||
	    s.p[s.len - 1] == '\0'))
		s.len--;
	return s;
}

struct str
liquid_cut(struct str s, size_t from, size_t to)
{
	if (to > s.len)
		to = s.len;
	if (from > to)
		from = to;
	return (struct str){s.p + from, to - from};
}

size_t
liquid_chars(struct str s, size_t count)
{
	struct str	rest = s;

	while (count > 0 && rest.len > 0) {
		(void)utf8_next(&rest);
		count--;
	}
	return s.len - rest.len;
}

/* Offset of what at or behind from; SIZE_MAX when it is not there. */
size_t
liquid_find(struct str s, struct str what, size_t from)
{
	const char	*hit;

	if (from > s.len || what.len > s.len - from)
		return SIZE_MAX;
	if (what.len == 0)
		return from;
	hit = memmem(s.p + from, s.len - from, what.p, what.len);
	return hit == NULL ? SIZE_MAX : (size_t)(hit - s.p);
}

static void
inspect_point(uint32_t point, struct buf *out)
{
	static const char	names[] = "\aa\bb\tt\nn\vv\ff\rr\033e\"\"\\\\";

	for (size_t i = 0; i + 1 < sizeof(names); i += 2)
		if (point == (unsigned char)names[i]) {
			buf_addc(out, '\\');
			buf_addc(out, names[i + 1]);
			return;
		}
	if (point < 0x20 || point == 0x7f)
		buf_addf(out, "\\x%02X", (unsigned)point);
	else if ((point >= 0x80 && point < 0xa0) || point == 0x200b ||
	    point == 0x2028 || point == 0x2029 || point == 0xfeff)
		buf_addf(out, "\\u%04X", (unsigned)point);
	else
		utf8_add(out, point);
}

static void
inspect_text(struct str s, struct buf *out)
{
	uint32_t	point;
	char		bad;

	buf_addc(out, '"');
	while (s.len > 0) {
		bad = s.p[0];
		point = utf8_next(&s);
		if (point == UTF8_BAD)
			buf_addf(out, "\\x%02X", (unsigned char)bad);
		else if (point == '#' && s.len > 0 &&
		    (s.p[0] == '{' || s.p[0] == '$' || s.p[0] == '@'))
			buf_adds(out, "\\#");
		else
			inspect_point(point, out);
	}
	buf_addc(out, '"');
}

static void	inspect_at(struct liquid_value value, struct buf *out,
		    int depth);

static void
inspect_array(struct liquid_value array, struct buf *out, int depth)
{
	size_t	count = liquid_count(array);

	buf_addc(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_adds(out, ", ");
		inspect_at(liquid_at(array, i), out, depth);
	}
	buf_addc(out, ']');
}

static void
inspect_object(struct liquid_value object, struct buf *out, int depth)
{
	struct liquid_value	item;
	struct str		key;

	buf_addc(out, '{');
	for (size_t i = 0; liquid_pair_at(object, i, &key, &item); i++) {
		if (i > 0)
			buf_adds(out, ", ");
		inspect_text(key, out);
		buf_adds(out, "=>");
		inspect_at(item, out, depth);
	}
	buf_addc(out, '}');
}

static void
inspect_at(struct liquid_value value, struct buf *out, int depth)
{
	/* one long text many times: as if memory had run out */
	if (out->len > LONGEST)
		out->failed = true;
	if (out->failed)
		return;
	if (depth > DEEPEST)
		buf_adds(out, "...");
	else if (value.type == LIQUID_NIL)
		buf_adds(out, "nil");
	else if (value.type == LIQUID_STRING)
		inspect_text(value.as.text, out);
	else if (value.type == LIQUID_ARRAY)
		inspect_array(value, out, depth + 1);
	else if (value.type == LIQUID_OBJECT)
		inspect_object(value, out, depth + 1);
	else
		liquid_to_text(value, out);
}

void
liquid_inspect(struct liquid_value value, struct buf *out)
{
	inspect_at(value, out, 0);
}

static void
write_int(int64_t value, struct buf *out)
{
	char		 text[24], *p = text + sizeof(text);
	uint64_t	 size = value < 0 ? 0 - (uint64_t)value :
			    (uint64_t)value;

	do {
		*--p = (char)('0' + size % 10);
	} while ((size /= 10) > 0);
	if (value < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

void
liquid_to_text(struct liquid_value value, struct buf *out)
{
	switch (value.type) {
	case LIQUID_NIL:
	case LIQUID_EMPTY:
	case LIQUID_BLANK:
		return;
	case LIQUID_BOOL:
		buf_adds(out, value.as.boolean ? "true" : "false");
		return;
	case LIQUID_INT:
		write_int(value.as.number, out);
		return;
	case LIQUID_FLOAT:
		number_write_float(value.as.real, out);
		return;
	case LIQUID_BIG:
	case LIQUID_STRING:
		buf_addstr(out, value.as.text);
		return;
	case LIQUID_ARRAY:
	case LIQUID_OBJECT:
		inspect_at(value, out, 0);
		return;
	case LIQUID_RANGE:
		buf_addf(out, "%lld..%lld", (long long)value.as.range.first,
		    (long long)value.as.range.last);
		return;
	case LIQUID_LAZY:
		if (value.as.lazy.ops->text != NULL)
			value.as.lazy.ops->text(value.as.lazy.self, out);
		return;
	}
}

static void
write_at(struct liquid_value value, struct buf *out, int depth)
{
	size_t	count = liquid_count(value);

	if (value.type != LIQUID_ARRAY || depth > DEEPEST) {
		liquid_to_text(value, out);
		return;
	}
	for (size_t i = 0; i < count; i++)
		write_at(liquid_at(value, i), out, depth + 1);
}

void
liquid_write(struct liquid_value value, struct buf *out)
{
	write_at(value, out, 0);
}

bool
liquid_as_text(struct liquid_value value, struct arena *arena, struct str *out)
{
	struct buf	 text = BUF_INIT;
	char		*copy;

	if (value.type == LIQUID_STRING || value.type == LIQUID_BIG) {
		*out = value.as.text;
		return true;
	}
	if (value.type == LIQUID_NIL) {
		*out = STR("");
		return true;
	}
	liquid_to_text(value, &text);
	copy = buf_ok(&text) ? arena_copy(arena, buf_text(&text), text.len) :
	    NULL;
	*out = (struct str){copy, text.len};
	buf_fini(&text);
	return copy != NULL;
}

int
liquid_number_order(struct liquid_value a, struct liquid_value b)
{
	struct number	x, y;

	if (a.type == LIQUID_INT && b.type == LIQUID_INT)
		return a.as.number < b.as.number ? -1 :
		    a.as.number > b.as.number;
	if (a.type == LIQUID_FLOAT && b.type == LIQUID_FLOAT)
		return a.as.real < b.as.real ? -1 : a.as.real > b.as.real;
	number_of(a, &x);
	number_of(b, &y);
	return number_compare(&x, &y);
}

bool
liquid_number_equal(struct liquid_value a, struct liquid_value b)
{
	if (a.type == LIQUID_FLOAT && b.type == LIQUID_FLOAT)
		return a.as.real == b.as.real;
	return liquid_number_order(a, b) == 0;
}

const char *
liquid_class(struct liquid_value value)
{
	switch (value.type) {
	case LIQUID_NIL:
		return "NilClass";
	case LIQUID_BOOL:
		return value.as.boolean ? "TrueClass" : "FalseClass";
	case LIQUID_INT:
	case LIQUID_BIG:
		return "Integer";
	case LIQUID_FLOAT:
		return "Float";
	case LIQUID_STRING:
		return "String";
	case LIQUID_ARRAY:
		return "Array";
	case LIQUID_OBJECT:
		return "Hash";
	case LIQUID_RANGE:
		return "Range";
	case LIQUID_EMPTY:
	case LIQUID_BLANK:
		return "Liquid::Condition::MethodLiteral";
	case LIQUID_LAZY:
		return "Object";
	}
	return "Object";
}
