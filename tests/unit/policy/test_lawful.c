/* SPDX-License-Identifier: ISC */
/* COMPLIANCE A5 row by row, then each rule at its edges. */
#include "lawful_support.h"

#include "base/json.h"

#define BOGOTA		"America/Bogota"
#define SANTIAGO	"America/Santiago"
#define MADRID		"Europe/Madrid"
#define NEW_YORK	"America/New_York"
#define OK		LAWFUL_ALLOWED
#define HOLIDAY		LAWFUL_HOLIDAY
#define HOURS		LAWFUL_OUTSIDE_HOURS
#define CAP		LAWFUL_CAP
#define GAP		LAWFUL_GAP
#define LOCK		LAWFUL_CHANNEL_LOCK
#define EMAIL		CHANNEL_EMAIL
#define SMS		CHANNEL_SMS
#define WHATSAPP	CHANNEL_WHATSAPP
#define VOICE		CHANNEL_VOICE
#define LETTER		CHANNEL_LETTER
#define VISIT		CHANNEL_VISIT

static void
check_all(void **state, const struct lawful_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		world_check(*state, &rows[i], NULL);
}

static void
test_acceptance_vectors(void **state)
{
	static const struct lawful_row	rows[] = {
	    {"CO", SMS, "2026-07-13T10:00:00-05:00", BOGOTA, NULL, HOLIDAY, "2026-07-14T07:00:00-05:00", 0},
	    {"CO", SMS, "2026-11-21T14:59:59-05:00", BOGOTA, NULL, OK, NULL, 0},
	    {"CO", SMS, "2026-11-21T15:00:00-05:00", BOGOTA, NULL, HOURS, "2026-11-23T07:00:00-05:00", 0},
	    {"CO", WHATSAPP, "2026-11-26T10:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", LOCK, "2026-11-30T07:00:00-05:00", 0},
	    {"CL", VOICE, "2026-11-26T10:00:00-03:00", SANTIAGO, "voice no_answer 2026-11-23T10:00:00-03:00", CAP, "2026-11-30T08:00:00-03:00", 0},
	    {"CL", EMAIL, "2026-11-25T09:59:59-03:00", SANTIAGO, "email delivered 2026-11-23T10:00:00-03:00", GAP, "2026-11-25T10:00:00-03:00", 0},
	    {"CL", EMAIL, "2026-11-25T10:00:00-03:00", SANTIAGO, "email delivered 2026-11-23T10:00:00-03:00", OK, NULL, 0},
	    {"CL", SMS, "2026-04-04T10:00:00-03:00", SANTIAGO, NULL, HOLIDAY, "2026-04-06T08:00:00-04:00", 0},
	    {"PE", VOICE, "2026-11-21T10:00:00-05:00", "America/Lima", NULL, HOURS, "2026-11-23T07:00:00-05:00", 0},
	    {"EC", SMS, "2026-10-09T10:00:00-05:00", "America/Guayaquil", NULL, HOLIDAY, "2026-10-12T07:00:00-05:00", 0},
	    {"AR-C", SMS, "2026-11-21T11:59:00-03:00", "America/Argentina/Buenos_Aires", NULL, OK, NULL, 0},
	    {"AR-C", SMS, "2026-11-21T12:00:00-03:00", "America/Argentina/Buenos_Aires", NULL, HOURS, "2026-11-24T08:00:00-03:00", 0},
	    {"PY", SMS, "2026-11-21T11:59:00-03:00", "America/Asuncion", NULL, OK, NULL, 0},
	    {"PY", SMS, "2026-11-21T12:00:00-03:00", "America/Asuncion", NULL, HOURS, "2026-11-23T08:00:00-03:00", 0},
	    {"BR-RJ", SMS, "2026-11-21T10:00:00-03:00", "America/Sao_Paulo", NULL, HOURS, "2026-11-23T09:00:00-03:00", 0},
	    /* all of Mexico: Cancun closes first, Tijuana opens last */
	    {"MX", SMS, "2026-11-17T21:30:00-06:00", NULL, NULL, HOURS, "2026-11-18T07:00:00-08:00", 0},
	    {"MX", SMS, "2026-11-17T21:30:00-06:00", "America/Mexico_City", NULL, OK, NULL, 0},
	    {"US", VOICE, "2026-11-18T10:00:00-05:00", NEW_YORK,
	     "voice no_answer 2026-11-12T10:00:00-05:00; voice no_answer 2026-11-12T11:00:00-05:00; voice no_answer 2026-11-13T10:00:00-05:00; "
	     "voice no_answer 2026-11-14T10:00:00-05:00; voice no_answer 2026-11-15T10:00:00-05:00; voice no_answer 2026-11-16T10:00:00-05:00; "
	     "voice no_answer 2026-11-17T10:00:00-05:00", CAP, "2026-11-19T10:00:00-05:00", 0},
	    {"US", VOICE, "2026-11-18T10:00:00-05:00", NEW_YORK, "voice answered 2026-11-17T10:00:00-05:00", CAP, "2026-11-24T10:00:00-05:00", 0},
	};

	check_all(state, rows, TEST_COUNT(rows));
}

