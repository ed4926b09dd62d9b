/* SPDX-License-Identifier: ISC */
#include "audit/audit.h"

#include "base/json.h"

#define NUMBER_LEN	8
#define LENGTH_BYTES	4	/* enough for AUDIT_TEXT_MAX */

enum form { FORM_EVENT, FORM_NUMBER, FORM_TEXT, FORM_HASH };

#define EVENT(f)	{#f, FORM_EVENT, offsetof(struct audit_leaf, f)}
#define NUMBER(f)	{#f, FORM_NUMBER, offsetof(struct audit_leaf, f)}
#define TEXT(f)		{#f, FORM_TEXT, offsetof(struct audit_leaf, f)}
#define HASH(f)		{#f, FORM_HASH, offsetof(struct audit_leaf, f)}

/* Version 1: the order and the number of rows are part of every hash. */
static const struct field {
	const char	*name;
	enum form	 form;
	size_t		 offset;
} fields[] = {
	[0] = EVENT(event),
	[1] = NUMBER(at_ms),
	[2] = NUMBER(monotonic_ms),
	[3] = TEXT(node),
	[4] = NUMBER(epoch),
	[5] = NUMBER(config_epoch),
	[6] = TEXT(key),
	[7] = NUMBER(attempt),
	[8] = TEXT(channel),
	[9] = HASH(recipient),
	[10] = HASH(customer),
	[11] = HASH(sealed),
	[12] = TEXT(template_id),
	[13] = HASH(template_hash),
	[14] = TEXT(route),
	[15] = TEXT(peer),
	[16] = TEXT(tls),
	[17] = NUMBER(reply_code),
	[18] = TEXT(reply_status),
	[19] = TEXT(reply),
	[20] = TEXT(provider_id),
	[21] = TEXT(actor),
	[22] = TEXT(reason),
	[23] = HASH(object),
	[24] = NUMBER(number),
	[25] = TEXT(detail),
};
#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))

#define AUDIT_EVENT_NAME(id, name)	[AUDIT_##id] = name,
static const char *const	event_names[AUDIT_NEVENTS] = {
	AUDIT_EVENTS(AUDIT_EVENT_NAME)
};
#undef AUDIT_EVENT_NAME

const char *
audit_event_name(enum audit_event event)
{
	if (event <= AUDIT_NONE || event >= AUDIT_NEVENTS)
		return "?";
	return event_names[event];
}

enum audit_event
audit_event_find(struct str name)
{
	for (int i = AUDIT_NONE + 1; i < AUDIT_NEVENTS; i++)
		if (str_is(name, event_names[i]))
			return (enum audit_event)i;
	return AUDIT_NONE;
}

static bool
is_zero(const struct hash *hash)
{
	static const struct hash	zero;

	return memcmp(hash, &zero, sizeof(zero)) == 0;
}

static void
add_length(struct buf *out, size_t len)
{
	for (; len >= 0x80; len >>= 7)
		buf_addc(out, (char)(len | 0x80));
	buf_addc(out, (char)len);
}

static void
add_number(struct buf *out, int64_t number)
{
	uint64_t	bits = (uint64_t)number;

	if (number == 0) {
		add_length(out, 0);
		return;
	}
	add_length(out, NUMBER_LEN);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_addc(out, (char)(bits >> shift));
}

static void
add_text(struct buf *out, struct str text)
{
	add_length(out, text.len);
	if (text.len > 0)
		buf_addstr(out, text);
}

static void
add_field(struct buf *out, const struct field *field, const void *value)
{
	const struct hash	*hash = value;

	switch (field->form) {
	case FORM_EVENT:
		add_text(out, str_of(audit_event_name(
		    *(const enum audit_event *)value)));
		break;
	case FORM_NUMBER:
		add_number(out, *(const int64_t *)value);
		break;
	case FORM_TEXT:
		add_text(out, *(const struct str *)value);
		break;
	case FORM_HASH:
		add_text(out, is_zero(hash) ? STR("") :
		    (struct str){(const char *)hash->bytes, HASH_LEN});
		break;
	}
}

static const void *
value_of(const struct audit_leaf *leaf, const struct field *field)
{
	return (const char *)leaf + field->offset;
}

bool
audit_encode(const struct audit_leaf *leaf, struct buf *out, struct err *err)
{
	if (leaf->event <= AUDIT_NONE || leaf->event >= AUDIT_NEVENTS)
		return err_set(err, ERR_INPUT, "audit record without an event");
	for (size_t i = 0; i < NFIELDS; i++) {
		const struct str	*text = value_of(leaf, &fields[i]);

		if (fields[i].form == FORM_TEXT && text->len > AUDIT_TEXT_MAX)
			return err_set(err, ERR_INPUT, "audit record: %s is too "
			    "long", fields[i].name);
	}
	buf_addc(out, AUDIT_VERSION);
	for (size_t i = 0; i < NFIELDS; i++)
		add_field(out, &fields[i], value_of(leaf, &fields[i]));
	return buf_check(out, err);
}

