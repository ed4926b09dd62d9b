/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

struct parser {
	struct lexer	 lexer;
	struct token	 token;		/* the one looked at */
	struct token	 before;	/* the one behind us */
	struct token	 older;		/* the one before that */
	int		 depth;
	bool		 failed;	/* an error was reported */
	bool		 twice;		/* a name was found twice */
};

static bool	parse_value(struct parser *parser, struct node *node);

static void
next(struct parser *parser)
{
	parser->older = parser->before;
	parser->before = parser->token;
	parser->token = conf_lex_next(&parser->lexer);
	if (parser->token.kind == TOKEN_BAD)
		parser->failed = true;
}

static bool
is_scalar(enum token_kind kind)
{
	return kind == TOKEN_TEXT || kind == TOKEN_INT ||
	    kind == TOKEN_FLOAT || kind == TOKEN_BOOL;
}

static const char *
quote(const struct parser *parser, const struct token *token)
{
	struct str	text = token->text;

	if (token->kind == TOKEN_TEXT)
		text = (struct str){text.p + 1, text.len - 2};
	return conf_quote(parser->lexer.conf, text);
}

static bool
is_number(const struct token *token)
{
	return token->kind == TOKEN_INT || token->kind == TOKEN_FLOAT;
}

/*
 * People write `3 d`, `08:00`, `2026-01-31`, `10.0.0.1` without quotes: a
 * number with something on its heels, or a word behind it.  NULL if it is
 * otherwise.
 */
static const struct token *
unquoted(const struct parser *parser, struct str *run)
{
	const struct token	*b = &parser->before, *t = &parser->token;
	const struct token	*number = b;
	const char		*end = parser->lexer.file->text +
				    parser->lexer.file->len;

	if (b->kind == TOKEN_NAME)
		number = &parser->older;
	else if (t->kind == TOKEN_EOF || b->text.p == NULL ||
	    b->text.p + b->text.len != t->text.p)
		return NULL;
	if (!is_number(number) || number->line != b->line)
		return NULL;
	*run = number->text;
	while (run->p + run->len < end &&
	    strchr("\n\r;,\"{}()[]=#", run->p[run->len]) == NULL)
		run->len++;
	*run = str_trim(*run);
	return number;
}

/* Says what is wrong with the token looked at; returns false. */
static bool
wrong(struct parser *parser, const char *expected)
{
	struct conf		*conf = parser->lexer.conf;
	const struct token	*b = &parser->before, *t = &parser->token;
	const struct token	*number;
	struct str		run;

	if (parser->failed)
		return false;
	parser->failed = true;
	if (b->kind == TOKEN_TEXT && b->end_line > b->line)
		conf_error(conf, conf_lex_pos(&parser->lexer, b),
		    "this text goes on to line %d; is its closing '\"' "
		    "missing?", b->end_line);
	else if ((number = unquoted(parser, &run)) != NULL)
		conf_error(conf, conf_lex_pos(&parser->lexer, number),
		    "this needs double quotes: %s", conf_quote(conf, run));
	else if (t->kind == TOKEN_EOF)
		conf_error(conf, conf_lex_pos(&parser->lexer, t),
		    "the file ends here, but %s is expected", expected);
	else
		conf_error(conf, conf_lex_pos(&parser->lexer, t),
		    "%s is expected here, not %s", expected,
		    quote(parser, t));
	return false;
}

