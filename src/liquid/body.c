/* SPDX-License-Identifier: ISC */
#include "liquid/parse.h"

struct tag_row {
	const char		*name;
	enum liquid_node_kind	 kind;
	liquid_tag_fn		 fn;
};

static bool	tag_comment(struct liquid_parser *p, struct liquid_tag *tag);
static bool	tag_doc(struct liquid_parser *p, struct liquid_tag *tag);
static bool	tag_echo(struct liquid_parser *p, struct liquid_tag *tag);
static bool	tag_ifchanged(struct liquid_parser *p, struct liquid_tag *tag);
static bool	tag_inline_comment(struct liquid_parser *p,
		    struct liquid_tag *tag);
static bool	tag_plain(struct liquid_parser *p, struct liquid_tag *tag);
static bool	tag_raw(struct liquid_parser *p, struct liquid_tag *tag);

static const struct tag_row	tags[] = {
	{"if", NODE_IF, liquid_tag_if},
	{"for", NODE_FOR, liquid_tag_for},
	{"assign", NODE_ASSIGN, liquid_tag_assign},
	{"unless", NODE_UNLESS, liquid_tag_if},
	{"case", NODE_CASE, liquid_tag_case},
	{"capture", NODE_CAPTURE, liquid_tag_capture},
	{"comment", NODE_NOTHING, tag_comment},
	{"cycle", NODE_CYCLE, liquid_tag_cycle},
	{"decrement", NODE_DECREMENT, liquid_tag_count},
	{"doc", NODE_NOTHING, tag_doc},
	{"echo", NODE_OUTPUT, tag_echo},
	{"ifchanged", NODE_IFCHANGED, tag_ifchanged},
	{"include", NODE_INCLUDE, liquid_tag_partial},
	{"increment", NODE_INCREMENT, liquid_tag_count},
	{"#", NODE_NOTHING, tag_inline_comment},
	{"raw", NODE_RAW, tag_raw},
	{"render", NODE_RENDER, liquid_tag_partial},
	{"tablerow", NODE_TABLEROW, liquid_tag_tablerow},
	{"break", NODE_BREAK, tag_plain},
	{"continue", NODE_CONTINUE, tag_plain},
};

static const struct tag_row *
tag_find(struct str name)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (str_is(name, tags[i].name))
			return &tags[i];
	return NULL;
}

struct liquid_body *
liquid_body_new(struct liquid_parser *p)
{
	struct liquid_body	*body = liquid_new(p, sizeof(*body));

	if (body != NULL)
		body->blank = true;
	return body;
}

void
liquid_drop_blank(struct liquid_body *body)
{
	size_t	kept = 0;

	for (size_t i = 0; i < body->count; i++)
		if (body->nodes[i]->kind != NODE_TEXT)
			body->nodes[kept++] = body->nodes[i];
	body->count = kept;
}

static bool
is_end_of(struct str name, struct str block)
{
	return name.len == block.len + 3 && str_starts(name, "end") &&
	    str_eq(liquid_cut(name, 3, name.len), block);
}

bool
liquid_unknown_tag(struct liquid_parser *p, struct str name, struct str block,
    const struct liquid_end *end)
{
	bool	liquid = str_is(block, "liquid");

	if (str_is(name, "else"))
		return liquid_syntax(p, end->at,
		    "%.*s tag does not expect 'else' tag", STR_ARG(block));
	if (str_starts(name, "end"))
		return liquid_syntax(p, end->at, "'%.*s' is not a valid "
		    "delimiter for %.*s tags. use %s%.*s", STR_ARG(name),
		    STR_ARG(block), liquid ? "%}" : "end",
		    liquid ? 0 : (int)block.len, block.p);
	return liquid_syntax(p, end->at, "Unknown tag '%.*s'",
	    (int)(name.len > 80 ? 80 : name.len), name.p);
}

bool
liquid_block(struct liquid_parser *p, struct liquid_tag *tag,
    struct liquid_body *body, struct liquid_end *end, bool *closed)
{
	bool	ok;

	if (p->depth >= liquid_limits_of(p->env).depth)
		return liquid_syntax(p, tag->at, "Nesting too deep");
	p->depth++;
	ok = liquid_body_parse(p, tag->scan, body, end);
	p->depth--;
	if (!ok)
		return false;
	tag->node->blank = tag->node->blank && body->blank;
	if (end->name.p == NULL)
		return liquid_syntax(p, tag->at,
		    "'%.*s' tag was never closed", STR_ARG(tag->name));
	*closed = is_end_of(end->name, tag->name);
	return true;
}

bool
liquid_whole_block(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct liquid_end	end;
	bool			closed;

	tag->node->blank = true;
	tag->node->body = liquid_body_new(p);
	if (tag->node->body == NULL ||
	    !liquid_block(p, tag, tag->node->body, &end, &closed))
		return false;
	return closed || liquid_unknown_tag(p, end.name, tag->name, &end);
}

static bool
tag_plain(struct liquid_parser *p, struct liquid_tag *tag)
{
	(void)p;
	(void)tag;
	return true;
}

