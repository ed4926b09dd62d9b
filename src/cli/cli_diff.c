/* SPDX-License-Identifier: ISC */
#include "cli/cli_diff.h"

#include <stdint.h>
#include <stdlib.h>

#define CONTEXT	3

struct lines {
	struct str	*items;
	size_t		 count;
};

/* One line of the result; sign is ' ', '-' or '+'. */
struct change {
	char		sign;
	struct str	line;
};

struct script {
	struct change	*items;
	size_t		 count;
};

static bool
split(struct str text, struct lines *out, struct err *err)
{
	const char	*end;
	size_t		 n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == '\n';
	if ((out->items = calloc(n, sizeof(*out->items))) == NULL)
		return err_nomem(err);
	while (text.len > 0) {
		end = memchr(text.p, '\n', text.len);
		n = end == NULL ? text.len : (size_t)(end - text.p) + 1;
		out->items[out->count++] = (struct str){text.p, n};
		text.p += n;
		text.len -= n;
	}
	return true;
}

/* table[i * (m + 1) + j]: common lines of old from i and new from j on. */
static void
fill(uint16_t *table, const struct lines *a, const struct lines *b)
{
	size_t	width = b->count + 1;

	for (size_t i = a->count; i-- > 0; ) {
		for (size_t j = b->count; j-- > 0; ) {
			uint16_t	down = table[(i + 1) * width + j];
			uint16_t	right = table[i * width + j + 1];

			table[i * width + j] =
			    str_eq(a->items[i], b->items[j]) ?
			    (uint16_t)(table[(i + 1) * width + j + 1] + 1) :
			    down > right ? down : right;
		}
	}
}

static void
add(struct script *script, char sign, struct str line)
{
	script->items[script->count++] = (struct change){sign, line};
}

static void
walk(const uint16_t *table, const struct lines *a, const struct lines *b,
    struct script *script)
{
	size_t	width = b->count + 1, i = 0, j = 0;

	while (i < a->count || j < b->count) {
		if (table != NULL && i < a->count && j < b->count &&
		    str_eq(a->items[i], b->items[j])) {
			add(script, ' ', a->items[i]);
			i++;
			j++;
		} else if (i < a->count && (j == b->count || table == NULL ||
		    table[(i + 1) * width + j] >= table[i * width + j + 1]))
			add(script, '-', a->items[i++]);
		else
			add(script, '+', b->items[j++]);
	}
}

static bool
compare(const struct lines *a, const struct lines *b, struct script *script,
    struct err *err)
{
	uint16_t	*table = NULL;

	script->items = calloc(a->count + b->count + 1,
	    sizeof(*script->items));
	if (script->items == NULL)
		return err_nomem(err);
	if (a->count <= DIFF_LINES && b->count <= DIFF_LINES) {
		table = calloc((a->count + 1) * (b->count + 1),
		    sizeof(*table));
		if (table == NULL)
			return err_nomem(err);
		fill(table, a, b);
	}
	walk(table, a, b, script);
	free(table);
	return true;
}

/* Behind the last change of the hunk that begins at from. */
static size_t
hunk_end(const struct script *script, size_t from)
{
	size_t	end = from, same = 0;

	for (size_t i = from; i < script->count && same <= 2 * CONTEXT; i++) {
		if (script->items[i].sign == ' ')
			same++;
		else {
			same = 0;
			end = i + 1;
		}
	}
	return end;
}

static void
put_hunk(const struct script *script, size_t from, size_t to, size_t old_line,
    size_t new_line, struct buf *out)
{
	size_t	old_count = 0, new_count = 0;

	for (size_t i = from; i < to; i++) {
		old_count += script->items[i].sign != '+';
		new_count += script->items[i].sign != '-';
	}
	buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n",
	    old_count == 0 ? old_line - 1 : old_line, old_count,
	    new_count == 0 ? new_line - 1 : new_line, new_count);
	for (size_t i = from; i < to; i++) {
		struct str	line = script->items[i].line;

		buf_addc(out, script->items[i].sign);
		buf_addstr(out, line);
		if (!str_ends(line, "\n"))
			buf_adds(out, "\n\\ No newline at end of file\n");
	}
}

static void
put_script(const struct script *script, struct buf *out)
{
	size_t	old_line = 1, new_line = 1, from, to, i = 0;

	while (i < script->count) {
		size_t	first = i;

		while (first < script->count && script->items[first].sign == ' ')
			first++;
		if (first == script->count)
			return;
		from = first - i > CONTEXT ? first - CONTEXT : i;
		to = hunk_end(script, first) + CONTEXT;
		if (to > script->count)
			to = script->count;
		old_line += from - i;
		new_line += from - i;
		put_hunk(script, from, to, old_line, new_line, out);
		for (i = from; i < to; i++) {
			old_line += script->items[i].sign != '+';
			new_line += script->items[i].sign != '-';
		}
	}
}

bool
cli_diff(const char *old_name, struct str old_text, const char *new_name,
    struct str new_text, struct buf *out, struct err *err)
{
	struct lines	a = {0}, b = {0};
	struct script	script = {0};
	bool		ok;

	if (str_eq(old_text, new_text))
		return true;
	ok = split(old_text, &a, err) && split(new_text, &b, err) &&
	    compare(&a, &b, &script, err);
	if (ok) {
		buf_addf(out, "--- %s\n+++ %s\n", old_name, new_name);
		put_script(&script, out);
	}
	free(a.items);
	free(b.items);
	free(script.items);
	return ok;
}
