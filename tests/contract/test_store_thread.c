/* SPDX-License-Identifier: ISC */
/* The thread that groups commits. */
#include "contract/fixture.h"
#include "loop/loop.h"

#define OPS	600

struct job {
	struct store_op		 op;
	struct bench		*bench;
	int			 n;
	int			 runs;
	bool			 fails;
	bool			 spoils;	/* fails within the database */
	bool			 done;
	bool			 ok;
	enum err_kind		 kind;
};

struct bench {
	struct fix		*f;
	struct clock		 clock;
	struct loop		*loop;
	struct store_thread	*thread;
	struct job		 jobs[OPS];
	int			 finished;
	int			 expected;
	int			 last;
	bool			 out_of_order;
};

static bool
run_job(struct store_op *op, struct store *store, struct err *err)
{
	struct job	*job = OWNER(op, struct job, op);
	char		 name[24];
	bool		 is_new;

	job->runs++;
	snprintf(name, sizeof(name), "job.%d", job->n);
	if (!store_meta_set(store, name, "1", err))
		return false;
	if (job->fails)
		return err_set(err, ERR_INPUT, "no");
	return !job->spoils || store_publish(store, "x", STR("a\0b"), "", "",
	    T0, &is_new, err);
}

static void
on_done(struct store_op *op, bool ok, const struct err *err)
{
	struct job	*job = OWNER(op, struct job, op);
	struct bench	*b = job->bench;

	assert_false(job->done);
	job->done = true;
	job->ok = ok;
	job->kind = ok ? ERR_NONE : err->kind;
	b->out_of_order |= job->n < b->last;
	b->last = job->n;
	/* Whoever hears of it finds it committed. */
	if (ok && job->n % 100 == 7)
		assert_int_equal(fix_number(b->f, "SELECT count(*) FROM meta"
		    " WHERE name = 'job.7'"), 1);
	if (++b->finished == b->expected)
		loop_stop(b->loop);
}

static struct bench *
bench_new(struct fix *f)
{
	struct bench	*b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->f = f;
	b->last = -1;
	clock_init_real(&b->clock);
	OK(f, loop_new(&b->clock, &b->loop, &f->err));
	OK(f, store_thread_start(b->loop, f->test.dsn, &b->thread, &f->err));
	for (int i = 0; i < OPS; i++) {
		b->jobs[i].n = i;
		b->jobs[i].bench = b;
	}
	return b;
}

static void
bench_free(struct bench *b)
{
	store_thread_stop(&b->thread);
	loop_free(&b->loop);
	free(b);
}

static void
run_jobs(struct bench *b, int count)
{
	b->expected = count;
	for (int i = 0; i < count; i++) {
		store_thread_run(b->thread, &b->jobs[i].op, run_job, on_done);
		assert_false(b->jobs[i].done);
	}
	assert_int_equal(store_thread_pending(b->thread), count);
	assert_int_equal(loop_run(b->loop, LOOP_FOREVER), LOOP_STOPPED);
	assert_int_equal(store_thread_pending(b->thread), 0);
}

static void
test_many_commit_together(void **state)
{
	struct fix	*f = *state;
	struct bench	*b = bench_new(f);

	run_jobs(b, OPS);
	assert_false(b->out_of_order);
	for (int i = 0; i < OPS; i++)
		assert_true(b->jobs[i].ok);
	assert_int_equal(fix_number(f, "SELECT count(*) FROM meta"
	    " WHERE name LIKE 'job.%'"), OPS);
	bench_free(b);
}

static void
test_a_bad_one_spoils_nothing(void **state)
{
	struct fix	*f = *state;
	struct bench	*b = bench_new(f);
	int		 bad = 0;

	for (int i = 0; i < OPS; i++) {
		b->jobs[i].fails = i % 97 == 5;
		b->jobs[i].spoils = i % 101 == 100;
		bad += b->jobs[i].fails || b->jobs[i].spoils;
	}
	run_jobs(b, OPS);
	for (int i = 0; i < OPS; i++) {
		bool	is_bad = b->jobs[i].fails || b->jobs[i].spoils;

		assert_int_equal(b->jobs[i].ok, !is_bad);
		if (is_bad)
			assert_int_equal(b->jobs[i].kind, ERR_INPUT);
	}
	assert_int_equal(fix_number(f, "SELECT count(*) FROM meta"
	    " WHERE name LIKE 'job.%'"), OPS - bad);
	bench_free(b);
}

static void
test_stop_finishes_what_is_queued(void **state)
{
	struct fix	*f = *state;
	struct bench	*b = bench_new(f);

	b->expected = OPS + 1;
	for (int i = 0; i < OPS; i++)
		store_thread_run(b->thread, &b->jobs[i].op, run_job, on_done);
	bench_free(b);		/* done of each is called in here */
	assert_int_equal(fix_number(f, "SELECT count(*) FROM meta"
	    " WHERE name LIKE 'job.%'"), OPS);
}

static void
test_no_store_no_thread(void **state)
{
	struct fix		*f = *state;
	struct store_thread	*thread = NULL;
	struct clock		 clock;
	struct loop		*loop;

	clock_init_real(&clock);
	OK(f, loop_new(&clock, &loop, &f->err));
	assert_false(store_thread_start(loop, "sqlite:/nonexistent/x.db",
	    &thread, &f->err));
	assert_null(thread);
	store_thread_stop(&thread);
	loop_free(&loop);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		FIX_TEST(test_many_commit_together),
		FIX_TEST(test_a_bad_one_spoils_nothing),
		FIX_TEST(test_stop_finishes_what_is_queued),
		FIX_TEST(test_no_store_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
