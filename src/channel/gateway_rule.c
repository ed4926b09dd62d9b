/* SPDX-License-Identifier: ISC */
/*
 * gateway_rule.c - what an answer means, by the rules of a stanza: errors
 * first, since a 200 may hold one, then what was accepted.
 */
#include "channel/gateway_impl.h"

#include "http/http.h"
#include "model/pointer.h"

#define FOUND_MAX	64	/* values at one pointer; more match no rule */
#define REGEX_BYTES	4096	/* of a body, so that none takes for ever */

/* An answer with what was read in it. */
struct reading {
	const struct http_answer	*answer;
	struct arena			*arena;
	struct value			 json;
	bool				 is_json;
	const char			*text;	/* body's begin, for regexes */
};

/* --- HTTP ranges ------------------------------------------------------------- */

/* One range at *p, which moves behind it. */
static bool
read_range(const char **p, long *low, long *high)
{
	char	*end;

	*p += strspn(*p, " ,");
	*low = strtol(*p, &end, 10);
	if (end != *p + 3)
		return false;
	*high = *low;
	*p = end;
	if (**p == '-') {
		*high = strtol(*p + 1, &end, 10);
		if (end != *p + 4)
			return false;
		*p = end;
	}
	return *low >= 100 && *low <= *high && *high <= 999 &&
	    (**p == '\0' || **p == ',' || **p == ' ');
}

bool
gateway_http_check(const char *ranges, struct err *err)
{
	long	low, high;

	do {
		if (!read_range(&ranges, &low, &high))
			return err_set(err, ERR_INPUT, "write a status or a"
			    " range of them, such as \"429\" or \"500-599\"");
	} while (*ranges != '\0');
	return true;
}

static bool
http_matches(const char *ranges, int status)
{
	long	low, high;

	if (ranges == NULL)
		return true;
	while (*ranges != '\0' && read_range(&ranges, &low, &high)) {
		if (status >= low && status <= high)
			return true;
	}
	return false;
}

/* --- codes -------------------------------------------------------------------- */

static bool
is_digits(const char *text)
{
	size_t	len = strlen(text);

	return len > 0 && len <= 15 && strspn(text, "0123456789") == len;
}

/* Codes compare as text, "20005-20009" as whole numbers. */
static bool
code_matches(const char *code, const char *wanted)
{
	const char	*dash = strchr(wanted, '-');
	char		 low[16];

	if (strcmp(code, wanted) == 0)
		return true;
	if (dash == NULL || dash - wanted > 15 || !is_digits(dash + 1) ||
	    !is_digits(code))
		return false;
	(void)snprintf(low, sizeof(low), "%.*s", (int)(dash - wanted),
	    wanted);
	return is_digits(low) && strtoll(code, NULL, 10) >=
	    strtoll(low, NULL, 10) && strtoll(code, NULL, 10) <=
	    strtoll(dash + 1, NULL, 10);
}

static bool
is_one_of(const char *code, const struct conf_texts *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		if (code_matches(code, wanted->items[i]))
			return true;
	}
	return wanted->count == 0;
}

/* NULL: no text is in it (also NUL inside), or no memory. */
static const char *
value_text(const struct value *value, struct arena *arena)
{
	switch (value->kind) {
	case VALUE_STRING:
		return strlen(value->string.p) == value->string.len ?
		    value->string.p : NULL;
	case VALUE_INT:
		return arena_printf(arena, "%lld", (long long)value->integer);
	case VALUE_REAL:
		return arena_printf(arena, "%.*s", STR_ARG(value->string));
	case VALUE_BOOL:
		return value->boolean ? "true" : "false";
	case VALUE_NULL:
		return "null";
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	default:
		return NULL;
	}
}

/* The first text at a pointer; NULL: there is none. */
static const char *
text_at(const struct reading *reading, const char *pointer)
{
	const struct value	*found[1];

	if (!reading->is_json || pointer_find(&reading->json, pointer, found,
	    1) == 0)
		return NULL;
	return value_text(found[0], reading->arena);
}

