/* SPDX-License-Identifier: ISC */
/* fuzz_sms.c - how a text travels as an SMS, and its plainer letters. */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "message/message.h"

static void
check(const struct message_sms *sms, struct str text)
{
	size_t	single = sms->encoding == SMS_GSM7 ? 160 : 70;
	size_t	part = sms->encoding == SMS_GSM7 ? 153 : 67;

	FUZZ_HOLDS(sms->units >= utf8_length(text));
	FUZZ_HOLDS((sms->segments == 0) == (text.len == 0));
	FUZZ_HOLDS((sms->segments <= 1) == (sms->units <= single));
	FUZZ_HOLDS(sms->segments <= 1 || sms->units <= sms->segments * part);
	/* a part is left short by one unit at most */
	FUZZ_HOLDS(sms->segments <= 1 ||
	    sms->units > (sms->segments - 1) * (part - 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str		text = fuzz_str(data, size);
	struct buf		plain = BUF_INIT;
	struct message_sms	sms, smart;
	struct err		err;
	size_t			bad = 0;

	if (message_sms_measure(text, &sms, &bad, &err)) {
		check(&sms, text);
		message_sms_smart(text, &plain);
		FUZZ_HOLDS(buf_ok(&plain));
		FUZZ_HOLDS(message_sms_measure(buf_str(&plain), &smart, &bad,
		    &err));
		check(&smart, buf_str(&plain));
		FUZZ_HOLDS(sms.encoding != SMS_GSM7 ||
		    smart.encoding == SMS_GSM7);
	} else
		FUZZ_HOLDS(err.kind == ERR_INPUT && bad == utf8_check(text));
	buf_fini(&plain);
	return 0;
}