static bool
tag_ifchanged(struct liquid_parser *p, struct liquid_tag *tag)
{
	return liquid_whole_block(p, tag);
}

static bool
tag_echo(struct liquid_parser *p, struct liquid_tag *tag)
{
	return liquid_chain_parse(p, tag->markup, tag->at, &tag->node->chain);
}

/* /\n\s*[^#\s]/ is what must not be there. */
static bool
tag_inline_comment(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	s = tag->markup;
	size_t		next;

	tag->node->blank = true;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != '\n')
			continue;
		next = liquid_spaces(s, i);
		if (next < s.len && s.p[next] != '#')
			return liquid_syntax(p, liquid_offset(p, s.p + next),
			    "Syntax error in tag '#' - Each line of comments "
			    "must be prefixed by the '#' character");
		i = next;
	}
	return true;
}

static bool
never_closed(struct liquid_parser *p, const struct liquid_tag *tag,
    struct str name)
{
	return liquid_syntax(p, tag->at, "'%.*s' tag was never closed",
	    STR_ARG(name));
}

static bool
trims_right(struct str token)
{
	return token.len >= 3 && token.p[token.len - 3] == '-';
}

static bool
skip_raw(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	token, before, name;

	while (liquid_scan_next(tag->scan, &token))
		if (liquid_last_tag(token, &before, &name) &&
		    str_is(name, "endraw"))
			return true;
	return never_closed(p, tag, STR("raw"));
}

static bool
tag_comment(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	token, name, markup;
	int		open = 1;

	tag->node->blank = true;
	while (liquid_scan_next(tag->scan, &token)) {
		if (!liquid_tag_split(token, tag->scan->by_line, &name,
		    &markup))
			continue;
		if (str_is(name, "raw") && !skip_raw(p, tag))
			return false;
		if (str_is(name, "comment"))
			open++;
		if (!str_is(name, "endcomment") || --open > 0)
			continue;
		if (!tag->scan->by_line)
			p->trim = trims_right(token);
		return true;
	}
	return never_closed(p, tag, tag->name);
}

static bool
no_arguments(struct liquid_parser *p, const struct liquid_tag *tag,
    bool block)
{
	if (liquid_spaces(tag->markup, 0) == tag->markup.len)
		return true;
	if (block)
		return liquid_syntax(p, tag->at, "Syntax Error in '%.*s' - "
		    "Valid syntax: {%% %.*s %%}{%% end%.*s %%}",
		    STR_ARG(tag->name), STR_ARG(tag->name), STR_ARG(tag->name));
	return liquid_syntax(p, tag->at, "Syntax Error in '%.*s' - "
	    "Valid syntax: %.*s", STR_ARG(tag->name), STR_ARG(tag->name));
}

static bool
tag_raw(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	token, before, name;
	const char	*start = NULL;

	if (!no_arguments(p, tag, false))
		return false;
	while (liquid_scan_next(tag->scan, &token)) {
		if (start == NULL)
			start = token.p;
		if (!liquid_last_tag(token, &before, &name) ||
		    !str_is(name, "endraw"))
			continue;
		p->trim = trims_right(token);
		tag->node->text = (struct str){start,
		    (size_t)(before.p + before.len - start)};
		tag->node->blank = tag->node->text.len == 0;
		return true;
	}
	return never_closed(p, tag, tag->name);
}

static bool
tag_doc(struct liquid_parser *p, struct liquid_tag *tag)
{
	struct str	token, before, name;
	bool		empty = true;

	if (!no_arguments(p, tag, true))
		return false;
	while (liquid_scan_next(tag->scan, &token)) {
		if (!liquid_last_tag(token, &before, &name)) {
			empty = empty && token.len == 0;
			continue;
		}
		if (str_is(name, "doc"))
			return liquid_syntax(p, liquid_offset(p, name.p),
			    "Syntax Error in 'doc' - "
			    "Nested doc tags are not allowed");
		if (str_is(name, "enddoc")) {
			p->trim = trims_right(token);
			tag->node->blank = empty && before.len == 0;
			return true;
		}
		empty = false;
	}
	return never_closed(p, tag, tag->name);
}

/* A tag that is known: its node goes into body. */
static bool
add_tag(struct liquid_parser *p, const struct tag_row *row,
    struct liquid_tag *tag, struct liquid_body *body)
{
	struct liquid_node	*node = liquid_new(p, sizeof(*node));

	if (node == NULL)
		return false;
	node->kind = row->kind;
	node->at = tag->at;
	tag->node = node;
	p->tag_at = tag->at;
	if (!row->fn(p, tag) || !liquid_body_add(p, body, node))
		return false;
	body->blank = body->blank && node->blank;
	return true;
}

static bool	lines_parse(struct liquid_parser *p, struct liquid_scan *scan,
		    struct liquid_body *body, struct liquid_end *end);

static bool
liquid_lines(struct liquid_parser *p, struct str markup,
    struct liquid_body *body)
{
	struct liquid_scan	scan = {.source = markup, .by_line = true};
	struct liquid_end	end;
	bool			ok;

