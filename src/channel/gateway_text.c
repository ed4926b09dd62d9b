/* SPDX-License-Identifier: ISC */
/*
 * gateway_text.c - texts with {names}: a name is a whole value, written as its
 * surroundings want it, so that no text of a customer can say more than text.
 */
#include "channel/gateway_impl.h"

#include "base/json.h"

#define NAME_TEXT_OF(value, name)	name,
static const char *const	names[] = {GATEWAY_NAMES(NAME_TEXT_OF) NULL};

/* `{name}` at p: the length of its name, 0 when it is none. */
static size_t
name_at(const char *p)
{
	size_t	len;

	if (p[0] != '{' || p[1] < 'a' || p[1] > 'z')
		return 0;
	len = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return p[1 + len] == '}' ? len : 0;
}

static int
find_name(struct str name, const struct conf_map *values)
{
	for (int i = 0; i < NAME_COUNT; i++) {
		if (str_is(name, names[i]))
			return i;
	}
	for (size_t i = 0; i < values->count; i++) {
		if (str_is(name, values->keys[i]))
			return NAME_COUNT + (int)i;
	}
	return -1;
}

static bool
unknown(struct str name, const struct conf_map *values, struct err *err)
{
	struct buf	known = BUF_INIT;

	for (int i = 0; i < NAME_COUNT; i++)
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	for (size_t i = 0; i < values->count; i++)
		buf_addf(&known, ", %s", values->keys[i]);
	(void)err_set(err, ERR_INPUT, "{%.*s} is not known; write it under"
	    " values, or one of %s", STR_ARG(name), buf_text(&known));
	buf_fini(&known);
	return false;
}

static size_t
count_names(const char *source)
{
	size_t	count = 0;

	for (const char *p = source; *p != '\0'; p++)
		count += name_at(p) > 0;
	return count;
}

bool
gateway_text_parse(const char *source, const struct conf_map *values,
    struct arena *arena, struct gateway_text *out, struct err *err)
{
	size_t			 room = count_names(source) + 1, count = 0, len;
	struct gateway_part	*parts;
	const char		*begin = source, *p = source;
	struct str		 name;

	if ((parts = arena_array(arena, room, sizeof(*parts))) == NULL)
		return err_nomem(err);
	while (*p != '\0') {
		if ((len = name_at(p)) == 0) {
			p++;
			continue;
		}
		name = (struct str){p + 1, len};
		parts[count].literal = (struct str){begin,
		    (size_t)(p - begin)};
		parts[count].name = find_name(name, values);
		if (parts[count++].name < 0)
			return unknown(name, values, err);
		p += len + 2;
		begin = p;
	}
	parts[count].literal = (struct str){begin, (size_t)(p - begin)};
	parts[count++].name = -1;
	*out = (struct gateway_text){parts, count};
	return true;
}

const char *
gateway_name_text(const struct conf_map *values, int name)
{
	return name < NAME_COUNT ? names[name] :
	    values->keys[name - NAME_COUNT];
}

struct str
gateway_fact(const struct gateway_facts *facts, int name)
{
	return name < NAME_COUNT ? facts->names[name] :
	    str_of(facts->values->values[name - NAME_COUNT]);
}

bool
gateway_text_uses(const struct gateway_text *text, int name)
{
	for (size_t i = 0; i < text->count; i++) {
		if (text->parts[i].name == name)
			return true;
	}
	return false;
}

/* RFC 3986: what is not unreserved. */
void
gateway_percent(struct buf *out, struct str text)
{
	static const char	hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char	c = (unsigned char)text.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
		    c == '_' || c == '~') {
			buf_addc(out, (char)c);
			continue;
		}
		buf_addc(out, '%');
		buf_addc(out, hex[c >> 4]);
		buf_addc(out, hex[c & 15]);
	}
}

static bool
is_json(int name)
{
	return name == NAME_PARAMETERS || name == NAME_VARIABLES ||
	    name == NAME_COMPONENTS;
}

void
gateway_text_render(const struct gateway_text *text,
    const struct gateway_facts *facts, enum gateway_mode mode,
    struct buf *out, int *empty_out)
{
	const struct gateway_part	*part;
	struct str			 value;

	*empty_out = -1;
	for (size_t i = 0; i < text->count; i++) {
		part = &text->parts[i];
		buf_addstr(out, part->literal);
		if (part->name < 0)
			continue;
		value = gateway_fact(facts, part->name);
		if (value.len == 0 && *empty_out < 0)
			*empty_out = part->name;
		if (mode == MODE_PERCENT)
			gateway_percent(out, value);
		else if (mode == MODE_JSON && !is_json(part->name))
			json_quote(out, value);
		else
			buf_addstr(out, value);
	}
}
