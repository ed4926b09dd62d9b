/* SPDX-License-Identifier: ISC */
#include "loop/loop.h"

#include "support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define START	INT64_C(1795255200000)
#define HOUR	INT64_C(3600000)

struct fix {
	struct clock	 clock;
	struct loop	*loop;
	struct err	 err;
	int64_t		 seen[64];
	size_t		 n_seen;
};

static int
setup_with(void **state, bool is_virtual)
{
	struct fix	*f = calloc(1, sizeof(*f));

	if (is_virtual)
		clock_init_virtual(&f->clock, START);
	else
		clock_init_real(&f->clock);
	assert_true(loop_new(&f->clock, &f->loop, &f->err));
	*state = f;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, true);
}

static int
setup_real(void **state)
{
	return setup_with(state, false);
}

static int
teardown(void **state)
{
	struct fix	*f = *state;

	loop_free(&f->loop);
	assert_null(f->loop);
	free(f);
	return 0;
}

static void
note(struct fix *f, int64_t what)
{
	assert_true(f->n_seen < TEST_COUNT(f->seen));
	f->seen[f->n_seen++] = what;
}

static void
assert_seen(const struct fix *f, size_t n, const int64_t *want)
{
	assert_int_equal(f->n_seen, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(f->seen[i], want[i]);
}
#define SEEN(f, ...) \
	assert_seen(f, TEST_COUNT(((int64_t[]){__VA_ARGS__})), \
	(int64_t[]){__VA_ARGS__})

struct alarm {
	struct fix		*f;
	int64_t			 id;
	struct loop_timer	 timer;
	struct loop_deferred	 later;
	struct alarm		*other;
	int64_t			 again_ms;
	bool			 stops;
};

static void
alarm_on_timer(struct loop_timer *timer)
{
	struct alarm	*alarm = OWNER(timer, struct alarm, timer);

	assert_false(loop_timer_is_active(timer));
	note(alarm->f, alarm->id);
	note(alarm->f, clock_now(&alarm->f->clock) - START);
	if (alarm->other != NULL)
		loop_timer_stop(&alarm->other->timer);
	if (alarm->again_ms > 0)
		loop_timer_start(alarm->f->loop, timer,
		    clock_now(&alarm->f->clock) + alarm->again_ms);
	if (alarm->stops)
		loop_stop(alarm->f->loop);
}

static struct alarm
alarm_of(struct fix *f, int64_t id)
{
	return (struct alarm){.f = f, .id = id, .timer.fn = alarm_on_timer};
}

static void
test_order_of_instants(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = alarm_of(f, 1);
	struct alarm	 b = alarm_of(f, 2);
	struct alarm	 c = alarm_of(f, 3);
	struct alarm	 past = alarm_of(f, 4);

	loop_timer_start(f->loop, &a.timer, START + 2 * HOUR);
	loop_timer_start(f->loop, &b.timer, START + HOUR);
	loop_timer_start(f->loop, &c.timer, START + HOUR);
	loop_timer_start(f->loop, &past.timer, START - HOUR);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	SEEN(f, 4, 0, 2, HOUR, 3, HOUR, 1, 2 * HOUR);
	assert_int_equal(clock_now(&f->clock), START + 2 * HOUR);
}

static void
test_until(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = alarm_of(f, 1);

	a.again_ms = HOUR;
	loop_timer_start(f->loop, &a.timer, START + HOUR);
	assert_int_equal(loop_run(f->loop, START + 2 * HOUR + 5), LOOP_IDLE);
	SEEN(f, 1, HOUR, 1, 2 * HOUR);
	assert_int_equal(clock_now(&f->clock), START + 2 * HOUR + 5);
	assert_int_equal(loop_run(f->loop, START + 3 * HOUR), LOOP_IDLE);
	assert_int_equal(f->n_seen, 6);
	loop_timer_stop(&a.timer);
	loop_timer_stop(&a.timer);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(f->n_seen, 6);
}

static void
test_stop_and_move(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = alarm_of(f, 1);
	struct alarm	 b = alarm_of(f, 2);
	struct alarm	 c = alarm_of(f, 3);

	a.other = &b;		/* due at the same instant, and yet never */
	loop_timer_start(f->loop, &c.timer, START);
	loop_timer_start(f->loop, &a.timer, START + 1);
	loop_timer_start(f->loop, &b.timer, START + 1);
	loop_timer_start(f->loop, &c.timer, START + 2);
	c.stops = true;
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	SEEN(f, 1, 1, 3, 2);
	assert_false(loop_timer_is_active(&b.timer));
}

#define MANY	5000

static void
many_on_timer(struct loop_timer *timer)
{
	struct alarm	*alarm = OWNER(timer, struct alarm, timer);
	struct fix	*f = alarm->f;
	int64_t		 now = clock_now(&f->clock);

	assert_int_equal(now, alarm->again_ms);
	assert_true(now > f->seen[0] ||
	    (now == f->seen[0] && alarm->id > f->seen[1]));
	f->seen[0] = now;
	f->seen[1] = alarm->id;
	f->seen[2]++;
}

/* Random starts, moves and stops against what each alarm remembers. */
static void
test_many_timers(void **state)
{
	struct fix	*f = *state;
	struct alarm	*alarms = calloc(MANY, sizeof(*alarms));
	uint32_t	 seed = 7;
	int64_t		 active = 0;

	for (int64_t i = 0; i < 4 * MANY; i++) {
		struct alarm	*alarm;

		seed = seed * 1664525 + 1013904223;
		alarm = &alarms[seed / 65536 % MANY];
		alarm->f = f;
		alarm->timer.fn = many_on_timer;
		alarm->again_ms = START + seed % 1000;
		alarm->id = i;
		if (seed % 7 == 0)
			loop_timer_stop(&alarm->timer);
		else
			loop_timer_start(f->loop, &alarm->timer,
			    alarm->again_ms);
	}
	for (int i = 0; i < MANY; i++)
		active += loop_timer_is_active(&alarms[i].timer);
	assert_true(active > MANY / 2);
	f->seen[1] = -1;
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(f->seen[2], active);
	free(alarms);
}

static void
alarm_on_later(struct loop_deferred *later)
{
	struct alarm	*alarm = OWNER(later, struct alarm, later);

	note(alarm->f, alarm->id);
	if (alarm->again_ms-- > 0)
		loop_defer(alarm->f->loop, later);
	if (alarm->other != NULL)
		loop_defer_cancel(&alarm->other->later);
}

static void
test_deferred(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = alarm_of(f, 1);
	struct alarm	 b = alarm_of(f, 2);
	struct alarm	 c = alarm_of(f, 3);
	struct alarm	 d = alarm_of(f, 4);

	a.later.fn = b.later.fn = c.later.fn = d.later.fn = alarm_on_later;
	a.again_ms = 2;
	b.other = &c;
	loop_defer(f->loop, &a.later);
	loop_defer(f->loop, &b.later);
	loop_defer(f->loop, &c.later);
	loop_defer(f->loop, &d.later);
	loop_defer(f->loop, &a.later);
	loop_timer_start(f->loop, &d.timer, START);
	assert_int_equal(f->n_seen, 0);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	/* a deferred three times, and the timer had its turn between */
	SEEN(f, 1, 2, 4, 4, 0, 1, 1);
	loop_defer_cancel(&a.later);
}

static void
eager_on_timer(struct loop_timer *timer)
{
	struct alarm	*alarm = OWNER(timer, struct alarm, timer);

	if (++alarm->id > 1000)
		fail_msg("nobody else had a turn");
	loop_timer_start(alarm->f->loop, timer, clock_now(&alarm->f->clock));
	loop_defer(alarm->f->loop, &alarm->later);
}

static void
eager_on_later(struct loop_deferred *later)
{
	loop_stop(OWNER(later, struct alarm, later)->f->loop);
}

static void
test_timer_for_now_starves_nobody(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = {.f = f, .timer.fn = eager_on_timer,
	    .later.fn = eager_on_later};

	loop_timer_start(f->loop, &a.timer, START);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(a.id, 1);
	loop_timer_stop(&a.timer);
}

struct pipe_end {
	struct fix	*f;
	struct loop_io	 io;
	int		 fd;
};

static void
pipe_on_io(struct loop_io *io, int events)
{
	struct pipe_end	*end = OWNER(io, struct pipe_end, io);
	char		 c = 0;

	note(end->f, events);
	if (events & LOOP_WRITE) {
		assert_int_equal(write(end->fd, "x", 1), 1);
		loop_io_stop(io);
		return;
	}
	assert_int_equal(read(end->fd, &c, 1), 1);
	note(end->f, c);
	loop_io_stop(io);
	loop_release(end->f->loop);
}

static void
test_descriptors_hold_virtual_time(void **state)
{
	struct fix	*f = *state;
	struct pipe_end	 in = {.f = f, .io.fn = pipe_on_io};
	struct pipe_end	 out = {.f = f, .io.fn = pipe_on_io};
	struct alarm	 a = alarm_of(f, 9);
	int		 fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	in.fd = fds[0];
	out.fd = fds[1];
	loop_hold(f->loop);
	loop_timer_start(f->loop, &a.timer, START + 1);
	assert_true(loop_io_start(f->loop, &in.io, in.fd, LOOP_READ, &f->err));
	assert_true(loop_io_start(f->loop, &out.io, out.fd, LOOP_READ, &f->err));
	assert_true(loop_io_start(f->loop, &out.io, out.fd, LOOP_WRITE,
	    &f->err));
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	SEEN(f, LOOP_WRITE, LOOP_READ, 'x', 9, 1);
	loop_io_stop(&in.io);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

struct knock {
	struct fix		*f;
	struct loop_signal	 watcher;
	struct loop_timer	 timer;
};

static void
knock_on_signal(struct loop_signal *watcher)
{
	struct knock	*knock = OWNER(watcher, struct knock, watcher);

	note(knock->f, 1);
	loop_stop(knock->f->loop);
}

static void
knock_on_timer(struct loop_timer *timer)
{
	(void)timer;
	assert_int_equal(raise(SIGUSR1), 0);
}

static void
test_signal(void **state)
{
	struct fix	*f = *state;
	struct knock	 knock = {.f = f, .watcher.fn = knock_on_signal,
	    .timer.fn = knock_on_timer};

	assert_false(loop_signal_start(f->loop, &knock.watcher, 0, &f->err));
	assert_true(loop_signal_start(f->loop, &knock.watcher, SIGUSR1,
	    &f->err));
	loop_timer_wire(f->loop, &knock.timer, 0);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	SEEN(f, 1);
	loop_signal_stop(&knock.watcher);
}

static void
real_on_timer(struct loop_timer *timer)
{
	struct alarm	*alarm = OWNER(timer, struct alarm, timer);

	note(alarm->f, alarm->id);
	note(alarm->f, clock_now(&alarm->f->clock) >= alarm->again_ms);
	if (alarm->stops)
		loop_stop(alarm->f->loop);
}

static void
test_real_time(void **state)
{
	struct fix	*f = *state;
	int64_t		 now = clock_now(&f->clock);
	struct alarm	 a = {.f = f, .id = 1, .timer.fn = real_on_timer,
	    .again_ms = now + 20, .stops = true};
	struct alarm	 b = {.f = f, .id = 2, .timer.fn = real_on_timer,
	    .again_ms = now + 10};
	struct alarm	 c = {.f = f, .id = 3, .timer.fn = real_on_timer};

	loop_timer_start(f->loop, &a.timer, a.again_ms);
	loop_timer_start(f->loop, &b.timer, b.again_ms);
	loop_timer_wire(f->loop, &c.timer, -5);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	SEEN(f, 3, 1, 2, 1, 1, 1);
}

static void
test_stop_before_run(void **state)
{
	struct fix	*f = *state;
	struct alarm	 a = alarm_of(f, 1);

	loop_timer_start(f->loop, &a.timer, START);
	loop_stop(f->loop);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(f->n_seen, 0);
	assert_int_equal(loop_run(f->loop, LOOP_FOREVER), LOOP_IDLE);
	assert_int_equal(f->n_seen, 2);
}

#define V(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define R(name)	cmocka_unit_test_setup_teardown(name, setup_real, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		V(test_order_of_instants), V(test_until),
		V(test_stop_and_move), V(test_many_timers), V(test_deferred),
		V(test_timer_for_now_starves_nobody),
		V(test_descriptors_hold_virtual_time), R(test_signal),
		R(test_real_time), V(test_stop_before_run),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