static struct node *
add_node(struct parser *parser, struct node *parent)
{
	struct conf	*conf = parser->lexer.conf;
	struct node	*node = arena_alloc(conf->arena, sizeof(*node));

	if (node == NULL) {
		conf->nomem = true;
		parser->failed = true;
		return NULL;
	}
	node->at = conf_lex_pos(&parser->lexer, &parser->token);
	node->file = parser->lexer.file;
	if (parent->last == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	return node;
}

static const char *
copy(struct parser *parser, struct str text)
{
	struct conf	*conf = parser->lexer.conf;
	const char	*p = arena_copy(conf->arena, text.p, text.len);

	if (p == NULL) {
		conf->nomem = true;
		parser->failed = true;
	}
	return p;
}

static int
by_name(const void *a, const void *b)
{
	const struct node	*x = *(const struct node *const *)a;
	const struct node	*y = *(const struct node *const *)b;
	int			order = strcmp(x->name, y->name);

	if (order != 0)
		return order;
	if (x->name_at.line != y->name_at.line)
		return x->name_at.line < y->name_at.line ? -1 : 1;
	return x->name_at.column < y->name_at.column ? -1 : 1;
}

static void
find_twice(struct parser *parser, const struct node *group)
{
	struct conf	*conf = parser->lexer.conf;
	struct node	**all, *node;
	size_t		n = 0, i;

	if (group->count < 2)
		return;
	all = arena_array(conf->arena, group->count, sizeof(struct node *));
	if (all == NULL) {
		conf->nomem = true;
		return;
	}
	for (node = group->first; node != NULL; node = node->next) {
		if (node->kind != NODE_INCLUDE)
			all[n++] = node;
	}
	qsort(all, n, sizeof(struct node *), by_name);
	for (i = 1; i < n; i++) {
		if (strcmp(all[i - 1]->name, all[i]->name) != 0)
			continue;
		parser->twice = true;
		conf_error(conf, all[i]->name_at, "\"%s\" is given twice; "
		    "it is also in line %d", all[i]->name,
		    all[i - 1]->name_at.line);
	}
}

/* name = value; or an include; what else stands there is explained. */
static bool
parse_setting(struct parser *parser, struct node *group)
{
	struct node	*node;

	if (parser->token.kind == TOKEN_TEXT)
		return wrong(parser, "a name without quotes");
	if (parser->token.kind != TOKEN_NAME &&
	    parser->token.kind != TOKEN_INCLUDE)
		return wrong(parser, "the name of a setting, which begins "
		    "with a letter,");
	if ((node = add_node(parser, group)) == NULL)
		return false;
	if (parser->token.kind == TOKEN_INCLUDE) {
		node->kind = NODE_INCLUDE;
		node->text = copy(parser, parser->token.text);
		next(parser);
		return !parser->failed;
	}
	if (++group->count > CONF_MEMBERS_MAX) {
		parser->failed = true;
		conf_error(parser->lexer.conf, node->at, "more than %d "
		    "settings in one group", CONF_MEMBERS_MAX);
		return false;
	}
	node->name_at = node->at;
	if ((node->name = copy(parser, parser->token.text)) == NULL)
		return false;
	next(parser);
	if (parser->token.kind != TOKEN_ASSIGN)
		return wrong(parser, "\"=\"");
	next(parser);
	if (!parse_value(parser, node))
		return false;
	if (parser->token.kind == TOKEN_SEMI ||
	    parser->token.kind == TOKEN_COMMA)
		next(parser);
	return !parser->failed;
}

static bool
is_close(enum token_kind kind)
{
	return kind == TOKEN_CLOSE_GROUP || kind == TOKEN_CLOSE_LIST ||
	    kind == TOKEN_CLOSE_ARRAY;
}

/* What to say when another bracket, or none, closes what open opened. */
static bool
wrong_close(struct parser *parser, const struct token *open)
{
	const struct token	*t = &parser->token;
	const char		*close = open->kind == TOKEN_OPEN_GROUP ? "}" :
				    open->kind == TOKEN_OPEN_LIST ? ")" : "]";

	if (parser->failed)
		return false;
	parser->failed = true;
	if (t->kind == TOKEN_EOF)
		conf_error(parser->lexer.conf,
		    conf_lex_pos(&parser->lexer, open), "this \"%.*s\" is "
		    "never closed: \"%s\" is missing", STR_ARG(open->text),
		    close);
	else
		conf_error(parser->lexer.conf, conf_lex_pos(&parser->lexer, t),
		    "\"%s\" is expected here, to close the \"%.*s\" of line "
		    "%d, not \"%.*s\"", close, STR_ARG(open->text), open->line,
		    STR_ARG(t->text));
	return false;
}

static bool
parse_group(struct parser *parser, struct node *node)
{
	struct token	open = parser->token;

	node->kind = NODE_GROUP;
	next(parser);
	while (parser->token.kind != TOKEN_CLOSE_GROUP) {
		if (parser->token.kind == TOKEN_EOF ||
		    is_close(parser->token.kind))
			return wrong_close(parser, &open);
		if (!parse_setting(parser, node))
			return false;
	}
	find_twice(parser, node);
	next(parser);
	return !parser->failed;
}

/* An array holds scalars of one kind, or libconfig refuses it. */
static bool
check_element(struct parser *parser, const struct node *array,
    const struct token *token)
{
	const char	*why;

	if (!is_scalar(token->kind))
		why = "[ ] holds numbers, texts or truth values; "
		    "for anything else use ( )";
	else if (array->first->kind != array->last->kind)
		why = "[ ] holds values of one kind; this one differs "
		    "from the first";
	else
		return true;
	parser->failed = true;
	conf_error(parser->lexer.conf, conf_lex_pos(&parser->lexer, token),
	    "%s", why);
	return false;
}

/* libconfig 1.5 knows no comma behind the last element; we allow it. */
static void
drop_comma(struct parser *parser)
{
	const char	*p = parser->before.text.p;

	if (parser->before.kind == TOKEN_COMMA)
		parser->lexer.lib[p - parser->lexer.file->text] = ' ';
}

static bool
wrong_include(struct parser *parser)
{
	parser->failed = true;
	conf_error(parser->lexer.conf,
	    conf_lex_pos(&parser->lexer, &parser->token), "an @include stands "
	    "among settings, not in a list; a list that several files give "
	    "is joined");
	return false;
}

static bool
parse_elements(struct parser *parser, struct node *node, enum node_kind kind,
    enum token_kind close)
{
	struct token	open = parser->token, element;
	struct node	*child;

	node->kind = kind;
	next(parser);
	while (parser->token.kind != close) {
		element = parser->token;
		if (element.kind == TOKEN_EOF || is_close(element.kind))
			return wrong_close(parser, &open);
		if (element.kind == TOKEN_INCLUDE)
			return wrong_include(parser);
		if ((child = add_node(parser, node)) == NULL)
			return false;
		if (kind == NODE_ARRAY && !parser->failed &&
		    !is_scalar(element.kind) && element.kind != TOKEN_NAME)
			return check_element(parser, node, &element);
		if (!parse_value(parser, child))
			return false;
		node->count++;
		if (kind == NODE_ARRAY &&
		    !check_element(parser, node, &element))
			return false;
		if (parser->token.kind == TOKEN_COMMA)
			next(parser);
		else if (parser->token.kind == TOKEN_EOF ||
		    (is_close(parser->token.kind) &&
		    parser->token.kind != close))
			return wrong_close(parser, &open);
		else if (parser->token.kind != close)
			return wrong(parser, "\",\"");
	}
	drop_comma(parser);
	next(parser);
	return !parser->failed;
}

static bool
parse_scalar(struct parser *parser, struct node *node)
{
	static const enum node_kind kinds[] = {
		[TOKEN_INT] = NODE_INT, [TOKEN_FLOAT] = NODE_FLOAT,
		[TOKEN_BOOL] = NODE_BOOL, [TOKEN_TEXT] = NODE_TEXT,
	};

	node->kind = kinds[parser->token.kind];
	node->integer = parser->token.integer;
	if (node->kind != NODE_TEXT &&
	    (node->text = copy(parser, parser->token.text)) == NULL)
		return false;
	next(parser);
	/* texts side by side are one, but in a list a comma was forgotten */
	while (node->kind == NODE_TEXT && node->name != NULL &&
	    parser->token.kind == TOKEN_TEXT)
		next(parser);
	return !parser->failed;
}

/* A word where a value should be. */
static bool
wrong_word(struct parser *parser)
{
	static const char *const yes_no[] = { "yes", "no", "on", "off" };
	size_t			i;

	for (i = 0; i < sizeof(yes_no) / sizeof(yes_no[0]); i++) {
		if (str_is(parser->token.text, yes_no[i]))
			return wrong(parser, "true or false");
	}
	parser->failed = true;
	conf_error(parser->lexer.conf,
	    conf_lex_pos(&parser->lexer, &parser->token),
	    "a text needs double quotes: %s", quote(parser, &parser->token));
	return false;
}

static bool
parse_nested(struct parser *parser, struct node *node)
{
	bool	ok;

	if (++parser->depth > CONF_DEPTH_MAX) {
		parser->failed = true;
		conf_error(parser->lexer.conf, node->at, "more than %d groups "
		    "and lists inside each other", CONF_DEPTH_MAX);
		return false;
	}
	if (parser->token.kind == TOKEN_OPEN_GROUP)
		ok = parse_group(parser, node);
	else if (parser->token.kind == TOKEN_OPEN_LIST)
		ok = parse_elements(parser, node, NODE_LIST, TOKEN_CLOSE_LIST);
	else
		ok = parse_elements(parser, node, NODE_ARRAY,
		    TOKEN_CLOSE_ARRAY);
	parser->depth--;
	return ok;
}

static bool
parse_value(struct parser *parser, struct node *node)
{
	node->at = conf_lex_pos(&parser->lexer, &parser->token);
	switch ((int)parser->token.kind) {
	case TOKEN_TEXT:
	case TOKEN_INT:
	case TOKEN_FLOAT:
	case TOKEN_BOOL:
		return parse_scalar(parser, node);
	case TOKEN_OPEN_GROUP:
	case TOKEN_OPEN_LIST:
	case TOKEN_OPEN_ARRAY:
		return parse_nested(parser, node);
	case TOKEN_NAME:
		return wrong_word(parser);
	default:
		return wrong(parser, "a value");
	}
}

struct node *
conf_parse(struct conf *conf, const struct conf_file *file, char *lib,
    struct node **partial)
{
	struct parser	parser = { .depth = 0 };
	struct node	*root = arena_alloc(conf->arena, sizeof(*root));

	*partial = root;
	if (root == NULL) {
		conf->nomem = true;
		return NULL;
	}
	root->kind = NODE_GROUP;
	root->file = file;
	root->at = (struct conf_pos){file->name, 1, 1};
	conf_lex_init(&parser.lexer, conf, file, lib);
	next(&parser);
	while (!parser.failed && parser.token.kind != TOKEN_EOF)
		(void)parse_setting(&parser, root);
	find_twice(&parser, root);
	return parser.failed || parser.twice || conf->nomem ? NULL : root;
}
