/* SPDX-License-Identifier: ISC */
/* Template files into service, and the set in service out of the store. */
#include "desk/desk_impl.h"

static void
want(const struct policy_step *step, struct message_wanted *list,
    size_t *count)
{
	struct message_wanted	*wanted = NULL;

	for (size_t i = 0; i < *count && wanted == NULL; i++) {
		if (strcmp(list[i].step, step->template_name) == 0)
			wanted = &list[i];
	}
	if (wanted == NULL) {
		wanted = &list[(*count)++];
		*wanted = (struct message_wanted){
		    .step = step->template_name, .stage = step->stage,
		    .level = step->level, .offset_days = step->offset_days};
	}
	for (size_t i = 0; i < step->channels.count; i++)
		wanted->channels |= 1u << step->channels.items[i];
}

bool
desk_wanted(const struct setup *setup, struct arena *arena,
    struct message_wanted **out, size_t *count, struct err *err)
{
	const struct policy	*policies = setup->policies.list.items;
	struct message_wanted	*list;
	size_t			 most = 0, used = 0;

	for (size_t i = 0; i < setup->policies.list.count; i++)
		most += policies[i].steps.count;
	if ((list = arena_array(arena, most, sizeof(*list))) == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < setup->policies.list.count; i++) {
		const struct policy_step	*steps = policies[i].steps.items;

		for (size_t j = 0; j < policies[i].steps.count; j++) {
			if (steps[j].action == STEP_MESSAGE)
				want(&steps[j], list, &used);
		}
	}
	*out = list;
	*count = used;
	return true;
}

static bool
read_folder(const struct setup *setup, struct message_templates *set,
    struct message_findings *findings, struct err *err)
{
	struct message_wanted	*wanted;
	size_t			 count;

	if (!message_templates_load(set, setup->templates.folder, findings,
	    err) || !desk_wanted(setup, findings->arena, &wanted, &count, err))
		return false;
	return message_check(set, creditors_at(&setup->creditors, 0), wanted,
	    count, findings, err);
}

static bool
publish_set(struct store *store, const struct message_templates *set,
    const char *who, const char *reason, int64_t now_ms, size_t *published,
    struct err *err)
{
	struct message_template_info	info;
	bool				is_new;

	for (size_t i = 0; message_templates_at(set, i, &info); i++) {
		if (!store_publish(store, info.name, info.body, who, reason,
		    now_ms, &is_new, err))
			return false;
		*published += is_new;
	}
	return true;
}

bool
desk_check(const struct setup *setup, struct message_findings *findings,
    struct message_templates **out, struct err *err)
{
	struct message_templates	*set;

	if ((set = message_templates_new(setup->templates.language)) == NULL)
		return err_nomem(err);
	if (!read_folder(setup, set, findings, err)) {
		message_templates_free(&set);
		return false;
	}
	if (out == NULL)
		message_templates_free(&set);
	else
		*out = set;
	return true;
}

bool
desk_publish(const struct setup *setup, struct store *store, const char *who,
    const char *reason, int64_t now_ms, struct message_findings *findings,
    size_t *published, struct err *err)
{
	struct message_templates	*set;
	bool				 ok;

	*published = 0;
	if (!desk_check(setup, findings, &set, err))
		return false;
	ok = true;
	if (findings->errors == 0) {
		ok = store_begin(store, err);
		if (ok && (!publish_set(store, set, who, reason, now_ms,
		    published, err) || !store_commit(store, err))) {
			store_rollback(store);
			ok = false;
		}
	}
	message_templates_free(&set);
	return ok;
}

static bool
compile(const struct store_templates *rows, struct message_templates *set,
    struct arena *arena, struct err *err)
{
	struct message_findings	findings = {.arena = arena};

	for (size_t i = 0; i < rows->count; i++) {
		const struct store_template	*row = &rows->items[i];

		if (!message_templates_add(set, str_of(row->name),
		    (struct str){row->body, row->body_len}, &findings, err))
			return false;
	}
	if (findings.errors > 0)
		return err_set(err, ERR_SYSTEM, "a published template does not"
		    " compile any more: %s:%d: %s", findings.items[0].file,
		    findings.items[0].line, findings.items[0].text);
	return true;
}

bool
desk_templates(const struct setup *setup, struct store *store,
    struct message_templates **out, struct err *err)
{
	struct message_templates	*set;
	struct store_templates		 rows;
	struct arena			*arena = arena_new();
	bool				 ok = false;

	set = message_templates_new(setup->templates.language);
	if (arena == NULL || set == NULL) {
		err_nomem(err);
		goto done;
	}
	if (!store_templates(store, true, arena, &rows, err) ||
	    !compile(&rows, set, arena, err))
		goto done;
	*out = set;
	set = NULL;
	ok = true;
done:
	message_templates_free(&set);
	arena_free(&arena);
	return ok;
}
