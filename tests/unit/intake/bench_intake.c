/* SPDX-License-Identifier: ISC */
/*
 * bench_intake.c - imports files into a new store and tells time and memory:
 * bench_intake [-m MAP] [-k KIND] [-n] FILE...  Not a test; run by hand.
 */
#include "tests/unit/intake/support.h"

#include "base/clock.h"

#include <sys/resource.h>

static void
on_progress(void *arg, const char *file, const char *phase, int64_t rows,
    int64_t bytes, int64_t total)
{
	struct rusage	usage;

	(void)arg;
	(void)rows;
	if (bytes != total && bytes % 160000 != 0)
		return;
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)fprintf(stderr, "%s %s %lld: %ld.%03ld s user, %ld KB\n", file,
	    phase, (long long)bytes, (long)usage.ru_utime.tv_sec,
	    (long)usage.ru_utime.tv_usec / 1000, usage.ru_maxrss);
}

int
main(int argc, char **argv)
{
	struct support	s;
	struct rusage	usage;
	int64_t		from;
	int		c, repeat = 1;

	support_open(&s, SUPPORT_CREDITOR("USD", "20%"));
	while ((c = getopt(argc, argv, "m:k:ngpr:")) != -1) {
		if (c == 'p')
			s.options.progress = on_progress;
		else if (c == 'm')
			s.options.map = optarg;
		else if (c == 'n')
			s.options.dry_run = true;
		else if (c == 'g')
			s.options.keep_good = true;
		else if (c == 'r')
			repeat = optarg[0] - '0';
		else if (c == 'k')
			s.options.kind = (enum intake_kind)name_find(
			    intake_kind_names, str_of(optarg));
		else
			return 2;
	}
	s.options.files = (const char *const *)(argv + optind);
	s.options.file_count = (size_t)(argc - optind);
	for (; repeat > 0; repeat--) {
		from = clock_monotonic_ms();
		intake_result_free(&s.result);
		if (!intake_run(s.store, &s.creditors, s.zones, &s.options,
		    &s.result, &s.err))
			(void)printf("error: %s\n", s.err.text);
		for (size_t i = 0; i < s.result->file_count; i++) {
			const struct intake_file	*f =
			    &s.result->files[i];

			(void)printf("%s (%s): %s, verdict %d\n%s", f->path,
			    intake_kind_names[f->kind], support_counts(f),
			    f->verdict, f->notes == NULL ? "" : f->notes);
			for (size_t n = 0; n < f->shown_count; n++)
				(void)printf("  %lld: %s: %s\n",
				    (long long)f->shown[n].line,
				    f->shown[n].field, f->shown[n].reason);
			if (f->has_difference)
				(void)printf("  open %lld -> %lld, fresh %lld,"
				    " settled %lld, smaller %lld, larger %lld,"
				    " moved %lld, resplit %lld, same %lld %s\n",
				    (long long)f->difference.open_before,
				    (long long)f->difference.open_after,
				    (long long)f->difference.fresh,
				    (long long)f->difference.settled,
				    (long long)f->difference.smaller,
				    (long long)f->difference.larger,
				    (long long)f->difference.moved,
				    (long long)f->difference.resplit,
				    (long long)f->difference.same,
				    f->difference.why);
		}
		(void)getrusage(RUSAGE_SELF, &usage);
		(void)printf("%lld ms, peak %ld KB\n",
		    (long long)(clock_monotonic_ms() - from),
		    usage.ru_maxrss);
		(void)printf("invoices %lld, instalments %lld, entries %lld,"
		    " amounts %lld, entries' amounts %lld\n",
		    (long long)support_number(&s,
		    "SELECT COUNT(*) FROM invoice"),
		    (long long)support_number(&s,
		    "SELECT COUNT(*) FROM instalment"),
		    (long long)support_number(&s, "SELECT COUNT(*) FROM entry"),
		    (long long)support_number(&s,
		    "SELECT SUM(amount) FROM instalment"),
		    (long long)support_number(&s,
		    "SELECT SUM(amount) FROM entry"));
	}
	support_close(&s);
	return 0;
}
