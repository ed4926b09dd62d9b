/* SPDX-License-Identifier: ISC */
#include "conf/conf_impl.h"

#include <libconfig.h>

static enum node_kind
kind_of(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_BOOL:
		return NODE_BOOL;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return NODE_INT;
	case CONFIG_TYPE_FLOAT:
		return NODE_FLOAT;
	case CONFIG_TYPE_STRING:
		return NODE_TEXT;
	case CONFIG_TYPE_LIST:
		return NODE_LIST;
	case CONFIG_TYPE_ARRAY:
		return NODE_ARRAY;
	default:
		return NODE_GROUP;
	}
}

static bool
is_same(const struct node *node, const config_setting_t *setting)
{
	const char	*name = config_setting_name(setting);

	if (node->kind != kind_of(setting) || (node->name == NULL) !=
	    (name == NULL))
		return false;
	return name == NULL || strcmp(name, node->name) == 0;
}

/*
 * Both trees hold the same settings in the same order.  Texts and floats are
 * taken, but not integers: libconfig 1.5 gives them modulo 2^32.
 */
static bool
take_values(struct conf *conf, const config_setting_t *setting,
    struct node *node)
{
	struct node	*child;
	unsigned int	i = 0;

	if (!is_same(node, setting))
		return false;
	if (node->kind == NODE_TEXT) {
		const char	*text = config_setting_get_string(setting);

		node->text = arena_strdup(conf->arena, text == NULL ? "" :
		    text);
		conf->nomem |= node->text == NULL;
		return node->text != NULL;
	}
	if (node->kind == NODE_FLOAT)
		node->number = config_setting_get_float(setting);
	if (node->first == NULL)
		return true;
	for (child = node->first; child != NULL; child = child->next) {
		const config_setting_t	*sub;

		if (child->kind == NODE_INCLUDE)
			continue;
		sub = config_setting_get_elem(setting, i++);
		if (sub == NULL || !take_values(conf, sub, child))
			return false;
	}
	return (int)i == config_setting_length(setting);
}

bool
conf_lib_read(struct conf *conf, const struct conf_file *file,
    const char *lib, struct node *root)
{
	struct conf_pos	at = {file->name, 1, 1};
	config_t	config;
	bool		ok = false;

	config_init(&config);
	if (config_read_string(&config, lib) != CONFIG_TRUE) {
		at.line = config_error_line(&config);
		conf_error(conf, at, "libconfig: %s",
		    config_error_text(&config));
	} else if (!take_values(conf, config_root_setting(&config), root)) {
		if (!conf->nomem)
			conf_error(conf, at, "libconfig understands this "
			    "file otherwise than dunlin; please report it");
	} else
		ok = true;
	config_destroy(&config);
	return ok;
}