static void
test_caps_and_gaps_at_their_edges(void **state)
{
	static const struct lawful_row	rows[] = {
	    /* elapsed time ends exactly then */
	    {"US", VOICE, "2026-11-24T09:59:59.999-05:00", NEW_YORK, "voice answered 2026-11-17T10:00:00-05:00", CAP, "2026-11-24T10:00:00-05:00", 0},
	    {"US", VOICE, "2026-11-24T10:00:00-05:00", NEW_YORK, "voice answered 2026-11-17T10:00:00-05:00", OK, NULL, 0},
	    {"US", SMS, "2026-11-18T10:00:00-05:00", NEW_YORK, "voice answered 2026-11-17T10:00:00-05:00", OK, NULL, 0},
	    {"US", VOICE, "2026-11-18T10:00:00-05:00", NEW_YORK, "sms answered 2026-11-17T10:00:00-05:00", OK, NULL, 0},
	    {"US-MA", SMS, "2026-11-18T10:00:00-05:00", NEW_YORK, "sms delivered 2026-11-12T09:00:00-05:00; voice no_answer 2026-11-13T09:00:00-05:00", CAP, "2026-11-19T09:00:00-05:00", 0},
	    {"US-MA", EMAIL, "2026-11-18T10:00:00-05:00", NEW_YORK, "sms delivered 2026-11-12T09:00:00-05:00; voice no_answer 2026-11-13T09:00:00-05:00", OK, NULL, 0},
	    {"US-WA", EMAIL, "2026-11-18T10:00:00-08:00", "America/Los_Angeles", "email delivered 2026-11-16T10:00:00-08:00; sms failed 2026-11-16T11:00:00-08:00; sms delivered 2026-11-17T10:00:00-08:00", OK, NULL, 0},
	    {"US-WA", EMAIL, "2026-11-18T10:00:00-08:00", "America/Los_Angeles", "email delivered 2026-11-16T10:00:00-08:00; letter delivered 2026-11-16T11:00:00-08:00; sms delivered 2026-11-17T10:00:00-08:00", CAP, "2026-11-23T08:00:00-08:00", 0},
	    /* the city's rule begins on its day, with what came before */
	    {"US-NY-NYC", EMAIL, "2026-08-31T20:59:00-04:00", NEW_YORK, "email delivered 2026-08-28T10:00:00-04:00; email delivered 2026-08-29T10:00:00-04:00; sms delivered 2026-08-30T10:00:00-04:00", OK, NULL, 0},
	    {"US-NY-NYC", EMAIL, "2026-09-01T08:00:00-04:00", NEW_YORK, "email delivered 2026-08-28T10:00:00-04:00; email delivered 2026-08-29T10:00:00-04:00; sms delivered 2026-08-30T10:00:00-04:00", CAP, "2026-09-04T10:00:00-04:00", 0},
	    {"US-NY", EMAIL, "2026-09-01T08:00:00-04:00", NEW_YORK, "email delivered 2026-08-28T10:00:00-04:00; email delivered 2026-08-29T10:00:00-04:00; sms delivered 2026-08-30T10:00:00-04:00", OK, NULL, 0},
	    /* one a local day, not one in 24 hours */
	    {"CO", EMAIL, "2026-11-24T07:00:00-05:00", BOGOTA, "email delivered 2026-11-23T18:59:59-05:00", OK, NULL, 0},
	    {"CO", EMAIL, "2026-11-23T18:59:59-05:00", BOGOTA, "email delivered 2026-11-23T07:00:00-05:00", CAP, "2026-11-24T07:00:00-05:00", 0},
	    {"CO", EMAIL, "2026-11-23T18:59:59-05:00", BOGOTA, "email failed 2026-11-23T07:00:00-05:00", OK, NULL, 0},
	    /* a contact at this very instant counts, a later one does not */
	    {"CO", EMAIL, "2026-11-23T12:00:00-05:00", BOGOTA, "email delivered 2026-11-23T12:00:00-05:00", CAP, NULL, 0},
	    {"CO", EMAIL, "2026-11-23T12:00:00-05:00", BOGOTA, "email delivered 2026-11-23T12:00:00.001-05:00", OK, NULL, 0},
	    /* Saturday afternoon: the day, Sunday, a holiday on Monday */
	    {"CO", EMAIL, "2026-10-10T14:00:00-05:00", BOGOTA, "email delivered 2026-10-10T08:00:00-05:00", CAP, "2026-10-13T07:00:00-05:00", 0},
	    /* cap before gap, window before cap, holiday before window */
	    {"CL", EMAIL, "2026-11-26T10:00:00-03:00", SANTIAGO, "email delivered 2026-11-23T10:00:00-03:00; sms delivered 2026-11-25T10:00:00-03:00", CAP, "2026-11-30T08:00:00-03:00", 0},
	    {"CL", EMAIL, "2026-11-26T20:00:00-03:00", SANTIAGO, "email delivered 2026-11-23T10:00:00-03:00; sms delivered 2026-11-25T10:00:00-03:00", HOURS, "2026-11-30T08:00:00-03:00", 0},
	    {"CL", EMAIL, "2026-12-08T21:00:00-03:00", SANTIAGO, "email delivered 2026-12-07T10:00:00-03:00", HOLIDAY, "2026-12-09T10:00:00-03:00", 0},
	    /* a gap goes over the week's end, a cap does not */
	    {"CL", EMAIL, "2026-11-30T08:00:00-03:00", SANTIAGO, "email delivered 2026-11-28T19:00:00-03:00", GAP, "2026-11-30T19:00:00-03:00", 0},
	    {"CL", VOICE, "2026-11-30T08:00:00-03:00", SANTIAGO, "voice answered 2026-11-28T19:00:00-03:00", OK, NULL, 0},
	    {"CL", VISIT, "2026-11-26T10:00:00-03:00", SANTIAGO, "voice no_answer 2026-11-23T10:00:00-03:00", CAP, NULL, 0},
	    {"CL", VOICE, "2026-11-26T10:00:00-03:00", SANTIAGO, "email delivered 2026-11-26T09:00:00-03:00", OK, NULL, 0},
	    /* the fail-safe: 3 a week, 1 call a week; a visit is a call */
	    {"GT", SMS, "2026-11-19T10:00:00-06:00", "America/Guatemala", "sms delivered 2026-11-16T10:00:00-06:00; email delivered 2026-11-17T10:00:00-06:00; letter delivered 2026-11-18T10:00:00-06:00", CAP, "2026-11-23T09:00:00-06:00", 0},
	    {"GT", VISIT, "2026-11-19T10:00:00-06:00", "America/Guatemala", "voice no_answer 2026-11-16T10:00:00-06:00", CAP, "2026-11-23T09:00:00-06:00", 0},
	    {"EC", SMS, "2026-11-19T10:00:00-05:00", "America/Guayaquil", "email delivered 2026-11-19T09:00:00-05:00", OK, NULL, 0},
	    {"EC", SMS, "2026-11-19T10:00:00-05:00", "America/Guayaquil", "sms delivered 2026-11-19T09:00:00-05:00", CAP, "2026-11-20T07:00:00-05:00", 0},
	    /* 10 in a month, 3 in a week: Australia in November 2026 */
	    {"AU", SMS, "2026-11-30T10:00:00+11:00", "Australia/Sydney",
	     "sms delivered 2026-11-02T10:00:00+11:00; sms delivered 2026-11-03T10:00:00+11:00; sms delivered 2026-11-04T10:00:00+11:00; "
	     "sms delivered 2026-11-09T10:00:00+11:00; sms delivered 2026-11-10T10:00:00+11:00; sms delivered 2026-11-11T10:00:00+11:00; "
	     "sms delivered 2026-11-16T10:00:00+11:00; sms delivered 2026-11-17T10:00:00+11:00; sms delivered 2026-11-18T10:00:00+11:00; "
	     "sms delivered 2026-11-23T10:00:00+11:00", CAP, "2026-12-01T07:30:00+11:00", 0},
	    /* no cap in the rule */
	    {"IN", SMS, "2026-11-19T10:00:00+05:30", "Asia/Kolkata", "sms delivered 2026-11-19T09:00:00+05:30; sms delivered 2026-11-19T09:30:00+05:30", OK, NULL, 0},
	};

	check_all(state, rows, TEST_COUNT(rows));
}