/* Is something there, and all of it among wanted? */
static bool
all_among(const struct reading *reading, const char *pointer,
    const struct conf_texts *wanted, bool optional)
{
	const struct value	*found[FOUND_MAX];
	const char		*text;
	size_t			 count;

	if (!reading->is_json)
		return false;
	count = pointer_find(&reading->json, pointer, found, FOUND_MAX);
	if (count > FOUND_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		text = value_text(found[i], reading->arena);
		if (wanted->count > 0 && (text == NULL ||
		    !is_one_of(text, wanted)))
			return false;
	}
	return count > 0 || optional;
}

/* --- regexes ------------------------------------------------------------------ */

static bool
compile(const char *source, struct gateway_regex *out, struct err *err)
{
	char	why[160];
	int	code;

	if (source == NULL)
		return true;
	code = regcomp(&out->compiled, source, REG_EXTENDED);
	if (code == 0) {
		out->is_set = true;
		return true;
	}
	(void)regerror(code, &out->compiled, why, sizeof(why));
	return err_set(err, ERR_INPUT, "no regular expression (regex(7)): %s",
	    why);
}

bool
gateway_regex_check(const char *source, struct err *err)
{
	struct gateway_regex	regex = {.is_set = false};
	bool			ok = compile(source, &regex, err);

	if (regex.is_set)
		regfree(&regex.compiled);
	return ok;
}

static bool
body_matches(const struct gateway_regex *regex, const struct reading *reading)
{
	return !regex->is_set || regexec(&regex->compiled, reading->text, 0,
	    NULL, 0) == 0;
}

/* --- rules -------------------------------------------------------------------- */

static const struct gateway_accepted *
accepted_at(const struct gateway_rules *rules, size_t i)
{
	return (const struct gateway_accepted *)rules->conf->accepted.items +
	    i;
}

static const struct gateway_error *
error_at(const struct gateway_rules *rules, size_t i)
{
	return (const struct gateway_error *)rules->conf->errors.items + i;
}

bool
gateway_rules_new(const struct gateway_answer_conf *conf, struct arena *arena,
    struct gateway_rules *out, const void **culprit_out, struct err *err)
{
	bool	ok = true;

	*out = (struct gateway_rules){.conf = conf};
	out->accepted = arena_array(arena, conf->accepted.count,
	    sizeof(*out->accepted));
	out->errors = arena_array(arena, conf->errors.count,
	    sizeof(*out->errors));
	if (out->accepted == NULL || out->errors == NULL)
		return err_nomem(err);
	for (size_t i = 0; ok && i < conf->accepted.count; i++) {
		*culprit_out = &accepted_at(out, i)->body_regex;
		ok = compile(accepted_at(out, i)->body_regex,
		    &out->accepted[i], err);
	}
	for (size_t i = 0; ok && i < conf->errors.count; i++) {
		*culprit_out = &error_at(out, i)->body_regex;
		ok = compile(error_at(out, i)->body_regex, &out->errors[i],
		    err);
	}
	if (ok) {
		*culprit_out = &conf->id.regex;
		ok = compile(conf->id.regex, &out->id, err);
	}
	if (!ok)
		gateway_rules_free(out);
	return ok;
}

static void
free_one(struct gateway_regex *regex)
{
	if (regex->is_set)
		regfree(&regex->compiled);
	regex->is_set = false;
}

void
gateway_rules_free(struct gateway_rules *rules)
{
	for (size_t i = 0; rules->accepted != NULL &&
	    i < rules->conf->accepted.count; i++)
		free_one(&rules->accepted[i]);
	for (size_t i = 0; rules->errors != NULL &&
	    i < rules->conf->errors.count; i++)
		free_one(&rules->errors[i]);
	free_one(&rules->id);
}

static bool
error_matches(const struct gateway_error *rule,
    const struct gateway_regex *regex, const struct reading *reading)
{
	return http_matches(rule->http, reading->answer->status) &&
	    (rule->code_ptr == NULL || all_among(reading, rule->code_ptr,
	    &rule->codes, false)) && body_matches(regex, reading);
}

static bool
accepted_matches(const struct gateway_accepted *rule,
    const struct gateway_regex *regex, const struct reading *reading)
{
	const struct gateway_where	*where = rule->where.items;

	if (!http_matches(rule->http, reading->answer->status))
		return false;
	for (size_t i = 0; i < rule->where.count; i++) {
		if (!all_among(reading, where[i].ptr, &where[i].in,
		    where[i].optional))
			return false;
	}
	return body_matches(regex, reading);
}

