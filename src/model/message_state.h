/* SPDX-License-Identifier: ISC */
/*
 * message_state.h - the life of a message as a table.
 *
 * One function moves a message; the store writes old -> new only where the old
 * one still stands.  A move that the table does not know is a bug, reported
 * and refused.  doc/ARCHITECTURE draws the same table (tests/lint compares).
 */
#ifndef DUNLIN_MODEL_MESSAGE_STATE_H
#define DUNLIN_MODEL_MESSAGE_STATE_H

#include "base/buf.h"

#define MESSAGE_STATES(X) \
	X(MSG_READY, "ready")		/* waits for next_at and a route */ \
	X(MSG_CLAIMED, "claimed")	/* taken by an epoch of a daemon */ \
	X(MSG_INTENT, "intent")		/* sealed; may be on the wire */ \
	X(MSG_ACCEPTED, "accepted")	/* the other side took it */ \
	X(MSG_DELIVERED, "delivered") \
	X(MSG_READ, "read") \
	X(MSG_BOUNCED, "bounced")	/* came back after acceptance */ \
	X(MSG_FAILED, "failed")		/* the final no of this channel */ \
	X(MSG_IN_DOUBT, "in-doubt")	/* nobody knows whether it left */ \
	X(MSG_CANCELLED, "cancelled")	/* not needed any more, before intent */ \
	X(MSG_DEAD, "dead")		/* poison: two daemons died with it */

#define MESSAGE_EVENTS(X) \
	X(MSG_EV_CLAIM, "claim") \
	X(MSG_EV_UNCLAIM, "unclaim")	/* no room, or the daemon died before intent */ \
	X(MSG_EV_INTEND, "intend") \
	X(MSG_EV_UNSEND, "unsend")	/* surely not on the wire */ \
	X(MSG_EV_ACCEPT, "accept") \
	X(MSG_EV_DEFER, "defer") \
	X(MSG_EV_REFUSE, "refuse") \
	X(MSG_EV_SILENCE, "silence")	/* no answer after the point of no return;
					 * or a resend is taken back */ \
	X(MSG_EV_DELIVER, "deliver") \
	X(MSG_EV_READ, "read") \
	X(MSG_EV_BOUNCE, "bounce") \
	X(MSG_EV_RESEND, "resend")	/* an in-doubt is sent again by rule or person */ \
	X(MSG_EV_CANCEL, "cancel") \
	X(MSG_EV_POISON, "poison")

#define MESSAGE_VALUE(value, name)	value,
enum message_state { MESSAGE_STATES(MESSAGE_VALUE) MSG_STATE_COUNT };
enum message_event { MESSAGE_EVENTS(MESSAGE_VALUE) MSG_EVENT_COUNT };
#undef MESSAGE_VALUE

extern const char *const	message_state_names[];
extern const char *const	message_event_names[];

/* False where the table forbids the move; *next_out is then untouched. */
bool	message_move(enum message_state state, enum message_event event,
	    enum message_state *next_out) MUST_CHECK;

/* No event can move it any further by itself. */
bool	message_is_final(enum message_state state);

#endif