static void
test_lock_of_colombia(void **state)
{
	static const struct lawful_row	rows[] = {
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "voice no_answer 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "voice answered 2026-11-24T10:00:00-05:00", LOCK, "2026-11-30T07:00:00-05:00", 0},
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "sms failed 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", EMAIL, "2026-11-30T07:00:00-05:00", BOGOTA, "sms delivered 2026-11-28T14:59:00-05:00", OK, NULL, 0},
	    /* letters neither set nor break it, but count in the cap */
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "letter delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", LETTER, "2026-11-26T10:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", LETTER, "2026-11-24T23:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", CAP, "2026-11-25T00:00:00-05:00", 0},
	    {"CO", LETTER, "2026-11-22T23:00:00-05:00", BOGOTA, NULL, OK, NULL, 0},
	    {"CO", EMAIL, "2026-11-24T15:00:00-05:00", BOGOTA, "letter delivered 2026-11-24T10:00:00-05:00", CAP, "2026-11-25T07:00:00-05:00", 0},
	    /* the first one decides, whatever the order of the records */
	    {"CO", SMS, "2026-11-27T10:00:00-05:00", BOGOTA, "email delivered 2026-11-25T10:00:00-05:00; sms delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    /* may have been the first, or not: both must allow the channel */
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "email doubtful 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", SMS, "2026-11-26T10:00:00-05:00", BOGOTA, "email doubtful 2026-11-24T10:00:00-05:00", LOCK, "2026-11-30T07:00:00-05:00", 0},
	    {"CO", SMS, "2026-11-26T10:00:00-05:00", BOGOTA, "email doubtful 2026-11-24T10:00:00-05:00; sms delivered 2026-11-25T10:00:00-05:00", LOCK, NULL, 0},
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "email doubtful 2026-11-24T10:00:00-05:00; sms delivered 2026-11-25T10:00:00-05:00", LOCK, NULL, 0},
	    {"CO", EMAIL, "2026-11-26T10:00:00-05:00", BOGOTA, "sms doubtful 2026-11-25T10:00:00-05:00; email delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    {"CO", SMS, "2026-11-26T10:00:00-05:00", BOGOTA, "sms doubtful 2026-11-23T10:00:00-05:00; email doubtful 2026-11-24T10:00:00-05:00", LOCK, NULL, 0},
	    {"CO", SMS, "2026-11-30T10:00:00-05:00", BOGOTA, "email doubtful 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	    /* cap before lock; next is past both */
	    {"CO", SMS, "2026-11-24T11:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", CAP, "2026-11-30T07:00:00-05:00", 0},
	    /* a visit is another channel than a call */
	    {"CO", VISIT, "2026-11-26T10:00:00-05:00", BOGOTA, "voice answered 2026-11-24T10:00:00-05:00", LOCK, NULL, 0},
	    /* companies: hours and holidays stay, the rest goes */
	    {"CO", SMS, "2026-11-24T11:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", OK, NULL, 1},
	    {"CO", SMS, "2026-11-22T11:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", HOURS, "2026-11-23T07:00:00-05:00", 1},
	    {"CO", SMS, "2026-12-08T11:00:00-05:00", BOGOTA, NULL, HOLIDAY, "2026-12-09T07:00:00-05:00", 1},
	};

	check_all(state, rows, TEST_COUNT(rows));
}

