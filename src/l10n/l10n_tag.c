/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "l10n/l10n_impl.h"

#include <unicode/uchar.h>

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_alnum(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9');
}

bool
l10n_is_tag(struct str tag)
{
	size_t	run = 0, subtag = 0;

	if (tag.len < 2 || tag.len >= L10N_TAG)
		return false;
	for (size_t i = 0; i < tag.len; i++) {
		if (tag.p[i] == '-' || tag.p[i] == '_') {
			if (run == 0 || (subtag == 0 && run < 2))
				return false;
			run = 0;
			subtag++;
		} else if (subtag == 0 ? !is_alpha(tag.p[i]) || run == 3 :
		    !is_alnum(tag.p[i]) || run == 8) {
			return false;
		} else
			run++;
	}
	return run > 0 && (subtag > 0 || run >= 2);
}

/* Language lower, a region of two letters upper, a script capitalised. */
static void
canonical(const char *tag, char out[static L10N_TAG])
{
	size_t	len = strlen(tag), start = 0, size;
	char	c;

	for (size_t i = 0; i < len; i++) {
		if (tag[i] == '-' || tag[i] == '_') {
			out[i] = '-';
			start = i + 1;
			continue;
		}
		size = strcspn(tag + start, "-_");
		c = tag[i];
		if (start > 0 && is_alpha(c) &&
		    (size == 2 || (size == 4 && i == start)))
			c = (char)(c & ~0x20);
		else if (is_alpha(c))
			c = (char)(c | 0x20);
		out[i] = c;
	}
	out[len] = '\0';
}

static void
add_parents(const char *tag, struct l10n_chain *out)
{
	char	text[L10N_TAG];
	char	*cut;
	bool	 known;

	if (!l10n_is_tag(str_of(tag)))
		return;
	canonical(tag, text);
	for (;;) {
		known = false;
		for (size_t i = 0; i < out->count; i++)
			known |= strcmp(out->tags[i], text) == 0;
		if (!known && out->count < L10N_CHAIN)
			memcpy(out->tags[out->count++], text, sizeof(text));
		if ((cut = strrchr(text, '-')) == NULL)
			return;
		memset(cut, 0, (size_t)(text + sizeof(text) - cut));
	}
}

void
l10n_chain(const char *tag, const char *fallback, struct l10n_chain *out)
{
	memset(out, 0, sizeof(*out));
	add_parents(tag, out);
	add_parents(fallback, out);
}

bool
l10n_is_rtl(const char *tag)
{
	/* CLDR: languages whose likely script runs from right to left */
	static const char	rtl[][4] = {"ar", "arc", "ckb", "dv", "fa",
		"he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"};
	size_t			len;

	if (tag == NULL)
		return false;
	len = strcspn(tag, "-_");
	for (size_t i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++) {
		if (strlen(rtl[i]) == len && strncmp(tag, rtl[i], len) == 0)
			return strstr(tag, "-Latn") == NULL;
	}
	return false;
}

bool
l10n_text_is_rtl(struct str text, bool fallback)
{
	UCharDirection	direction;
	uint32_t	point;

	while (text.len > 0) {
		point = utf8_next(&text);
		if (point == UTF8_BAD)
			continue;
		direction = u_charDirection((UChar32)point);
		if (direction == U_LEFT_TO_RIGHT)
			return false;
		if (direction == U_RIGHT_TO_LEFT ||
		    direction == U_RIGHT_TO_LEFT_ARABIC)
			return true;
	}
	return fallback;
}
