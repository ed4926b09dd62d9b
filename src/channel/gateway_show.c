/* SPDX-License-Identifier: ISC */
/* gateway_show.c - a request as a person may see it. */
#include "channel/gateway_impl.h"

#include "base/utf8.h"

#define HIDDEN	"..."

/* In the place of the secret, which is not even read. */
static bool
hide_secret(struct gateway *gateway, struct err *err)
{
	if (gateway->conf->auth.secret.path == NULL)
		return true;
	(void)snprintf(gateway->secret, sizeof(gateway->secret), HIDDEN);
	buf_adds(&gateway->escaped, HIDDEN);
	buf_adds(&gateway->basic, HIDDEN);
	return buf_check(&gateway->escaped, err) &&
	    buf_check(&gateway->basic, err);
}

static void
write_call(const struct gateway_call *call, struct buf *out)
{
	buf_addf(out, "%s %s\n", call->method, call->url);
	for (size_t i = 0; i < call->header_count; i++)
		buf_addf(out, "%s\n", call->headers[i]);
	if (call->body.len == 0)
		return;
	buf_addc(out, '\n');
	utf8_clean(out, call->body, true);
	if (call->body.p[call->body.len - 1] != '\n')
		buf_addc(out, '\n');
}

bool
gateway_show(const struct gateway_conf *conf,
    const struct channel_message *message, struct buf *out, struct err *err)
{
	struct arena		*arena = arena_new();
	struct gateway		*gateway = NULL;
	struct channel_result	 result;
	struct gateway_call	 call;
	const void		*culprit;
	bool			 ok = false;

	if (arena == NULL)
		return err_nomem(err);
	if (!gateway_new(conf, &gateway, &culprit, err) ||
	    !hide_secret(gateway, err))
		goto done;
	if (!gateway_request(gateway, message, arena, &call, &result)) {
		err_set(err, ERR_INPUT, "%s", result.reply);
		goto done;
	}
	write_call(&call, out);
	ok = buf_check(out, err);
done:
	gateway_free(&gateway);
	arena_free(&arena);
	return ok;
}