static void
test_answers_of_paraguay(void **state)
{
#define ASUNCION	"America/Asuncion"
	static const struct lawful_row	rows[] = {
	    {"PY", SMS, "2026-11-18T10:00:00-03:00", ASUNCION, "sms delivered 2026-11-16T10:00:00-03:00; email delivered 2026-11-17T10:00:00-03:00", OK, NULL, 0},
	    {"PY", SMS, "2026-11-18T10:00:00-03:00", ASUNCION, "sms delivered 2026-11-16T10:00:00-03:00; email delivered 2026-11-17T10:00:00-03:00; voice no_answer 2026-11-18T09:00:00-03:00", CAP, "2026-11-23T08:00:00-03:00", 0},
	    {"PY", SMS, "2026-11-18T17:59:00-03:00", ASUNCION, "sms delivered 2026-11-16T10:00:00-03:00; email delivered 2026-11-17T10:00:00-03:00; voice answered 2026-11-18T09:00:00-03:00", OK, NULL, 0},
	    {"PY", SMS, "2026-11-18T17:59:00-03:00", ASUNCION, "voice answered 2026-11-18T09:00:00-03:00; sms delivered 2026-11-18T09:30:00-03:00", CAP, "2026-11-23T08:00:00-03:00", 0},
	    {"PY", SMS, "2026-11-18T17:59:00-03:00", ASUNCION, "voice answered 2026-11-18T09:00:00-03:00; sms delivered 2026-11-18T09:00:00-03:00", CAP, "2026-11-23T08:00:00-03:00", 0},
	    {"PY", SMS, "2026-11-19T08:00:00-03:00", ASUNCION, "voice answered 2026-11-18T09:00:00-03:00", CAP, "2026-11-23T08:00:00-03:00", 0},
	    {"PY", SMS, "2026-11-23T08:00:00-03:00", ASUNCION, "voice answered 2026-11-18T09:00:00-03:00", OK, NULL, 0},
	    {"PY", SMS, "2026-11-18T10:00:00-03:00", ASUNCION, "sms delivered 2026-11-16T10:00:00-03:00; email answered 2026-11-18T09:00:00-03:00", OK, NULL, 0},
	};

	check_all(state, rows, TEST_COUNT(rows));
}

