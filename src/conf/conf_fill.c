/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

/* A row with the struct that it fills and the node that was found for it. */
struct slot {
	const char		*name;		/* first, for conf_nearest */
	const struct conf_row	*row;
	char			*base;		/* NULL: known, not read */
	struct node		*node;
};

struct fill {
	struct conf	*conf;
	struct slot	*slots;
	size_t		 count;
	struct node	*node;		/* the group; NULL when absent */
	struct conf_pos	 at;
	const char	*where;		/* " in step 2", or "" */
};

static void	fill_group(struct conf *conf, const struct conf_row *row,
		    struct node *node, void *into, const struct fill *up,
		    const char *where);

size_t
conf_row_count(const struct conf_row *rows)
{
	size_t	n = 0;

	while (rows[n].type != CONF_END)
		n++;
	return n;
}

static bool
is_joined(const struct conf_row *row, const struct node *a,
    const struct node *b)
{
	return a->file != b->file && a->kind == b->kind &&
	    ((row->type == CONF_GROUPS && a->kind == NODE_LIST) ||
	    (row->type == CONF_NAMED && a->kind == NODE_GROUP));
}

static void
append(struct node *list, struct node *more)
{
	if (more->first == NULL)
		return;
	if (list->last == NULL)
		list->first = more->first;
	else
		list->last->next = more->first;
	list->last = more->last;
	list->count += more->count;
}

static void
report_twice(struct fill *fill, const struct node *first,
    const struct node *again)
{
	conf_error(fill->conf, again->name_at, "\"%s\" is given twice; it is "
	    "also in %s:%d", again->name, first->name_at.file,
	    first->name_at.line);
}

static void
report_unknown(struct fill *fill, const struct node *node)
{
	const char	*near = conf_nearest(node->name, &fill->slots[0].name,
			    sizeof(*fill->slots), fill->count);
	const char	*name = conf_quote(fill->conf, str_of(node->name));
	struct buf	known = BUF_INIT;
	size_t		i;

	if (near != NULL) {
		conf_error(fill->conf, node->name_at, "unknown setting %s%s; "
		    "did you mean \"%s\"?", name, fill->where, near);
		return;
	}
	for (i = 0; i < fill->count; i++) {
		if (fill->slots[i].name != NULL)
			buf_addf(&known, "%s%s", known.len > 0 ? ", " : "",
			    fill->slots[i].name);
	}
	conf_error(fill->conf, node->name_at, "unknown setting %s%s; known "
	    "here: %s", name, fill->where, buf_text(&known));
	buf_fini(&known);
}

static struct slot *
find_slot(const struct fill *fill, const char *name)
{
	size_t	i;

	for (i = 0; i < fill->count; i++) {
		if (fill->slots[i].name != NULL &&
		    strcmp(fill->slots[i].name, name) == 0)
			return &fill->slots[i];
	}
	return NULL;
}

/* Gives every setting of the group to its row. */
static void
match(struct fill *fill)
{
	struct node	*node, *next;

	if (fill->node == NULL)
		return;
	for (node = fill->node->first; node != NULL; node = next) {
		struct slot	*slot = find_slot(fill, node->name);

		next = node->next;
		if (slot == NULL)
			report_unknown(fill, node);
		else if (slot->node == NULL)
			slot->node = node;
		else if (is_joined(slot->row, slot->node, node))
			append(slot->node, node);
		else if (slot->base != NULL)
			report_twice(fill, slot->node, node);
	}
}

/* " in step 2" or " in route \"main\"". */
static const char *
label(struct conf *conf, const struct conf_row *row, const struct node *node,
    size_t i)
{
	const char	*one = conf_singular(conf, row->name);
	const char	*text;

	if (node->name == NULL)
		text = arena_printf(conf->arena, " in %s %zu", one, i + 1);
	else
		text = arena_printf(conf->arena, " in %s \"%s\"", one,
		    node->name);
	conf->nomem |= text == NULL;
	return text == NULL ? "" : text;
}

