/* SPDX-License-Identifier: ISC */
/*
 * fuzz_markdown.c - Markdown into HTML and text, and a value escaped for it,
 * which must not make markup.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "message/message_md.h"

static const char *const	known_tags[] = {"a", "blockquote", "br",
	"code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
	"p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead",
	"tr", "ul"};
static const char *const	plain_tags[] = {"p"};

#define EDGE_ROOM	65536

/*
 * The text with nothing to read behind it: md4c is no build of ours, so that
 * no sanitizer sees how far it reads.
 */
static struct str
at_edge(struct str text)
{
	static char	*room;

	if (room == NULL) {
		room = mmap(NULL, 2 * EDGE_ROOM, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		FUZZ_HOLDS(room != MAP_FAILED);
		FUZZ_HOLDS(mprotect(room + EDGE_ROOM, EDGE_ROOM,
		    PROT_NONE) == 0);
	}
	if (text.len == 0 || text.len > EDGE_ROOM)
		return text;
	return (struct str){memcpy(room + EDGE_ROOM - text.len, text.p,
	    text.len), text.len};
}

static bool
is_among(struct str name, const char *const *tags, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is(name, tags[i]))
			return true;
	}
	return false;
}

static void
check_tags(struct str html, const char *const *tags, size_t count)
{
	struct str	name;

	for (size_t i = 0; i < html.len; i++) {
		if (html.p[i] != '<')
			continue;
		i += 1 + (i + 1 < html.len && html.p[i + 1] == '/');
		name = (struct str){html.p + i, 0};
		while (i < html.len && ((html.p[i] >= 'a' && html.p[i] <= 'z') ||
		    (html.p[i] >= '0' && html.p[i] <= '9'))) {
			i++;
			name.len++;
		}
		FUZZ_HOLDS(is_among(name, tags, count));
	}
}

/* Links lead where message_link_ok lets them. */
static void
check_links(struct str html)
{
	const char	*at = html.p, *end = html.p + html.len;

	while ((at = memmem(at, (size_t)(end - at), "href=\"", 6)) != NULL) {
		const char	*url = at + 6;
		const char	*quote = memchr(url, '"', (size_t)(end - url));

		FUZZ_HOLDS(quote != NULL);
		FUZZ_HOLDS(message_link_ok((struct str){url,
		    (size_t)(quote - url)}));
		at = quote;
	}
}

static void
try_markdown(struct str text)
{
	struct buf	html = BUF_INIT, plain = BUF_INIT;
	struct err	err;

	if (message_md_html(text, &html, &err) && html.len > 0) {
		check_tags(buf_str(&html), known_tags,
		    sizeof(known_tags) / sizeof(known_tags[0]));
		check_links(buf_str(&html));
		FUZZ_HOLDS(utf8_check(text) != text.len ||
		    utf8_check(buf_str(&html)) == html.len);
	}
	if (message_md_text(text, &plain, &err) && plain.len > 0)
		FUZZ_HOLDS(utf8_check(text) != text.len ||
		    utf8_check(buf_str(&plain)) == plain.len);
	buf_fini(&html);
	buf_fini(&plain);
}

static void
try_value(struct str text, const char *before, const char *behind)
{
	struct buf	clean = BUF_INIT, escaped = BUF_INIT, html = BUF_INIT;
	struct err	err;

	utf8_clean(&clean, text, false);
	buf_adds(&escaped, before);
	message_add_markdown(&escaped, buf_str(&clean));
	buf_adds(&escaped, behind);
	FUZZ_HOLDS(message_md_html(buf_str(&escaped), &html, &err));
	if (html.len > 0)
		check_tags(buf_str(&html), plain_tags, 1);
	buf_fini(&clean);
	buf_fini(&escaped);
	buf_fini(&html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str	text = fuzz_str(data, size);

	try_markdown(at_edge(text));
	try_value(text, "", "");
	try_value(text, "Hola, ", ":");
	try_value(text, "Hola\n", "\n");
	return 0;
}