/* Both edges, to the millisecond, where the clocks change. */
static void
test_days_of_clock_changes(void **state)
{
	static const struct lawful_row	rows[] = {
	    {"US", SMS, "2026-03-08T07:59:59.999-04:00", NEW_YORK, NULL, HOURS, "2026-03-08T08:00:00-04:00", 0},
	    {"US", SMS, "2026-03-07T21:00:00-05:00", NEW_YORK, NULL, HOURS, "2026-03-08T08:00:00-04:00", 0},
	    {"US", SMS, "2026-10-31T21:00:00-04:00", NEW_YORK, NULL, HOURS, "2026-11-01T08:00:00-05:00", 0},
	    {"US", SMS, "2026-11-01T20:59:59.999-05:00", NEW_YORK, NULL, OK, NULL, 0},
	    /* seven days are 168 hours, also over a change */
	    {"US", VOICE, "2026-11-04T08:00:00-05:00", NEW_YORK, "voice answered 2026-10-28T09:30:00-04:00", CAP, "2026-11-04T08:30:00-05:00", 0},
	    /* Chile: Saturday 24:00 becomes 23:00; the week ends an hour later */
	    {"CL", SMS, "2026-04-04T23:30:00-04:00", SANTIAGO, NULL, HOLIDAY, "2026-04-06T08:00:00-04:00", 0},
	    {"CL", VOICE, "2026-09-05T19:00:00-04:00", SANTIAGO, "voice answered 2026-09-02T10:00:00-04:00", CAP, "2026-09-07T08:00:00-03:00", 0},
	    {"ES", SMS, "2026-03-27T21:00:00+01:00", MADRID, NULL, HOURS, "2026-03-30T09:00:00+02:00", 0},
	    {"ES", SMS, "2026-10-23T21:00:00+02:00", MADRID, NULL, HOURS, "2026-10-26T09:00:00+01:00", 0},
	    /* the border of Mexico follows the United States */
	    {"MX", SMS, "2026-03-07T22:00:00-07:00", "America/Ciudad_Juarez", NULL, HOURS, "2026-03-08T07:00:00-06:00", 0},
	    {"MX", SMS, "2026-03-08T07:00:00-07:00", "America/Tijuana", NULL, OK, NULL, 0},
	    {"MX", SMS, "2026-03-07T22:00:00-06:00", "America/Mexico_City", NULL, HOURS, "2026-03-08T07:00:00-06:00", 0},
	    /* an unknown zone in Spain: the Canaries open and close an hour later */
	    {"ES", SMS, "2026-11-18T09:30:00+01:00", NULL, NULL, HOURS, "2026-11-18T09:00:00+00:00", 0},
	    {"ES", SMS, "2026-11-18T20:59:59.999+01:00", NULL, NULL, OK, NULL, 0},
	};

	check_all(state, rows, TEST_COUNT(rows));
}

