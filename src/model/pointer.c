/* SPDX-License-Identifier: ISC */
#include "model/pointer.h"

struct search {
	const struct value	**out;
	size_t			  room;
	size_t			  found;
};

bool
pointer_check(const char *pointer, struct err *err)
{
	if (pointer[0] != '\0' && pointer[0] != '/')
		return err_set(err, ERR_INPUT, "a JSON pointer begins with /,"
		    " such as /messages/0/id");
	for (const char *p = pointer; (p = strchr(p, '~')) != NULL; p++) {
		if (p[1] != '0' && p[1] != '1')
			return err_set(err, ERR_INPUT, "in a JSON pointer ~ is"
			    " written ~0, and / in a name ~1");
	}
	return true;
}

/* Does the token, as written, name the key? */
static bool
names_key(struct str token, struct str key)
{
	size_t	k = 0;
	char	c;

	for (size_t i = 0; i < token.len; i++, k++) {
		c = token.p[i];
		if (c == '~')
			c = token.p[++i] == '1' ? '/' : '~';
		if (k == key.len || key.p[k] != c)
			return false;
	}
	return k == key.len;
}

/* RFC 6901, 4: digits without a leading zero; SIZE_MAX for anything else. */
static size_t
array_index(struct str token)
{
	size_t	n = 0;

	if (token.len == 0 || token.len > 9 ||
	    (token.p[0] == '0' && token.len > 1))
		return SIZE_MAX;
	for (size_t i = 0; i < token.len; i++) {
		if (token.p[i] < '0' || token.p[i] > '9')
			return SIZE_MAX;
		n = n * 10 + (size_t)(token.p[i] - '0');
	}
	return n;
}

/* pointer_check has seen the pointer; its depth bounds the recursion. */
static void
search_in(const struct value *value, const char *rest, struct search *search)
{
	struct str	token;

	if (rest[0] == '\0') {
		if (search->found < search->room)
			search->out[search->found] = value;
		search->found++;
		return;
	}
	token = (struct str){rest + 1, strcspn(rest + 1, "/")};
	rest += 1 + token.len;
	if (value->kind != VALUE_ARRAY && value->kind != VALUE_OBJECT)
		return;
	for (size_t i = 0; i < value->count; i++) {
		if (str_is(token, "*") || (value->kind == VALUE_ARRAY ?
		    array_index(token) == i :
		    names_key(token, value->keys[i])))
			search_in(&value->items[i], rest, search);
	}
}

size_t
pointer_find(const struct value *root, const char *pointer,
    const struct value **out, size_t room)
{
	struct search	search = {out, room, 0};

	search_in(root, pointer, &search);
	return search.found;
}
