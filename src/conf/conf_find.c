/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include "base/utf8.h"

#include <stdarg.h>

#define LINE_SHOWN	100	/* code points of a source line */
#define QUOTE_SHOWN	60	/* bytes of what a user wrote */
#define WORD_MAX	64	/* bytes; a longer word resembles nothing */

/* Would this code point move the cursor or turn the line around? */
static bool
is_unprintable(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == UTF8_BAD ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

const char *
conf_quote(struct conf *conf, struct str text)
{
	bool		cut = text.len > QUOTE_SHOWN;
	struct buf	out = BUF_INIT;
	const char	*quoted;

	if (cut)
		text.len = QUOTE_SHOWN;
	while (cut && text.len > 0 &&
	    ((unsigned char)text.p[text.len] & 0xc0) == 0x80)
		text.len--;
	buf_addc(&out, '"');
	while (text.len > 0) {
		uint32_t	c = utf8_next(&text);

		utf8_add(&out, is_unprintable(c) ? '?' : c);
	}
	buf_adds(&out, cut ? "...\"" : "\"");
	quoted = arena_copy(conf->arena, buf_text(&out), out.len);
	conf->nomem |= quoted == NULL || !buf_ok(&out);
	buf_fini(&out);
	return quoted == NULL ? "" : quoted;
}

__attribute__((format(printf, 4, 0)))
static void
add(struct conf *conf, bool warning, struct conf_pos at, const char *fmt,
    va_list ap)
{
	size_t		*count = warning ? &conf->n_warnings : &conf->n_errors;
	struct conf_finding *all = warning ? conf->warnings : conf->errors;
	char		text[1024], *kept;

	conf->sorted = false;
	if ((*count)++ >= CONF_PRINTED)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	kept = arena_strdup(conf->arena, text);
	conf->nomem |= kept == NULL;
	all[*count - 1] = (struct conf_finding){at, warning,
	    kept == NULL ? "out of memory" : kept};
}

void
conf_error(struct conf *conf, struct conf_pos at, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	add(conf, false, at, fmt, ap);
	va_end(ap);
}

void
conf_warn(struct conf *conf, struct conf_pos at, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	add(conf, true, at, fmt, ap);
	va_end(ap);
}

size_t
conf_error_count(const struct conf *conf)
{
	return conf->n_errors;
}

bool
conf_ok(const struct conf *conf, struct err *err)
{
	const char	*name = conf->n_files > 0 ? conf->files[0]->name :
			    "config";

	if (conf->nomem)
		return err_nomem(err);
	if (conf->n_errors == 0)
		return true;
	return err_set(err, ERR_INPUT, "%s: %zu error%s", name,
	    conf->n_errors, conf->n_errors == 1 ? "" : "s");
}

static size_t
kept(size_t count)
{
	return count < CONF_PRINTED ? count : CONF_PRINTED;
}

static size_t
file_index(const struct conf *conf, const char *name)
{
	size_t	i = 0;

	while (i < conf->n_files && conf->files[i]->name != name)
		i++;
	return i;
}

static bool
is_before(const struct conf *conf, const struct conf_finding *a,
    const struct conf_finding *b)
{
	size_t	x = file_index(conf, a->at.file);
	size_t	y = file_index(conf, b->at.file);

	if (x != y)
		return x < y;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line;
	return a->at.column < b->at.column;
}

/* By insertion: few, and equal places keep their order. */
static void
sort(const struct conf *conf, struct conf_finding *all, size_t count)
{
	size_t	i, k;

	for (i = 1; i < count; i++) {
		struct conf_finding	one = all[i];

		for (k = i; k > 0 && is_before(conf, &one, &all[k - 1]); k--)
			all[k] = all[k - 1];
		all[k] = one;
	}
}

const struct conf_finding *
conf_finding(struct conf *conf, size_t i)
{
	size_t	errors = kept(conf->n_errors);

	if (!conf->sorted) {
		sort(conf, conf->errors, errors);
		sort(conf, conf->warnings, kept(conf->n_warnings));
		conf->sorted = true;
	}
	if (i < errors)
		return &conf->errors[i];
	if (i - errors < kept(conf->n_warnings))
		return &conf->warnings[i - errors];
	return NULL;
}

static struct str
source_line(const struct conf_file *file, int line)
{
	const char	*p = file->text, *end = file->text + file->len;
	const char	*stop;

	while (line > 1 && p < end) {
		stop = memchr(p, '\n', (size_t)(end - p));
		p = stop == NULL ? end : stop + 1;
		line--;
	}
	stop = memchr(p, '\n', (size_t)(end - p));
	if (stop == NULL)
		stop = end;
	if (stop > p && stop[-1] == '\r')
		stop--;
	return (struct str){p, (size_t)(stop - p)};
}

/* The line, or the part of a long one around the column, and the caret. */
static void
print_source(struct str line, int column, struct buf *out)
{
	struct buf	under = BUF_INIT;
	int		from = column > LINE_SHOWN - 20 ? column - 60 : 1;
	int		i = 1;

	buf_adds(out, from > 1 ? "    ..." : "    ");
	buf_adds(&under, from > 1 ? "       " : "    ");
	while (line.len > 0 && i < from + LINE_SHOWN) {
		uint32_t	c = utf8_next(&line);

		if (i >= from)
			utf8_add(out, c == '\t' ? c :
			    is_unprintable(c) ? '?' : c);
		if (i >= from && i < column)
			buf_addc(&under, c == '\t' ? '\t' : ' ');
		i++;
	}
	buf_adds(out, line.len > 0 ? "...\n" : "\n");
	buf_addstr(out, buf_str(&under));
	buf_adds(out, "^\n");
	buf_fini(&under);
}

static void
print(const struct conf *conf, const struct conf_finding *finding,
    struct buf *out)
{
	size_t	i = file_index(conf, finding->at.file);

	if (finding->at.file != NULL)
		buf_addf(out, "%s:", finding->at.file);
	if (finding->at.line > 0)
		buf_addf(out, "%d:", finding->at.line);
	if (finding->at.column > 0)
		buf_addf(out, "%d:", finding->at.column);
	if (finding->at.file != NULL)
		buf_addc(out, ' ');
	buf_addf(out, "%s%s\n", finding->warning ? "warning: " : "",
	    finding->text);
	if (i < conf->n_files && finding->at.line > 0 &&
	    finding->at.column > 0)
		print_source(source_line(conf->files[i], finding->at.line),
		    finding->at.column, out);
}

void
conf_print(struct conf *conf, struct buf *out)
{
	const struct conf_finding	*finding;
	size_t				i;

	for (i = 0; (finding = conf_finding(conf, i)) != NULL; i++)
		print(conf, finding, out);
	if (conf->n_errors > CONF_PRINTED)
		buf_addf(out, "and %zu more errors\n",
		    conf->n_errors - CONF_PRINTED);
	if (conf->n_warnings > CONF_PRINTED)
		buf_addf(out, "and %zu more warnings\n",
		    conf->n_warnings - CONF_PRINTED);
}

static size_t
min_of(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Changes that make one word the other; two letters swapped count as one. */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t	row[3][WORD_MAX + 1];
	size_t	*two = row[0], *one = row[1], *now = row[2], *turn;
	size_t	i, k;

	for (k = 0; k <= m; k++)
		one[k] = k;
	for (i = 1; i <= n; i++) {
		now[0] = i;
		for (k = 1; k <= m; k++) {
			now[k] = min_of(one[k] + 1, now[k - 1] + 1,
			    one[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				now[k] = min_of(now[k], two[k - 2] + 1, now[k]);
		}
		turn = two;
		two = one;
		one = now;
		now = turn;
	}
	return one[m];
}

const char *
conf_nearest(const char *word, const char *const *first, size_t stride,
    size_t count)
{
	size_t		len = strlen(word), best = len / 3 + 1, i;
	const char	*nearest = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (i = 0; i < count; i++) {
		const char	*name = *(const char *const *)(const void *)
				    ((const char *)first + i * stride);
		size_t		far;

		if (name == NULL || strlen(name) > WORD_MAX)
			continue;
		far = strcasecmp(word, name) == 0 ? 0 :
		    distance(word, len, name, strlen(name));
		/* every word of two letters is near every other */
		if (far < strlen(name) && (far < best ||
		    (far == best && nearest == NULL))) {
			best = far;
			nearest = name;
		}
	}
	return nearest;
}