static bool
check_count(struct fill *fill, const struct slot *slot)
{
	const struct conf_row	*row = slot->row;
	int64_t			count = (int64_t)slot->node->count;

	if (count > CONF_MEMBERS_MAX) {
		conf_error(fill->conf, slot->node->at,
		    "\"%s\"%s has more than %d groups", row->name,
		    fill->where, CONF_MEMBERS_MAX);
		return false;
	}
	if (row->required && count == 0)
		conf_error(fill->conf, slot->node->at, "\"%s\"%s is empty: %s",
		    row->name, fill->where, row->help);
	else if (count < row->min)
		conf_error(fill->conf, slot->node->at, "\"%s\"%s takes at "
		    "least %lld groups", row->name, fill->where,
		    (long long)row->min);
	else if (row->max != 0 && count > row->max)
		conf_error(fill->conf, slot->node->at, "\"%s\"%s takes at "
		    "most %lld groups", row->name, fill->where,
		    (long long)row->max);
	return true;
}

/* The joined parts of CONF_NAMED must not share a key. */
static bool
check_key(struct fill *fill, const struct node *node, const struct node *list)
{
	const struct node	*before;

	if (node->name == NULL)
		return true;
	for (before = list->first; before != node; before = before->next) {
		if (strcmp(before->name, node->name) == 0) {
			report_twice(fill, before, node);
			return false;
		}
	}
	return true;
}

static void
fill_list(struct fill *fill, const struct slot *slot)
{
	const struct conf_row	*row = slot->row;
	struct conf_list	*out = (void *)(slot->base + row->offset);
	struct node		*node;
	char			*items;
	size_t			i = 0;

	if (slot->node->kind !=
	    (row->type == CONF_NAMED ? NODE_GROUP : NODE_LIST)) {
		conf_value_wrong(fill->conf, row, slot->node, fill->where);
		return;
	}
	if (!check_count(fill, slot))
		return;
	items = arena_array(fill->conf->arena, slot->node->count, row->size);
	if (items == NULL) {
		fill->conf->nomem = true;
		return;
	}
	for (node = slot->node->first; node != NULL; node = node->next) {
		if (node->kind != NODE_GROUP) {
			conf_value_wrong(fill->conf, row, node, fill->where);
			continue;
		}
		if (!check_key(fill, node, slot->node))
			continue;
		fill_group(fill->conf, row, node, items + i * row->size, fill,
		    label(fill->conf, row, node, i));
		i++;
	}
	*out = (struct conf_list){items, i};
	conf_know(fill->conf, out, slot->node->at, true, false);
}

static void
run_check(struct fill *fill, const struct slot *slot, struct conf_pos at)
{
	struct conf_check	check = {fill->conf, slot->row, at, slot->base};

	if (slot->row->check != NULL)
		slot->row->check(&check, slot->base + slot->row->offset);
}

static void
fill_one_group(struct fill *fill, const struct slot *slot)
{
	const struct conf_row	*row = slot->row;
	const char		*where;

	if (slot->node != NULL && slot->node->kind != NODE_GROUP) {
		conf_value_wrong(fill->conf, row, slot->node, fill->where);
		return;
	}
	where = arena_printf(fill->conf->arena, " in \"%s\"", row->name);
	fill->conf->nomem |= where == NULL;
	fill_group(fill->conf, row, slot->node, slot->base + row->offset, fill,
	    where == NULL ? "" : where);
}

static void
fill_scalar(struct fill *fill, const struct slot *slot)
{
	struct node	*node = slot->node;

	if (node == NULL) {
		conf_know(fill->conf, slot->base + slot->row->offset, fill->at,
		    false, false);
		if (slot->row->fallback == NULL)
			return;
		node = conf_value_fallback(fill->conf, slot->row, fill->at);
	}
	if (node != NULL && conf_value(fill->conf, slot->row, node,
	    slot->base + slot->row->offset, fill->where))
		run_check(fill, slot, node->at);
}

