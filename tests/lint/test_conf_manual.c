/* SPDX-License-Identifier: ISC */
/*
 * dunlin.conf(5) has every setting of every section, with its type, range and
 * default as the schema has them, and no setting that is not there.
 */
#include "desk/setup.h"

#include "lint/manual.h"
#include "support/test.h"

#define PAGE	"dunlin.conf.5"

/* One line of conf_help, cut at its tabs. */
struct setting {
	char	section[200];	/* "creditors.ways_to_pay"; "" outermost */
	char	name[100];
	char	type[400];
	char	fallback[200];
};

static void
copy(char *out, size_t room, const char *from, size_t len)
{
	assert_true(len < room);
	(void)memcpy(out, from, len);
	out[len] = '\0';
}

/* "creditors[].ways_to_pay[].kind" as section and name. */
static void
split_path(const char *path, size_t len, struct setting *out)
{
	char	plain[300];
	char	*dot;
	size_t	n = 0;

	for (size_t i = 0; i < len; i++) {
		if (path[i] == '*')
			n--;		/* and the dot before it */
		else if (path[i] != '[' && path[i] != ']')
			plain[n++] = path[i];
		assert_true(n < sizeof(plain));
	}
	plain[n] = '\0';
	dot = strrchr(plain, '.');
	copy(out->name, sizeof(out->name), dot == NULL ? plain : dot + 1,
	    strlen(dot == NULL ? plain : dot + 1));
	copy(out->section, sizeof(out->section), plain,
	    dot == NULL ? 0 : (size_t)(dot - plain));
}

static const char *
read_setting(const char *line, struct setting *out)
{
	const char	*type = strchr(line, '\t') + 1;
	const char	*fallback = strchr(type, '\t') + 1;
	const char	*help = strchr(fallback, '\t') + 1;

	split_path(line, (size_t)(type - line) - 1, out);
	copy(out->type, sizeof(out->type), type,
	    (size_t)(fallback - type) - 1);
	copy(out->fallback, sizeof(out->fallback), fallback,
	    (size_t)(help - fallback) - 1);
	return strchr(help, '\n') + 1;
}

static void
head_of(const struct setting *setting, char *out, size_t room)
{
	bool	required = strcmp(setting->fallback, "required") == 0;

	(void)snprintf(out, room, ".It Ic %s No (%s%s%s)\n", setting->name,
	    setting->type, required ? ", required" :
	    setting->fallback[0] != '\0' ? ", default " : "",
	    required ? "" : setting->fallback);
}

/* The number of what is missing or otherwise. */
static int
check_setting(const char *page, const struct setting *setting)
{
	char		head[800];
	struct str	section;

	if (setting->section[0] == '\0') {
		if (manual_section(page, setting->name).p != NULL)
			return 0;
		print_message("# " PAGE " has no .Ss %s\n", setting->name);
		return 1;
	}
	section = manual_section(page, setting->section);
	head_of(setting, head, sizeof(head));
	if (section.p != NULL && manual_find(section, head) != NULL)
		return 0;
	print_message("# " PAGE ", .Ss %s wants: %s", setting->section, head);
	return 1;
}

static void
test_settings_are_described(void **state)
{
	const struct conf_section	*sections;
	const char			*page = manual_read(PAGE), *line;
	struct buf			 help = BUF_INIT;
	struct setting			 setting;
	size_t				 count, members = 0, said;
	int				 wrong = 0;

	(void)state;
	sections = setup_sections(&count);
	for (size_t i = 0; i < count; i++)
		conf_help(sections[i].rows, &help);
	assert_true(help.len > 0);
	for (line = buf_text(&help); *line != '\0'; ) {
		line = read_setting(line, &setting);
		members += setting.section[0] != '\0';
		wrong += check_setting(page, &setting);
	}
	said = 0;
	for (line = page; (line = strstr(line, "\n.It Ic ")) != NULL; line++)
		said += strstr(line + 1, " No (") != NULL &&
		    strstr(line + 1, " No (") < strchr(line + 1, '\n');
	if (said != members)
		print_message("# %zu settings, but %zu entries\n", members,
		    said);
	assert_int_equal(said, members);
	assert_int_equal(wrong, 0);
	buf_fini(&help);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_settings_are_described),
	};

	return cmocka_run_group_tests_name("lint/conf_manual", tests, NULL,
	    NULL);
}