	if (p->depth >= liquid_limits_of(p->env).depth)
		return liquid_syntax(p, liquid_offset(p, markup.p),
		    "Nesting too deep");
	p->depth++;
	ok = lines_parse(p, &scan, body, &end);
	p->depth--;
	if (ok && end.name.p != NULL)
		return liquid_unknown_tag(p, end.name, STR("liquid"), &end);
	return ok;
}

/* Adds what the tag says, or ends the body with a tag that is not known. */
static bool
one_tag(struct liquid_parser *p, struct liquid_scan *scan,
    struct liquid_tag *tag, struct liquid_body *body, struct liquid_end *end)
{
	const struct tag_row	*row;

	tag->scan = scan;
	if (str_is(tag->name, "liquid"))
		return liquid_lines(p, tag->markup, body);
	if ((row = tag_find(tag->name)) == NULL) {
		*end = (struct liquid_end){tag->name, tag->markup, tag->at};
		return true;
	}
	return add_tag(p, row, tag, body);
}

static bool
lines_parse(struct liquid_parser *p, struct liquid_scan *scan,
    struct liquid_body *body, struct liquid_end *end)
{
	struct liquid_tag	tag;
	struct str		line;

	*end = (struct liquid_end){.name = {NULL, 0}};
	while (liquid_scan_next(scan, &line)) {
		if (liquid_spaces(line, 0) == line.len)
			continue;
		tag = (struct liquid_tag){.at = liquid_offset(p, line.p +
		    liquid_spaces(line, 0))};
		if (!liquid_tag_split(line, true, &tag.name, &tag.markup)) {
			*end = (struct liquid_end){line, line, tag.at};
			return true;
		}
		if (!one_tag(p, scan, &tag, body, end))
			return false;
		if (end->name.p != NULL)
			return true;
	}
	return true;
}

static void
trim_around(struct liquid_parser *p, struct str token, struct liquid_body *body)
{
	struct liquid_node	*last;

	if (token.len > 2 && token.p[2] == '-' && body->count > 0) {
		last = body->nodes[body->count - 1];
		if (last->kind == NODE_TEXT)
			last->text = liquid_rstrip(last->text);
	}
	p->trim = trims_right(token);
}

static bool
add_output(struct liquid_parser *p, struct str token, struct liquid_body *body)
{
	struct liquid_node	*node;
	uint32_t		 at = liquid_offset(p, token.p);
	size_t			 from = 2, to;

	if (!str_ends(token, "}}") || token.len < 4)
		return liquid_syntax(p, at, "Variable '%.*s' was not properly "
		    "terminated with regexp: /\\}\\}/",
		    (int)(token.len > 80 ? 80 : token.len), token.p);
	to = token.len - 2;
	if (token.p[2] == '-')
		from = 3;
	if (to > from && token.p[to - 1] == '-')
		to--;
	if (to < from)
		to = from;
	if ((node = liquid_new(p, sizeof(*node))) == NULL)
		return false;
	node->kind = NODE_OUTPUT;
	node->at = p->tag_at = at;
	body->blank = false;
	return liquid_chain_parse(p, liquid_cut(token, from, to), at,
	    &node->chain) && liquid_body_add(p, body, node);
}

static bool
add_text(struct liquid_parser *p, struct str token, struct liquid_body *body)
{
	struct liquid_node	*node = liquid_new(p, sizeof(*node));

	if (node == NULL)
		return false;
	node->kind = NODE_TEXT;
	node->at = liquid_offset(p, token.p);
	node->text = p->trim ? liquid_lstrip(token) : token;
	p->trim = false;
	if (liquid_spaces(node->text, 0) < node->text.len)
		body->blank = false;
	return liquid_body_add(p, body, node);
}

static bool
bad_tag(struct liquid_parser *p, struct str token, struct liquid_end *end)
{
	uint32_t	at = liquid_offset(p, token.p);

	if (!str_ends(token, "%}") || token.len < 4)
		return liquid_syntax(p, at, "Tag '%.*s' was not properly "
		    "terminated with regexp: /\\%%\\}/",
		    (int)(token.len > 80 ? 80 : token.len), token.p);
	*end = (struct liquid_end){token, token, at};
	return true;
}

bool
liquid_body_parse(struct liquid_parser *p, struct liquid_scan *scan,
    struct liquid_body *body, struct liquid_end *end)
{
	struct liquid_tag	tag;
	struct str		token;
	bool			ok = true;

	if (scan->by_line)
		return lines_parse(p, scan, body, end);
	*end = (struct liquid_end){.name = {NULL, 0}};
	while (ok && end->name.p == NULL && liquid_scan_next(scan, &token)) {
		tag = (struct liquid_tag){.at = LIQUID_NOWHERE};
		if (str_starts(token, "{%")) {
			trim_around(p, token, body);
			if (!liquid_tag_split(token, false, &tag.name,
			    &tag.markup))
				return bad_tag(p, token, end);
			tag.at = liquid_offset(p, tag.name.p);
			ok = one_tag(p, scan, &tag, body, end);
		} else if (str_starts(token, "{{")) {
			trim_around(p, token, body);
			ok = add_output(p, token, body);
		} else {
			ok = add_text(p, token, body);
		}
	}
	return ok;
}
