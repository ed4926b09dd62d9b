/* SPDX-License-Identifier: ISC */
#include "model/message_state.h"

#define MESSAGE_TEXT(value, name)	name,
const char *const	message_state_names[] = {
	MESSAGE_STATES(MESSAGE_TEXT) NULL};
const char *const	message_event_names[] = {
	MESSAGE_EVENTS(MESSAGE_TEXT) NULL};

#define TO(s)	((s) + 1)	/* 0, the default, means forbidden */
static const unsigned char	moves[MSG_STATE_COUNT][MSG_EVENT_COUNT] = {
	[MSG_READY] = {
		[MSG_EV_CLAIM] = TO(MSG_CLAIMED),
		[MSG_EV_SILENCE] = TO(MSG_IN_DOUBT),
		[MSG_EV_CANCEL] = TO(MSG_CANCELLED),
	},
	[MSG_CLAIMED] = {
		[MSG_EV_UNCLAIM] = TO(MSG_READY),
		[MSG_EV_INTEND] = TO(MSG_INTENT),
		[MSG_EV_DEFER] = TO(MSG_READY),
		[MSG_EV_REFUSE] = TO(MSG_FAILED),
		[MSG_EV_SILENCE] = TO(MSG_IN_DOUBT),
		[MSG_EV_CANCEL] = TO(MSG_CANCELLED),
		[MSG_EV_POISON] = TO(MSG_DEAD),
	},
	[MSG_INTENT] = {
		[MSG_EV_UNSEND] = TO(MSG_READY),
		[MSG_EV_ACCEPT] = TO(MSG_ACCEPTED),
		[MSG_EV_DEFER] = TO(MSG_READY),
		[MSG_EV_REFUSE] = TO(MSG_FAILED),
		[MSG_EV_SILENCE] = TO(MSG_IN_DOUBT),
	},
	[MSG_ACCEPTED] = {
		[MSG_EV_DELIVER] = TO(MSG_DELIVERED),
		[MSG_EV_READ] = TO(MSG_READ),
		[MSG_EV_BOUNCE] = TO(MSG_BOUNCED),
	},
	[MSG_DELIVERED] = {
		[MSG_EV_READ] = TO(MSG_READ),
		/* a relay said so, and the mailbox behind it did not */
		[MSG_EV_BOUNCE] = TO(MSG_BOUNCED),
	},
	[MSG_IN_DOUBT] = {
		[MSG_EV_RESEND] = TO(MSG_READY),
		[MSG_EV_ACCEPT] = TO(MSG_ACCEPTED),
		[MSG_EV_DELIVER] = TO(MSG_DELIVERED),
		[MSG_EV_READ] = TO(MSG_READ),
		[MSG_EV_BOUNCE] = TO(MSG_BOUNCED),
		[MSG_EV_REFUSE] = TO(MSG_FAILED),
	},
	[MSG_DEAD] = {
		[MSG_EV_RESEND] = TO(MSG_READY),
		[MSG_EV_CANCEL] = TO(MSG_CANCELLED),
	},
};

bool
message_move(enum message_state state, enum message_event event,
    enum message_state *next_out)
{
	unsigned	to = moves[state][event];

	if (to == 0)
		return false;
	*next_out = (enum message_state)(to - 1);
	return true;
}

bool
message_is_final(enum message_state state)
{
	for (int event = 0; event < MSG_EVENT_COUNT; event++) {
		if (moves[state][event] != 0)
			return false;
	}
	return true;
}