static bool
read_length(struct str *in, size_t *out)
{
	size_t	len = 0;

	for (unsigned int i = 0; i < LENGTH_BYTES && i < in->len; i++) {
		unsigned char	c = (unsigned char)in->p[i];

		len |= (size_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		if (c == 0 && i > 0)
			return false;		/* not the shortest form */
		in->p += i + 1;
		in->len -= i + 1;
		*out = len;
		return len <= in->len && len <= AUDIT_TEXT_MAX;
	}
	return false;
}

static bool
read_number(struct str text, int64_t *out)
{
	uint64_t	bits = 0;

	if (text.len == 0)
		return true;
	if (text.len != NUMBER_LEN)
		return false;
	for (size_t i = 0; i < NUMBER_LEN; i++)
		bits = bits << 8 | (unsigned char)text.p[i];
	*out = (int64_t)bits;
	return bits != 0;
}

static bool
read_hash(struct str text, struct hash *out)
{
	if (text.len == 0)
		return true;
	if (text.len != HASH_LEN)
		return false;
	(void)memcpy(out->bytes, text.p, HASH_LEN);
	return !is_zero(out);
}

static bool
read_field(const struct field *field, struct str text, void *value)
{
	enum audit_event	*event = value;
	struct str		*view = value;

	switch (field->form) {
	case FORM_EVENT:
		*event = audit_event_find(text);
		return *event != AUDIT_NONE;
	case FORM_NUMBER:
		return read_number(text, value);
	case FORM_TEXT:
		*view = text;
		return true;
	case FORM_HASH:
		return read_hash(text, value);
	}
	return false;
}

bool
audit_decode(struct str bytes, struct audit_leaf *out, struct err *err)
{
	struct audit_leaf	leaf = {0};
	size_t			len;

	if (bytes.len == 0 || bytes.p[0] != AUDIT_VERSION)
		return err_set(err, ERR_INPUT, "audit record of version %d, %d "
		    "is known", bytes.len == 0 ? 0 : (unsigned char)bytes.p[0],
		    AUDIT_VERSION);
	bytes.p++;
	bytes.len--;
	for (size_t i = 0; i < NFIELDS; i++) {
		if (!read_length(&bytes, &len))
			return err_set(err, ERR_INPUT, "audit record: bad "
			    "length before %s", fields[i].name);
		if (!read_field(&fields[i], (struct str){bytes.p, len},
		    (char *)&leaf + fields[i].offset))
			return err_set(err, ERR_INPUT, "audit record: bad %s",
			    fields[i].name);
		bytes.p += len;
		bytes.len -= len;
	}
	if (bytes.len != 0)
		return err_set(err, ERR_INPUT, "audit record: %zu bytes too many",
		    bytes.len);
	*out = leaf;
	return true;
}

static void
json_hash(struct buf *out, const char *name, const struct hash *hash)
{
	struct buf	hex = BUF_INIT;

	if (is_zero(hash))
		return;
	hash_hex(&hex, hash->bytes, HASH_LEN);
	json_key(out, name);
	json_str(out, buf_str(&hex));
	buf_fini(&hex);
}

static void
json_field(struct buf *out, const struct field *field, const void *value)
{
	const struct str	*text = value;
	const int64_t		*number = value;

	switch (field->form) {
	case FORM_EVENT:
		json_key(out, field->name);
		json_text(out, audit_event_name(
		    *(const enum audit_event *)value));
		break;
	case FORM_NUMBER:
		if (*number == 0)
			break;
		json_key(out, field->name);
		json_int(out, *number);
		break;
	case FORM_TEXT:
		if (text->len == 0)
			break;
		json_key(out, field->name);
		json_str(out, *text);
		break;
	case FORM_HASH:
		json_hash(out, field->name, value);
		break;
	}
}

void
audit_json(const struct audit_leaf *leaf, struct buf *out)
{
	json_open(out, '{');
	for (size_t i = 0; i < NFIELDS; i++)
		json_field(out, &fields[i], value_of(leaf, &fields[i]));
	json_close(out, '}');
}

struct str
audit_clip(struct str text)
{
	size_t	len = AUDIT_TEXT_MAX;

	if (text.len <= AUDIT_TEXT_MAX)
		return text;
	while (len > AUDIT_TEXT_MAX - 4 &&
	    ((unsigned char)text.p[len] & 0xc0) == 0x80)
		len--;
	return (struct str){text.p, len};
}

bool
audit_salt(unsigned char *out, struct err *err)
{
	if (!hash_random(out, AUDIT_SALT_LEN))
		return err_set(err, ERR_SYSTEM, "no random bytes");
	return true;
}

bool
audit_commit(const unsigned char *salt, struct str value, struct hash *out,
    struct err *err)
{
	const struct str	pieces[] = {
		{(const char *)salt, AUDIT_SALT_LEN}, value};

	return hash_pieces(pieces, 2, out) || err_nomem(err);
}
