/* SPDX-License-Identifier: ISC */
#include "l10n/l10n_impl.h"

#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/ulistformatter.h>
#include <unicode/unumberformatter.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

#define PATTERN_MAX	128

/* Proleptic Gregorian everywhere: no other calendar, no change of 1582. */
static UDateFormat *
open_date(const char *locale, UDateFormatStyle style, const UChar *pattern,
    UErrorCode *status)
{
	static const UChar	utc[] = {'U', 'T', 'C', 0};
	UDateFormat		*format;
	UCalendar		*calendar;
	char			 name[L10N_KEY];

	(void)snprintf(name, sizeof(name),
	    "%s@calendar=gregorian;numbers=latn", locale);
	format = udat_open(pattern == NULL ? UDAT_NONE : UDAT_PATTERN, pattern
	    == NULL ? style : UDAT_PATTERN, name, utc, 3, pattern, -1, status);
	if (U_FAILURE(*status))
		return NULL;
	calendar = ucal_clone(udat_getCalendar(format), status);
	if (U_SUCCESS(*status)) {
		ucal_setGregorianChange(calendar, -1e17, status);
		udat_setCalendar(format, calendar);
		ucal_close(calendar);
	}
	return format;
}

static UDateFormat *
open_skeleton(const char *locale, const char *skeleton, UErrorCode *status)
{
	UDateTimePatternGenerator	*generator;
	UDateFormat			*format = NULL;
	UChar				 want[PATTERN_MAX], found[PATTERN_MAX];

	u_uastrncpy(want, skeleton, PATTERN_MAX);
	generator = udatpg_open(locale, status);
	if (U_FAILURE(*status))
		return NULL;
	(void)udatpg_getBestPattern(generator, want, -1, found, PATTERN_MAX,
	    status);
	if (U_SUCCESS(*status))
		format = open_date(locale, UDAT_NONE, found, status);
	udatpg_close(generator);
	return format;
}

/* Only fields of a date: an hour of a day that has none would be a lie. */
static bool
is_skeleton(const char *form)
{
	return form[0] != '\0' && strlen(form) < 24 &&
	    form[strspn(form, "GyYuUQqMLwWdDEec")] == '\0';
}

static UDateFormat *
open_form(const char *locale, const char *form, UErrorCode *status)
{
	static const char *const	names[] = {"full", "long", "medium",
		"short", NULL};
	static const UDateFormatStyle	styles[] = {UDAT_FULL, UDAT_LONG,
		UDAT_MEDIUM, UDAT_SHORT};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], form) == 0)
			return open_date(locale, styles[i], NULL, status);
	}
	if (is_skeleton(form))
		return open_skeleton(locale, form, status);
	*status = U_ILLEGAL_ARGUMENT_ERROR;
	return NULL;
}

static bool
find_date(struct l10n *l10n, const char *tag, const char *form,
    UDateFormat **out, struct err *err)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		locale[L10N_TAG], key[L10N_KEY];

	(void)snprintf(key, sizeof(key), "%.40s %.40s", tag == NULL ? "" : tag,
	    form);
	*out = l10n_kept(l10n, L10N_KIND_DATE, key);
	if (*out != NULL)
		return true;
	if (!l10n_locale(tag, locale, err))
		return false;
	*out = open_form(locale, form, &status);
	if (U_FAILURE(status)) {
		if (*out != NULL)
			udat_close(*out);
		if (status == U_ILLEGAL_ARGUMENT_ERROR)
			return err_set(err, ERR_INPUT, "\"%.40s\" is no form"
			    " of a date; write short, medium, long, full or a"
			    " CLDR skeleton such as yMMMd", form);
		return l10n_failed(status, "opening a date format", err);
	}
	l10n_keep(l10n, L10N_KIND_DATE, key, *out);
	return true;
}

bool
l10n_date(struct l10n *l10n, const char *locale, int32_t day,
    const char *form, struct buf *out, struct err *err)
{
	UErrorCode	 status = U_ZERO_ERROR;
	UDateFormat	*format;
	UChar		 text[L10N_UCHARS];
	int32_t		 len;

	if (day < date_day((struct date){1, 1, 1}) ||
	    day > date_day((struct date){9999, 12, 31}))
		return err_set(err, ERR_INPUT, "no date to write");
	if (!find_date(l10n, locale, form, &format, err))
		return false;
	len = udat_format(format, (UDate)day * (UDate)DAY_MS, text,
	    L10N_UCHARS, NULL, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "writing a date", err);
	return l10n_add_utf16(out, text, len, err);
}

bool
l10n_plural(struct l10n *l10n, const char *locale, int64_t n, struct buf *out,
    struct err *err)
{
	UErrorCode	 status = U_ZERO_ERROR;
	UPluralRules	*rules;
	UChar		 text[L10N_UCHARS];
	char		 name[L10N_TAG];
	int32_t		 len;

	if (!l10n_locale(locale, name, err))
		return false;
	rules = l10n_kept(l10n, L10N_KIND_PLURAL, name);
	if (rules == NULL) {
		rules = uplrules_open(name, &status);
		if (U_FAILURE(status))
			return l10n_failed(status, "opening plural rules", err);
		l10n_keep(l10n, L10N_KIND_PLURAL, name, rules);
	}
	/* above 2^53 a double is even: every language says the same of it */
	len = uplrules_select(rules, (double)n, text, L10N_UCHARS, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "choosing a plural", err);
	return l10n_add_utf16(out, text, len, err);
}

