/* SPDX-License-Identifier: ISC */
/* dunlin gallery: every template for every kind of customer, on one page. */
#include "cli/cli_files.h"
#include "cli/cli_plan.h"
#include "cli/commands.h"

#include "base/json.h"

#define LANGUAGES_MAX	64
#define FAILURES_MAX	40	/* shown; all are counted */

struct gallery_options {
	const char	*out;
	const char	*creditor;
};

struct gallery {
	struct cli			*cli;
	const struct creditor		*creditor;
	const struct policy		*policy;
	struct message_templates	*templates;
	struct message_maker		*maker;
	struct message_page		*page;
	const char			*languages[LANGUAGES_MAX];
	size_t				 language_count;
	struct cli_table		 failures;	/* template, sample, why */
	size_t				 shown, failed;
};

static void
collect_languages(struct gallery *gallery)
{
	struct message_template_info	info;
	bool				known;

	for (size_t i = 0; message_templates_at(gallery->templates, i, &info);
	    i++) {
		known = info.channel < 0;
		for (size_t k = 0; k < gallery->language_count; k++)
			known = known || strcmp(gallery->languages[k],
			    info.language) == 0;
		if (!known && gallery->language_count < LANGUAGES_MAX)
			gallery->languages[gallery->language_count++] =
			    info.language;
	}
}

static void
show(struct gallery *gallery, const struct policy_step *step,
    const struct message_sample *sample, const struct message_out *message)
{
	struct cli			*cli = gallery->cli;
	const struct message_facts	*facts = &sample->facts;
	const char			*group, *caption;

	group = arena_printf(cli->arena, "%s (%s, %+d days)", step->id,
	    stage_names[step->stage], (int)step->offset_days);
	caption = arena_printf(cli->arena, "%s, %s: %s%s",
	    channel_names[facts->channel], message->language, sample->name,
	    facts->channel != CHANNEL_SMS ? "" :
	    message->sms.segments > 1 ? ", several segments" : "");
	message_page_add(gallery->page, &(struct message_shown){
	    .out = message, .group = group == NULL ? step->id : group,
	    .caption = caption == NULL ? "" : caption,
	    .from = gallery->creditor->name,
	    .from_address = facts->channel == CHANNEL_EMAIL ?
	    gallery->creditor->email_from : gallery->creditor->sms_from,
	    .to = facts->customer->name, .to_address = facts->address,
	    .when = ""});
	gallery->shown++;
}

static void
note_failure(struct gallery *gallery, const char *template_name,
    const struct message_sample *sample, const struct err *err)
{
	if (gallery->failed++ >= FAILURES_MAX)
		return;
	cli_cell(gallery->cli, &gallery->failures, "%s", template_name);
	cli_cell(gallery->cli, &gallery->failures, "%s", sample->name);
	cli_cell(gallery->cli, &gallery->failures, "%s", err->text);
}

static bool
add_samples(struct gallery *gallery, const struct policy_step *step,
    enum channel channel, const struct message_template_info *info,
    struct err *err)
{
	struct message_sample	 sample;
	struct message_out	 message;
	struct arena		*arena;

	for (size_t i = 0; ; i++) {
		if ((arena = arena_new()) == NULL)
			return err_nomem(err);
		if (!message_sample_late(i, gallery->creditor,
		    step->offset_days, arena, &sample)) {
			arena_free(&arena);
			return true;
		}
		sample.facts.step = step->id;
		sample.facts.template_name = step->template_name;
		sample.facts.stage = step->stage;
		sample.facts.level = step->level;
		sample.facts.channel = channel;
		sample.facts.address = cli_sample_address(channel);
		sample.facts.key = "sample";
		sample.facts.language = info->language;
		if (message_make(gallery->maker, gallery->templates,
		    &sample.facts, arena, &message, err))
			show(gallery, step, &sample, &message);
		else
			note_failure(gallery, info->name, &sample, err);
		cli_progress("%zu messages", gallery->shown);
		arena_free(&arena);
	}
}

static bool
add_step(struct gallery *gallery, const struct policy_step *step,
    struct err *err)
{
	struct message_template_info	info;

	for (size_t i = 0; i < step->channels.count; i++) {
		enum channel	channel =
				    (enum channel)step->channels.items[i];

		for (size_t k = 0; k < gallery->language_count; k++) {
			const char	*language = gallery->languages[k];

			/* A fallback would show the same text again. */
			if (!message_template_for(gallery->templates,
			    step->template_name, channel, language, "",
			    &info) || strcmp(info.language, language) != 0)
				continue;
			if (!add_samples(gallery, step, channel, &info, err))
				return false;
		}
	}
	return true;
}

static bool
add_all(struct gallery *gallery, struct err *err)
{
	const struct policy_step	*steps = gallery->policy->steps.items;

	for (size_t i = 0; i < gallery->policy->steps.count; i++) {
		if (steps[i].action == STEP_MESSAGE &&
		    !add_step(gallery, &steps[i], err))
			return false;
	}
	return true;
}