static struct str
group_of(const struct gateway_regex *regex, const char *text)
{
	regmatch_t	match[2];

	if (regexec(&regex->compiled, text, 2, match, 0) != 0 ||
	    match[1].rm_so < 0)
		return STR("");
	return (struct str){text + match[1].rm_so,
	    (size_t)(match[1].rm_eo - match[1].rm_so)};
}

static struct str
find_id(const struct gateway_rules *rules, const struct reading *reading)
{
	const struct gateway_id	*id = &rules->conf->id;
	const char		*text;
	struct str		 found = STR("");

	if (id->ptr != NULL && (text = text_at(reading, id->ptr)) != NULL)
		found = str_of(text);
	else if (rules->id.is_set)
		found = group_of(&rules->id, reading->text);
	else if (id->header != NULL)
		found = http_header(reading->answer, id->header);
	/* half an id would find nothing, or somebody else's message */
	if (found.len >= sizeof(((struct channel_result *)NULL)->provider_id))
		found = STR("");
	return found;
}

static int64_t
wait_of(const struct gateway_error *rule, const struct reading *reading)
{
	const char	*from = rule->retry_after, *text = NULL;
	int64_t		 now_s = reading->answer->now_s, seconds;

	if (from == NULL)
		seconds = reading->answer->retry_after_s;
	else if (strncmp(from, "header:", 7) == 0)
		seconds = http_retry_after(http_header(reading->answer,
		    from + 7), now_s);
	else {
		text = text_at(reading, from + sizeof("ptr:") - 1);
		seconds = text == NULL ? 0 : http_retry_after(str_of(text),
		    now_s);
	}
	return seconds <= 0 ? 0 : seconds > 6 * 3600 ? 6 * 3600 * 1000 :
	    seconds * 1000;
}

static bool
read_body(const struct http_answer *answer, struct arena *arena,
    struct reading *out)
{
	size_t		len = answer->body.len < REGEX_BYTES ?
			    answer->body.len : REGEX_BYTES;
	struct err	err;

	*out = (struct reading){.answer = answer, .arena = arena};
	out->text = arena_copy(arena, answer->body.len > 0 ? answer->body.p :
	    "", len);
	out->is_json = !answer->encoded && answer->body.len > 0 &&
	    value_parse(answer->body, arena, &out->json, &err);
	return out->text != NULL;
}

static bool
apply_errors(const struct gateway_rules *rules, const struct reading *reading,
    enum answer_class *class_out, struct answer_said *said)
{
	const struct gateway_error	*rule;
	const char			*code;

	for (size_t i = 0; i < rules->conf->errors.count; i++) {
		rule = error_at(rules, i);
		if (!error_matches(rule, &rules->errors[i], reading))
			continue;
		*class_out = (enum answer_class)rule->class;
		code = rule->code_ptr == NULL ? NULL :
		    text_at(reading, rule->code_ptr);
		said->code = code == NULL ? "" : code;
		said->wait_ms = wait_of(rule, reading);
		return true;
	}
	return false;
}

bool
gateway_rules_apply(const struct gateway_rules *rules,
    const struct http_answer *answer, struct arena *arena,
    enum answer_class *class_out, struct answer_said *said_out)
{
	struct reading	reading;

	*said_out = (struct answer_said){.status = answer->status,
	    .code = "", .reply = answer->encoded ? STR("") : answer->body};
	if (!read_body(answer, arena, &reading)) {
		*class_out = ANSWER_IN_DOUBT;
		return true;
	}
	if (apply_errors(rules, &reading, class_out, said_out))
		return true;
	for (size_t i = 0; i < rules->conf->accepted.count; i++) {
		if (!accepted_matches(accepted_at(rules, i),
		    &rules->accepted[i], &reading))
			continue;
		*class_out = ANSWER_ACCEPTED;
		said_out->provider_id = find_id(rules, &reading);
		return true;
	}
	if (answer->status < 200 || answer->status > 299)
		return false;
	/* a success that says something which nobody foresaw */
	*class_out = ANSWER_IN_DOUBT;
	if (rules->conf->accepted.count == 0) {
		*class_out = ANSWER_ACCEPTED;
		said_out->provider_id = find_id(rules, &reading);
	}
	return true;
}
