/* SPDX-License-Identifier: ISC */
/*
 * gateway_run CONFIG COUNT TEXT [ENCODING [ahead]] - sends COUNT messages by
 * the first route of CONFIG, each with its own key and TEXT, in which %d is
 * its number; prints how many came to which outcome, and the seconds that it
 * took.  ENCODING: gsm7 or ucs2, as the message was measured.
 */
#include "channel/lane.h"
#include "http/http.h"

#include "base/json.h"

struct parcel {
	struct channel_send	 send;
	struct parcel		*next;
	char			 key[32];
	char			 sealed[800];
};

struct run {
	struct clock		 clock;
	struct loop		*loop;
	struct channel_lane	*lane;
	struct routes		 routes;
	struct parcel		*free;
	const char		*text;
	const char		*encoding;
	bool			 exact;
	long			 count;
	long			 begun;
	long			 ended;
	long			 outcomes[OUTCOME_COUNT];
	struct loop_deferred	 more;
};

static void
write_message(const struct run *run, struct parcel *parcel)
{
	struct buf	json = BUF_INIT, text = BUF_INIT;
	const char	*number = strstr(run->text, "%d");

	buf_adds(&text, run->text);
	if (number != NULL) {
		buf_truncate(&text, (size_t)(number - run->text));
		buf_addf(&text, "%ld%s", run->begun, number + 2);
	}
	(void)snprintf(parcel->key, sizeof(parcel->key), "key%ld.1",
	    run->begun);
	json_open(&json, '{');
	json_key(&json, "channel");
	json_text(&json, "sms");
	json_key(&json, "from");
	json_text(&json, "12345");
	json_key(&json, "to");
	json_text(&json, "+15558675310");
	json_key(&json, "encoding");
	json_text(&json, run->encoding);
	json_key(&json, "text");
	json_str(&json, buf_str(&text));
	json_close(&json, '}');
	(void)snprintf(parcel->sealed, sizeof(parcel->sealed), "%s",
	    buf_text(&json));
	buf_fini(&json);
	buf_fini(&text);
	parcel->send.message = (struct channel_message){.channel = CHANNEL_SMS,
	    .key = str_of(parcel->key), .address = STR("+15558675310"),
	    .bytes = str_of(parcel->sealed)};
}

static void
on_more(struct loop_deferred *deferred)
{
	struct run	*run = OWNER(deferred, struct run, more);
	struct parcel	*parcel;

	while (run->free != NULL && run->begun < run->count &&
	    channel_lane_room(run->lane) > 0) {
		parcel = run->free;
		run->free = parcel->next;
		parcel->send = (struct channel_send){.exact = run->exact};
		write_message(run, parcel);
		run->begun++;
		channel_lane_put(run->lane, &parcel->send);
	}
}

static void
on_gate(void *arg, struct channel_send *send)
{
	(void)arg;
	channel_lane_go(send);
}

static void
on_done(void *arg, struct channel_send *send)
{
	struct run	*run = arg;
	struct parcel	*parcel = OWNER(send, struct parcel, send);

	if (send->result.outcome != OUTCOME_ACCEPTED &&
	    run->outcomes[send->result.outcome] == 0)
		(void)fprintf(stderr, "%s %s: %s\n",
		    outcome_names[send->result.outcome], send->result.code,
		    send->result.reply);
	run->outcomes[send->result.outcome]++;
	parcel->next = run->free;
	run->free = parcel;
	if (++run->ended == run->count)
		loop_stop(run->loop);
	else
		loop_defer(run->loop, &run->more);
}

static bool
load(struct run *run, const char *path, struct arena *arena, struct err *err)
{
	struct conf_section	 section = {route_rows, &run->routes};
	struct conf		*conf = conf_new(arena);
	struct buf		 findings = BUF_INIT;
	bool			 ok;

	if (conf == NULL)
		return err_nomem(err);
	ok = conf_load(conf, path, &section, 1, err);
	if (ok) {
		routes_check(conf, &run->routes);
		ok = conf_ok(conf, err);
	}
	conf_print(conf, &findings);
	(void)fputs(buf_text(&findings), stderr);
	buf_fini(&findings);
	return ok;
}

static void
go(struct run *run)
{
	int64_t	begun_ms = clock_monotonic_ms();

	loop_defer(run->loop, &run->more);
	(void)loop_run(run->loop, LOOP_FOREVER);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		(void)printf("%s %ld\n", outcome_names[i], run->outcomes[i]);
	(void)printf("seconds %.3f\n",
	    (double)(clock_monotonic_ms() - begun_ms) / 1000);
}

static bool
make_parcels(struct run *run, struct arena *arena, struct err *err)
{
	size_t		 count = channel_lane_room(run->lane);
	struct parcel	*parcels = arena_array(arena, count,
			    sizeof(*parcels));

	if (parcels == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < count; i++) {
		parcels[i].next = run->free;
		run->free = &parcels[i];
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct run			 run = {.more.fn = on_more};
	const struct channel_lane_hooks	 hooks = {on_gate, on_done, &run};
	struct arena			*arena = arena_new();
	struct err			 err;

	if (argc < 4 || arena == NULL) {
		(void)fputs("gateway_run CONFIG COUNT TEXT [ENCODING [ahead]]\n", stderr);
		return 2;
	}
	run.count = strtol(argv[2], NULL, 10);
	run.text = argv[3];
	run.encoding = argc > 4 ? argv[4] : "ucs2";
	run.exact = argc <= 5;
	clock_init_real(&run.clock);
	if (!http_init(&err) || !load(&run, argv[1], arena, &err) ||
	    !loop_new(&run.clock, &run.loop, &err) ||
	    !channel_lane_open(run.loop, run.routes.list.items, &hooks,
	    &run.lane, &err) || !make_parcels(&run, arena, &err)) {
		(void)fprintf(stderr, "%s\n", err.text);
		arena_free(&arena);
		return 1;
	}
	go(&run);
	channel_lane_close(&run.lane);
	loop_free(&run.loop);
	arena_free(&arena);
	return 0;
}