static void
test_plans_count_both_ways(void **state)
{
	static const struct lawful_row	rows[] = {
	    {"CO", EMAIL, "2026-11-24T08:00:00-05:00", BOGOTA, "email planned 2026-11-24T10:00:00-05:00", CAP, "2026-11-25T07:00:00-05:00", 0},
	    {"CL", EMAIL, "2026-11-24T10:00:00-03:00", SANTIAGO, "sms planned 2026-11-25T10:00:00-03:00", GAP, "2026-11-27T10:00:00-03:00", 0},
	    {"CL", EMAIL, "2026-11-23T10:00:00-03:00", SANTIAGO, "sms planned 2026-11-25T10:00:00-03:00", OK, NULL, 0},
	    {"US", VOICE, "2026-11-17T10:00:00-05:00", NEW_YORK, "voice planned 2026-11-18T10:00:00-05:00", OK, NULL, 0},
	    /* a fact behind the instant asked for is not known yet */
	    {"CO", EMAIL, "2026-11-24T08:00:00-05:00", BOGOTA, "email delivered 2026-11-24T10:00:00-05:00", OK, NULL, 0},
	};
	static const struct lawful_row	row = {"CL", EMAIL,
	    "2026-11-24T09:00:00-03:00", SANTIAGO,
	    "sms planned 2026-11-26T10:00:00-03:00", OK, NULL, 0};
	struct lawful_answer		answer;

	check_all(state, rows, TEST_COUNT(rows));
	world_check(*state, &row, &answer);
	assert_int_equal(answer.until_ms,
	    world_instant("2026-11-24T10:00:00.001-03:00"));
}

/*
 * Walks a year of weeks in steps of a minute's edge: each window's both edges
 * are found again by going second by second around them.
 */
static void
test_until_is_where_it_stops(void **state)
{
	static const char *const	places[][2] = {{"CO", BOGOTA},
	    {"CL", SANTIAGO}, {"MX", "America/Tijuana"}, {"ES", MADRID},
	    {"US", NEW_YORK}, {"ZZ", "Europe/Lisbon"},
	    {"BR-RJ", "America/Sao_Paulo"}, {"AU", "Australia/Lord_Howe"}};
	const struct lawful_world	*world = *state;
	struct lawful_answer		 a, b;
	struct err			 err;

	for (size_t i = 0; i < TEST_COUNT(places); i++) {
		const struct zone	*zone;
		const char		*region = places[i][0] + 2;
		struct lawful_case	 lawful = {.channel = SMS,
					    .zones = &zone, .zone_count = 1};
		int64_t			 ms = world_instant(
					    "2025-12-31T00:00:00Z");
		int			 windows = 0;

		lawful.calendar = calendars_find(world->calendars,
		    (struct str){places[i][0], 2},
		    str_of(region[0] == '-' ? region + 1 : region));
		assert_true(zone_find(world->zones, places[i][1], &zone, &err));
		while (ms < world_instant("2027-01-03T00:00:00Z")) {
			lawful_ask(&lawful, ms, &a);
			assert_true(a.next_ms != TIME_NEVER);
			lawful_ask(&lawful, a.next_ms, &b);
			assert_int_equal(b.reason, LAWFUL_ALLOWED);
			assert_int_equal(b.until_ms, a.until_ms);
			lawful_ask(&lawful, a.next_ms - 1, &b);
			assert_true(b.reason != LAWFUL_ALLOWED ||
			    a.next_ms == ms);
			lawful_ask(&lawful, a.until_ms - 1, &b);
			assert_int_equal(b.reason, LAWFUL_ALLOWED);
			lawful_ask(&lawful, a.until_ms, &b);
			assert_true(b.reason != LAWFUL_ALLOWED);
			ms = a.until_ms;
			windows++;
		}
		assert_true(windows > 240);
	}
}

