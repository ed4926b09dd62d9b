/* SPDX-License-Identifier: ISC */
/*
 * The outbox as a lane: every send ends in done, the gate comes before the
 * file, and no hook is called from inside a call or behind close.
 */
#include "channel/lane.h"

#include "support/test.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>

#define N_SENDS	200

struct kit {
	char				 dir[64];
	struct clock			 clock;
	struct loop			*loop;
	struct channel_lane_hooks	 hooks;
	struct channel_lane		*lane;
	struct channel_send		 sends[N_SENDS];
	char				 keys[N_SENDS][16];
	size_t				 n_put, n_gates, n_done;
	bool				 is_inside;	/* a call of the lane */
	bool				 answers_later;
	struct loop_timer		 timer;
	struct channel_send		*waiting;
};

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static size_t
files_in(const struct kit *kit, const char *below)
{
	char		 path[512];
	DIR		*d;
	struct dirent	*entry;
	size_t		 count = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", kit->dir, below);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(d);
	return count;
}

/* Every third exact send is stopped. */
static bool
is_stopped(const struct kit *kit, const struct channel_send *send)
{
	return (send - kit->sends) % 3 == 0;
}

static void
answer(struct kit *kit, struct channel_send *send)
{
	kit->is_inside = true;
	if (is_stopped(kit, send))
		channel_lane_stop(send);
	else
		channel_lane_go(send);
	kit->is_inside = false;
}

static void
on_time(struct loop_timer *timer)
{
	struct kit	*kit = OWNER(timer, struct kit, timer);

	answer(kit, kit->waiting);
	kit->waiting = NULL;
}

static void
on_gate(void *arg, struct channel_send *send)
{
	struct kit	*kit = arg;

	assert_false(kit->is_inside);
	assert_true(send->exact);
	kit->n_gates++;
	if (kit->answers_later && kit->waiting == NULL) {
		kit->waiting = send;
		loop_timer_start(kit->loop, &kit->timer,
		    clock_now(&kit->clock) + 1000);
	} else
		answer(kit, send);
}

static void
put_more(struct kit *kit, size_t most)
{
	kit->is_inside = true;
	while (kit->n_put < most && channel_lane_room(kit->lane) > 0) {
		struct channel_send	*send = &kit->sends[kit->n_put];

		(void)snprintf(kit->keys[kit->n_put], 16, "key.%zu",
		    kit->n_put);
		send->message.channel = CHANNEL_EMAIL;
		send->message.key = str_of(kit->keys[kit->n_put]);
		send->message.bytes = STR("To: x\r\n\r\nhi\r\n");
		send->exact = kit->n_put % 2 == 0;
		kit->n_put++;
		channel_lane_put(kit->lane, send);
	}
	kit->is_inside = false;
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct kit	*kit = arg;

	assert_false(kit->is_inside);
	kit->n_done++;
	if (send->exact && is_stopped(kit, send))
		assert_int_equal(send->result.outcome, OUTCOME_UNSENT);
	else
		assert_int_equal(send->result.outcome, OUTCOME_ACCEPTED);
	put_more(kit, N_SENDS);
}

static int
setup(void **state)
{
	struct kit	*kit = calloc(1, sizeof(*kit));
	struct err	 err;

	if (kit == NULL)
		return -1;
	(void)snprintf(kit->dir, sizeof(kit->dir), "/tmp/dunlin-lane-XXXXXX");
	clock_init_virtual(&kit->clock, 0);
	kit->hooks = (struct channel_lane_hooks){on_gate, on_done, kit};
	kit->timer.fn = on_time;
	*state = kit;
	return mkdtemp(kit->dir) != NULL &&
	    loop_new(&kit->clock, &kit->loop, &err) &&
	    channel_lane_open_outbox(kit->loop, kit->dir, &kit->hooks,
	    &kit->lane, &err) ? 0 : -1;
}

static int
teardown(void **state)
{
	struct kit	*kit = *state;

	loop_timer_stop(&kit->timer);
	channel_lane_close(&kit->lane);
	loop_free(&kit->loop);
	(void)nftw(kit->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(kit);
	return 0;
}

static void
test_all_done(void **state)
{
	struct kit	*kit = *state;
	size_t		 stopped = 0;

	kit->answers_later = true;
	assert_int_equal(channel_lane_room(kit->lane), 64);
	put_more(kit, N_SENDS);
	assert_int_equal(kit->n_put, 64);
	assert_int_equal(channel_lane_room(kit->lane), 0);
	assert_int_equal(loop_run(kit->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(kit->n_done, N_SENDS);
	assert_int_equal(kit->n_gates, N_SENDS / 2);
	for (size_t i = 0; i < N_SENDS; i += 2)
		stopped += is_stopped(kit, &kit->sends[i]);
	assert_int_equal(files_in(kit, "Maildir/new"), N_SENDS - stopped);
	assert_int_equal(channel_lane_room(kit->lane), 64);
}

/* Dropped at close: those at the gate, those on their way there, those that
 * the worker may have begun. */
static void
test_close(void **state)
{
	struct kit	*kit = *state;

	put_more(kit, 20);
	channel_lane_close(&kit->lane);
	assert_null(kit->lane);
	assert_int_equal(loop_run(kit->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(kit->n_done, 0);
	assert_int_equal(kit->n_gates, 0);
}

static void
test_no_folder(void **state)
{
	struct kit		*kit = *state;
	struct route		 route = { .name = "box",
				    .kind = ROUTE_OUTBOX,
				    .folder = "/nowhere/at/all" };
	struct channel_lane	*lane = NULL;
	struct err		 err;

	assert_false(channel_lane_open(kit->loop, &route, &kit->hooks, &lane,
	    &err));
	assert_int_equal(err.kind, ERR_SYSTEM);
	assert_non_null(strstr(err.text, "route box: making the folder /nowhere"));
	assert_null(lane);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(test_all_done, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
