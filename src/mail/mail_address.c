/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "mail/mail.h"

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* RFC 5322, 3.2.3 */
static bool
is_atext(char c)
{
	return is_alnum(c) || (c != '\0' &&
	    strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
check_ascii(struct str address, struct err *err)
{
	for (size_t i = 0; i < address.len; i++) {
		unsigned char	c = (unsigned char)address.p[i];

		if (c >= 0x80)
			return err_set(err, ERR_INPUT, "5.6.7 the address has"
			    " characters outside ASCII (SMTPUTF8), which"
			    " cannot be sent to yet; a domain can be written"
			    " in its xn-- form");
		if (c <= 0x20 || c == 0x7f)
			return err_set(err, ERR_INPUT, "the address has white"
			    " space or a control character at byte %zu",
			    i + 1);
	}
	return true;
}

static bool
check_local(struct str local, struct err *err)
{
	if (local.len == 0)
		return err_set(err, ERR_INPUT, "nothing before the @");
	if (local.p[0] == '"')
		return err_set(err, ERR_INPUT, "a quoted name before the @ is"
		    " not sent to");
	if (local.len > MAIL_LOCAL_MAX)
		return err_set(err, ERR_INPUT, "%zu characters before the @;"
		    " at most %d can be", local.len, MAIL_LOCAL_MAX);
	for (size_t i = 0; i < local.len; i++) {
		if (local.p[i] == '.') {
			if (i == 0 || i + 1 == local.len ||
			    local.p[i + 1] == '.')
				return err_set(err, ERR_INPUT, "a dot at the"
				    " start, at the end or doubled before"
				    " the @");
		} else if (!is_atext(local.p[i]))
			return err_set(err, ERR_INPUT, "\"%c\" cannot stand"
			    " before the @", local.p[i]);
	}
	return true;
}

static bool
check_label(struct str label, struct err *err)
{
	if (label.len == 0)
		return err_set(err, ERR_INPUT, "the domain has an empty part:"
		    " a dot too many");
	if (label.len > MAIL_LABEL_MAX)
		return err_set(err, ERR_INPUT, "a part of the domain has %zu"
		    " characters; at most %d can be", label.len,
		    MAIL_LABEL_MAX);
	if (label.p[0] == '-' || label.p[label.len - 1] == '-')
		return err_set(err, ERR_INPUT, "a part of the domain begins"
		    " or ends with a hyphen");
	for (size_t i = 0; i < label.len; i++) {
		if (!is_alnum(label.p[i]) && label.p[i] != '-')
			return err_set(err, ERR_INPUT, "\"%c\" cannot stand"
			    " in a domain", label.p[i]);
	}
	return true;
}

static bool
check_domain(struct str domain, struct err *err)
{
	struct str	 label;
	const char	*dot;
	size_t		 labels = 0;

	if (domain.len == 0)
		return err_set(err, ERR_INPUT, "no domain behind the @");
	if (domain.p[0] == '[')
		return err_set(err, ERR_INPUT, "a number in brackets instead"
		    " of a domain is not sent to");
	if (domain.len > MAIL_DOMAIN_MAX)
		return err_set(err, ERR_INPUT, "the domain has %zu characters;"
		    " at most %d can be", domain.len, MAIL_DOMAIN_MAX);
	do {
		dot = memchr(domain.p, '.', domain.len);
		label = (struct str){domain.p, dot == NULL ? domain.len :
		    (size_t)(dot - domain.p)};
		if (!check_label(label, err))
			return false;
		labels++;
		if (dot != NULL) {
			domain.len -= label.len + 1;
			domain.p = dot + 1;
		}
	} while (dot != NULL);
	if (labels < 2)
		return err_set(err, ERR_INPUT, "the domain has no dot; write"
		    " one such as example.com");
	if (label.p[0] >= '0' && label.p[0] <= '9')
		return err_set(err, ERR_INPUT, "the domain ends in a number");
	return true;
}

bool
mail_address_check(struct str address, struct err *err)
{
	const char	*at = NULL;
	size_t		 local;

	if (address.len == 0)
		return err_set(err, ERR_INPUT, "the address is empty");
	if (!check_ascii(address, err))
		return false;
	for (size_t i = address.len; i > 0 && at == NULL; i--) {
		if (address.p[i - 1] == '@')
			at = address.p + i - 1;
	}
	if (at == NULL)
		return err_set(err, ERR_INPUT, "the address has no @");
	local = (size_t)(at - address.p);
	if (!check_local((struct str){address.p, local}, err) ||
	    !check_domain((struct str){at + 1, address.len - local - 1}, err))
		return false;
	if (address.len > MAIL_PATH_MAX)
		return err_set(err, ERR_INPUT, "the address has %zu"
		    " characters; at most %d can be", address.len,
		    MAIL_PATH_MAX);
	return true;
}