static void
test_hostile_cases(void **state)
{
	const struct lawful_world	*world = *state;
	const struct zone		*zone;
	struct err			 err;
	struct snap_event		 events[] = {
	    {.at_ms = INT64_MIN, .planned = true}, {.at_ms = INT64_MAX},
	    {.at_ms = INT64_MAX, .planned = true}, {.at_ms = INT64_MIN}};
	struct lawful_case		 lawful = {.zones = &zone,
	    .zone_count = 1, .history = events,
	    .event_count = TEST_COUNT(events), .calendar = calendars_find(
	    world->calendars, STR("CL"), STR(""))};
	struct lawful_answer		 answer;

	assert_true(zone_find(world->zones, SANTIAGO, &zone, &err));
	lawful_ask(&lawful, world_instant("2026-11-24T10:00:00-03:00"), &answer);
	assert_int_equal(answer.reason, LAWFUL_ALLOWED);
	lawful_ask(&lawful, INT64_MAX, &answer);
	assert_int_equal(answer.next_ms, TIME_NEVER);
	lawful_ask(&lawful, INT64_MIN, &answer);
	assert_int_equal(answer.next_ms, TIME_NEVER);
	lawful_ask(&lawful, world_instant("9980-01-01T00:00:00Z"), &answer);
	assert_true(answer.next_ms != TIME_NEVER);
	lawful.zone_count = 0;
	lawful_ask(&lawful, 0, &answer);
	assert_int_equal(answer.reason, LAWFUL_NO_ZONE);
	assert_int_equal(answer.next_ms, TIME_NEVER);
}

static void
check_json(const struct lawful_world *world, const char *at, const char *wanted)
{
	const struct zone	*zone;
	struct err		 err;
	struct lawful_case	 lawful = {.zones = &zone, .zone_count = 1,
				    .calendar = calendars_find(world->calendars,
				    STR("co"), STR(""))};
	struct lawful_answer	 answer;
	struct buf		 out = BUF_INIT;

	assert_true(zone_find(world->zones, BOGOTA, &zone, &err));
	lawful_ask(&lawful, world_instant(at), &answer);
	answer.place = "co.conf:8";
	lawful_json(&lawful, &answer, &out);
	assert_string_equal(buf_text(&out), wanted);
	buf_fini(&out);
}

static void
test_json(void **state)
{
	check_json(*state, "2026-11-21T15:00:00-05:00",
	    "{\"verdict\":\"deny\",\"reason\":\"outside_hours\",\"next\":"
	    "\"2026-11-23T07:00:00-05:00\",\"rule\":\"co.conf:8\"}");
	check_json(*state, "2026-11-21T14:59:59-05:00",
	    "{\"verdict\":\"allow\",\"reason\":null,\"next\":null,"
	    "\"rule\":\"co.conf:8\"}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_acceptance_vectors),
		cmocka_unit_test(test_caps_and_gaps_at_their_edges),
		cmocka_unit_test(test_lock_of_colombia),
		cmocka_unit_test(test_answers_of_paraguay),
		cmocka_unit_test(test_days_of_clock_changes),
		cmocka_unit_test(test_plans_count_both_ways),
		cmocka_unit_test(test_until_is_where_it_stops),
		cmocka_unit_test(test_hostile_cases),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