static void
fill_slot(struct fill *fill, const struct slot *slot)
{
	const struct conf_row	*row = slot->row;
	void			*field = slot->base + row->offset;

	if (slot->node == NULL && row->required && fill->node != NULL)
		conf_error(fill->conf, fill->at, "\"%s\" is missing%s: %s",
		    row->name, fill->where, row->help);
	switch ((int)row->type) {
	case CONF_POS:
		if (fill->node != NULL)
			(void)memcpy(field, &fill->at, sizeof(fill->at));
		return;
	case CONF_KEY:
		if (fill->node != NULL)
			(void)memcpy(field, &fill->node->name, sizeof(char *));
		return;
	case CONF_GROUP:
		fill_one_group(fill, slot);
		return;
	case CONF_GROUPS:
	case CONF_NAMED:
		conf_know(fill->conf, field, fill->at, false, false);
		if (slot->node != NULL)
			fill_list(fill, slot);
		return;
	default:
		fill_scalar(fill, slot);
	}
}

static void
fill_slots(struct fill *fill)
{
	size_t	i;

	for (i = 0; i < fill->count; i++) {
		const struct slot	*slot = &fill->slots[i];

		if (slot->base != NULL && slot->row->type != CONF_GROUP)
			conf_value_clear(slot->row,
			    slot->base + slot->row->offset);
	}
	match(fill);
	for (i = 0; i < fill->count; i++) {
		if (fill->slots[i].base != NULL)
			fill_slot(fill, &fill->slots[i]);
	}
}

static struct conf_pos
group_pos(const struct node *node, const struct fill *up)
{
	if (node == NULL)
		return up->at;
	return node->name != NULL ? node->name_at : node->at;
}

static void
fill_group(struct conf *conf, const struct conf_row *row, struct node *node,
    void *into, const struct fill *up, const char *where)
{
	size_t			count = conf_row_count(row->rows), i;
	size_t			errors = conf->n_errors;
	struct fill		fill = { .conf = conf, .count = count,
				    .node = node, .where = where,
				    .at = group_pos(node, up) };
	struct conf_check	check = {conf, row, fill.at, into};

	fill.slots = calloc(count + 1, sizeof(*fill.slots));
	if (fill.slots == NULL) {
		conf->nomem = true;
		return;
	}
	for (i = 0; i < count; i++)
		fill.slots[i] = (struct slot){row->rows[i].name, &row->rows[i],
		    into, NULL};
	conf_know(conf, into, fill.at, node != NULL, true);
	fill_slots(&fill);
	free(fill.slots);
	if (row->check != NULL && node != NULL && conf->n_errors == errors)
		row->check(&check, into);
}

void
conf_fill(struct conf *conf, const struct conf_section *sections,
    size_t count, struct node *root, struct conf_pos at)
{
	struct fill	fill = { .conf = conf, .node = root, .at = at,
			    .where = "" };
	size_t		i, k, n = 0;

	for (i = 0; i < count; i++)
		n += conf_row_count(sections[i].rows);
	fill.slots = calloc(n + 1, sizeof(*fill.slots));
	if (fill.slots == NULL) {
		conf->nomem = true;
		return;
	}
	for (i = 0; i < count; i++) {
		const struct conf_row	*rows = sections[i].rows;

		for (k = 0; rows[k].type != CONF_END; k++)
			fill.slots[fill.count++] = (struct slot){rows[k].name,
			    &rows[k], sections[i].into, NULL};
	}
	fill_slots(&fill);
	free(fill.slots);
}

void
conf_fill_defaults(struct conf *conf, const struct conf_row *rows, void *into)
{
	struct conf_section	section = {rows, into};

	conf_fill(conf, &section, 1, NULL, (struct conf_pos){ .line = 0 });
}