static bool
open_gallery(struct gallery *gallery, const char *creditor, struct err *err)
{
	struct cli		*cli = gallery->cli;
	struct message_findings	 findings = {.arena = cli->arena};
	struct buf		 text = BUF_INIT;

	if (!cli_check_creditor(cli, creditor, err))
		return false;
	gallery->creditor = creditor == NULL ?
	    creditors_at(&cli->setup->creditors, 0) :
	    creditors_find(&cli->setup->creditors, creditor);
	if (gallery->creditor == NULL || (gallery->policy = policies_find(
	    &cli->setup->policies, gallery->creditor->policy)) == NULL)
		return err_set(err, ERR_INPUT, "the config has no creditor"
		    " with a policy");
	if ((gallery->templates = message_templates_new(
	    cli->setup->templates.language)) == NULL ||
	    (gallery->maker = message_maker_new()) == NULL)
		return err_nomem(err);
	if (!message_templates_load(gallery->templates,
	    cli->setup->templates.folder, &findings, err))
		return false;
	message_findings_print(&findings, &text);
	(void)fputs(buf_text(&text), stderr);
	buf_fini(&text);
	gallery->failed += findings.errors;
	gallery->page = message_page_new("dunlin gallery", arena_printf(
	    cli->arena, "Every message of policy \"%s\" as a customer of %s"
	    " would see it, for ordinary and for difficult customers.",
	    gallery->policy->name, gallery->creditor->name));
	if (gallery->page == NULL)
		return err_nomem(err);
	collect_languages(gallery);
	return true;
}

static bool
write_page(struct gallery *gallery, const char *dir, const char **path_out,
    struct err *err)
{
	struct cli	*cli = gallery->cli;
	struct buf	 page = BUF_INIT;
	const char	*path = arena_printf(cli->arena, "%s/gallery.html", dir);
	bool		 ok;

	cli_progress_end();
	if (path == NULL)
		return err_nomem(err);
	if (gallery->failures.count > 3)
		message_page_table(gallery->page, "Could not be made",
		    gallery->failures.cells, 3, gallery->failures.count / 3);
	ok = message_page_write(gallery->page, &page, err) &&
	    cli_make_dirs(cli->arena, dir, err) &&
	    cli_write_file(cli->arena, path, buf_str(&page), err);
	buf_fini(&page);
	*path_out = path;
	return ok;
}

static void
tell(const struct gallery *gallery, const char *path)
{
	struct buf	*out = &gallery->cli->out;

	if (gallery->cli->json) {
		json_open(out, '{');
		json_key(out, "path");
		json_text(out, path);
		json_key(out, "messages");
		json_int(out, (int64_t)gallery->shown);
		json_key(out, "failed");
		json_int(out, (int64_t)gallery->failed);
		json_close(out, '}');
		buf_addc(out, '\n');
		return;
	}
	if (gallery->failures.count > 3) {
		cli_table_print(gallery->cli, &gallery->failures);
		buf_addc(out, '\n');
	}
	buf_addf(out, "%zu messages in %zu languages, %zu could not be made;"
	    " look at\n%s\n", gallery->shown, gallery->language_count,
	    gallery->failed, path);
}

static int
run(struct cli *cli, const void *options, int argc, char **argv)
{
	const struct gallery_options	*given = options;
	struct gallery			 gallery = {.cli = cli,
					    .failures = {.columns = 3}};
	const char			*path = "";
	struct err			 err;
	bool				 ok;

	(void)argc;
	(void)argv;
	if (given->out == NULL)
		return cli_usage(cli, "--out DIR is needed: where shall the"
		    " page go?");
	cli_cell(cli, &gallery.failures, "TEMPLATE");
	cli_cell(cli, &gallery.failures, "CUSTOMER");
	cli_cell(cli, &gallery.failures, "WHY");
	ok = open_gallery(&gallery, given->creditor, &err) &&
	    add_all(&gallery, &err) &&
	    write_page(&gallery, given->out, &path, &err);
	if (ok)
		tell(&gallery, path);
	message_templates_free(&gallery.templates);
	message_maker_free(&gallery.maker);
	message_page_free(&gallery.page);
	if (!ok)
		return cli_fail(cli, &err);
	return gallery.failed > 0 ? CLI_PROBLEMS : CLI_DONE;
}

static const struct cli_option	options[] = {
	{"out", CLI_TEXT, offsetof(struct gallery_options, out), "DIR",
	    "where the page goes"},
	{"creditor", CLI_TEXT, offsetof(struct gallery_options, creditor),
	    "REF", "whose name and policy (the first one's)"},
	{.name = NULL}
};

const struct cli_command	cmd_gallery = {
	.name = "gallery",
	.arguments = "--out DIR [--creditor REF]",
	.summary = "Write every template for every kind of customer, one page",
	.help = "Takes the templates in the folder, published or not, and the"
	    " boundary customers of\n`dunlin check`.  The page DIR/gallery.html"
	    " stands alone: no script, nothing fetched.",
	.options = options,
	.options_size = sizeof(struct gallery_options),
	.need = CLI_NEEDS_SETUP,
	.run = run,
};