static bool
find_days(struct l10n *l10n, const char *locale, UNumberFormatter **out,
    struct err *err)
{
	static const char	skeleton[] = "measure-unit/duration-day"
		" unit-width-full-name latin";
	UErrorCode		status = U_ZERO_ERROR;
	UChar			wide[sizeof(skeleton)];
	char			name[L10N_TAG];

	if (!l10n_locale(locale, name, err))
		return false;
	*out = l10n_kept(l10n, L10N_KIND_DAYS, name);
	if (*out != NULL)
		return true;
	u_charsToUChars(skeleton, wide, sizeof(skeleton));
	*out = unumf_openForSkeletonAndLocale(wide, -1, name, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "opening a format for days", err);
	l10n_keep(l10n, L10N_KIND_DAYS, name, *out);
	return true;
}

bool
l10n_days(struct l10n *l10n, const char *locale, int64_t n, struct buf *out,
    struct err *err)
{
	UErrorCode		 status = U_ZERO_ERROR;
	UNumberFormatter	*format;
	UFormattedNumber	*result;
	UChar			 text[L10N_UCHARS];
	int32_t			 len = 0;

	if (n > 1000000000 || n < -1000000000)
		return err_set(err, ERR_INPUT, "too many days");
	if (!find_days(l10n, locale, &format, err))
		return false;
	result = unumf_openResult(&status);
	unumf_formatInt(format, n, result, &status);
	len = unumf_resultToString(result, text, L10N_UCHARS, &status);
	unumf_closeResult(result);
	if (U_FAILURE(status))
		return l10n_failed(status, "writing days", err);
	return l10n_add_utf16(out, text, len, err);
}

static bool
find_list(struct l10n *l10n, const char *locale, UListFormatter **out,
    struct err *err)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		name[L10N_TAG];

	if (!l10n_locale(locale, name, err))
		return false;
	*out = l10n_kept(l10n, L10N_KIND_LIST, name);
	if (*out != NULL)
		return true;
	*out = ulistfmt_open(name, &status);
	if (U_FAILURE(status))
		return l10n_failed(status, "opening a list format", err);
	l10n_keep(l10n, L10N_KIND_LIST, name, *out);
	return true;
}

/* UTF-16 of all items behind each other, ill-formed bytes replaced. */
static bool
list_items(const struct str *items, size_t count, UChar *room, size_t size,
    const UChar **at, int32_t *lens, struct err *err)
{
	UErrorCode	status = U_ZERO_ERROR;

	for (size_t i = 0; i < count; i++) {
		at[i] = room;
		u_strFromUTF8WithSub(room, (int32_t)size, &lens[i], items[i].p,
		    (int32_t)items[i].len, 0xfffd, NULL, &status);
		if (U_FAILURE(status))
			return l10n_failed(status, "reading a list", err);
		room += lens[i];
		size -= (size_t)lens[i];
	}
	return true;
}

static bool
write_list(UListFormatter *format, const UChar **at, const int32_t *lens,
    size_t count, size_t units, struct buf *out, struct err *err)
{
	UErrorCode	 status = U_ZERO_ERROR;
	size_t		 size = units + count * 16 + 16;
	UChar		*text = calloc(size, sizeof(*text));
	char		*utf8 = calloc(size, 3);
	int32_t		 len;
	bool		 ok = false;

	if (text == NULL || utf8 == NULL) {
		err_nomem(err);
		goto done;
	}
	len = ulistfmt_format(format, at, lens, (int32_t)count, text,
	    (int32_t)size, &status);
	if (U_SUCCESS(status))
		u_strToUTF8(utf8, (int32_t)(size * 3), &len, text, len,
		    &status);
	if (U_FAILURE(status)) {
		l10n_failed(status, "writing a list", err);
		goto done;
	}
	buf_add(out, utf8, (size_t)len);
	ok = buf_check(out, err);
done:
	free(text);
	free(utf8);
	return ok;
}

bool
l10n_list(struct l10n *l10n, const char *locale, const struct str *items,
    size_t count, struct buf *out, struct err *err)
{
	UListFormatter	 *format;
	const UChar	**at = NULL;
	UChar		 *room = NULL;
	int32_t		 *lens = NULL;
	size_t		  units = 1;
	bool		  ok = false;

	for (size_t i = 0; i < count; i++)
		units += items[i].len;
	if (count > 10000 || units > 4 * 1024 * 1024)
		return err_set(err, ERR_INPUT, "the list is too long");
	if (!find_list(l10n, locale, &format, err))
		return false;
	at = calloc(count + 1, sizeof(*at));
	lens = calloc(count + 1, sizeof(*lens));
	room = calloc(units, sizeof(*room));
	if (at == NULL || lens == NULL || room == NULL)
		err_nomem(err);
	else
		ok = list_items(items, count, room, units, at, lens, err) &&
		    write_list(format, at, lens, count, units, out, err);
	free(at);
	free(lens);
	free(room);
	return ok;
}
