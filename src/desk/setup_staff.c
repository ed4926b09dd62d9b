/* SPDX-License-Identifier: ISC */
#include "desk/setup.h"

#include <pwd.h>
#include <unistd.h>

/* The person behind a sudo, else the user that the process belongs to. */
static bool
system_user(char user[static 64], struct err *err)
{
	const char	*sudo = getenv("SUDO_USER");
	struct passwd	 entry, *found = NULL;
	char		 room[4096];

	if (getuid() == 0 && sudo != NULL && sudo[0] != '\0') {
		(void)snprintf(user, 64, "%s", sudo);
		return true;
	}
	if (getpwuid_r(getuid(), &entry, room, sizeof(room), &found) != 0 ||
	    found == NULL)
		return err_set(err, ERR_SYSTEM, "the system knows no name for"
		    " user %ld", (long)getuid());
	(void)snprintf(user, 64, "%s", entry.pw_name);
	return true;
}

static bool
has_right(const struct staff_member *member, enum staff_right right)
{
	for (size_t i = 0; i < member->rights.count; i++) {
		if (member->rights.items[i] == (int64_t)right)
			return true;
	}
	return false;
}

bool
setup_staff(const struct setup *setup, enum staff_right right,
    const char **name_out, struct err *err)
{
	const struct staff_member	*staff = setup->staff.items;
	char				 user[64];

	if (!system_user(user, err))
		return false;
	if (setup->staff.count == 0) {
		*name_out = arena_strdup(setup->arena, user);
		return *name_out != NULL || err_nomem(err);
	}
	for (size_t i = 0; i < setup->staff.count; i++) {
		if (strcmp(staff[i].user, user) != 0)
			continue;
		if (!has_right(&staff[i], right))
			return err_set(err, ERR_REFUSED, "%s has not the right"
			    " \"%s\"; an admin can add it to the staff section"
			    " of the config", staff[i].name,
			    staff_right_names[right]);
		*name_out = staff[i].name;
		return true;
	}
	return err_set(err, ERR_REFUSED, "user %s is not in the staff section"
	    " of the config, which lists who may act", user);
}
