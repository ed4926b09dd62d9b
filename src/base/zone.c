/* SPDX-License-Identifier: ISC */
#include "base/zone_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_DIR	"/usr/share/zoneinfo"
#define NAME_MAX_LEN	((size_t)96)
#define FILE_MAX_LEN	((size_t)512 * 1024)	/* real ones have 4 KB */

/* A line of zone.tab. */
struct tab_row {
	char	country[3];
	char	name[NAME_MAX_LEN + 1];
};

struct country {
	char			  code[3];
	const struct zone	**zones;
	size_t			  count;
	struct country		 *next;
};

struct zones {
	pthread_mutex_t	  lock;
	char		 *dir;
	struct zone	**sorted;	/* by name */
	size_t		  count;
	size_t		  cap;
	struct tab_row	 *rows;		/* NULL until zone.tab was read */
	size_t		  row_count;
	struct country	 *countries;
};

/*
 * Zones in which nobody has lived: research and weather stations, and bases
 * whose crews come and go.  A debtor without a known zone does not live there,
 * so they must not narrow the window of the country.
 */
static const char *const	uninhabited[] = {
	"America/Danmarkshavn",		/* GL: weather station, a crew of 8 */
	"Antarctica/Casey",		/* AQ: stations, all of them */
	"Antarctica/Davis",
	"Antarctica/DumontDUrville",
	"Antarctica/Macquarie",		/* AU: station on Macquarie Island */
	"Antarctica/Mawson",
	"Antarctica/McMurdo",
	"Antarctica/Palmer",
	"Antarctica/Rothera",
	"Antarctica/Syowa",
	"Antarctica/Troll",
	"Antarctica/Vostok",
	"Atlantic/South_Georgia",	/* GS: stations */
	"Indian/Kerguelen",		/* TF: stations */
	"Pacific/Midway",		/* UM: wildlife refuge */
	"Pacific/Wake",			/* UM: air base */
};

static void
zone_free(struct zone **zone)
{
	if (*zone == NULL)
		return;
	free((*zone)->name);
	free((*zone)->changes);
	free(*zone);
	*zone = NULL;
}

struct zones *
zones_new(const char *dir)
{
	struct zones	*zones;

	if (dir == NULL)
		dir = getenv("TZDIR");
	if (dir == NULL || dir[0] == '\0')
		dir = DEFAULT_DIR;
	if ((zones = calloc(1, sizeof(*zones))) == NULL)
		return NULL;
	if ((zones->dir = strdup(dir)) == NULL ||
	    pthread_mutex_init(&zones->lock, NULL) != 0) {
		free(zones->dir);
		free(zones);
		return NULL;
	}
	return zones;
}

void
zones_free(struct zones **zones)
{
	struct zones	*z = *zones;

	if (z == NULL)
		return;
	while (z->countries != NULL) {
		struct country	*country = z->countries;

		z->countries = country->next;
		free(country->zones);
		free(country);
	}
	for (size_t i = 0; i < z->count; i++)
		zone_free(&z->sorted[i]);
	free(z->sorted);
	free(z->rows);
	free(z->dir);
	(void)pthread_mutex_destroy(&z->lock);
	free(z);
	*zones = NULL;
}

bool
zone_add(struct zone *zone, int64_t at_s, int32_t offset_s)
{
	int32_t			 before;
	struct zone_change	*grown;

	if (zone->count > 0 && zone->changes[zone->count - 1].at_s >= at_s)
		zone->count--;
	before = zone->count > 0 ? zone->changes[zone->count - 1].offset_s :
	    zone->first_offset_s;
	if (before == offset_s)
		return true;
	if (zone->count == zone->cap) {
		zone->cap = zone->cap == 0 ? 64 : zone->cap * 2;
		grown = reallocarray(zone->changes, zone->cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		zone->changes = grown;
	}
	zone->changes[zone->count++] = (struct zone_change){at_s, offset_s};
	return true;
}

/* Reads a regular file whole; *out is the caller's. */
static bool
read_file(const char *path, enum err_kind missing, char **out, size_t *len_out,
    struct err *err)
{
	/* O_NONBLOCK: a FIFO of that name must not stop us */
	int		 fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat	 st;
	char		*bytes = NULL;
	size_t		 len = 0;
	ssize_t		 got = 1;
	bool		 ok = false;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
		    err_set(err, missing, "there is no file %s", path) :
		    err_sys(err, "opening %s", path);
	if (fstat(fd, &st) != 0) {
		err_sys(err, "reading %s", path);
		goto done;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(err, missing, "%s is not a file", path);
		goto done;
	}
	if ((bytes = malloc(FILE_MAX_LEN)) == NULL) {
		err_nomem(err);
		goto done;
	}
	while (len < FILE_MAX_LEN && got > 0)
		if ((got = read(fd, bytes + len, FILE_MAX_LEN - len)) > 0)
			len += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	if (got < 0) {
		err_sys(err, "reading %s", path);
		goto done;
	}
	*out = bytes;
	bytes = NULL;
	*len_out = len;
	ok = true;
done:
	free(bytes);
	close(fd);
	return ok;
}

/* localtime and posixrules are what this machine was set to, not zones. */
static bool
is_zone_name(const char *name)
{
	char	before = '/';

	if (name[0] == '\0' || strlen(name) > NAME_MAX_LEN ||
	    strcmp(name, "localtime") == 0 || strcmp(name, "posixrules") == 0)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		char	c = *p;

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '_' || c == '-' ||
		    c == '+' || (c == '/' && before != '/')))
			return false;
		before = c;
	}
	return before != '/';
}

static bool
zone_load(const struct zones *zones, const char *name, struct zone **out,
    struct err *err)
{
	struct zone	*zone = NULL;
	char		*path = NULL, *bytes = NULL;
	size_t		 len = 0;
	bool		 ok = false;

	if (asprintf(&path, "%s/%s", zones->dir, name) < 0) {
		path = NULL;
		err_nomem(err);
		goto done;
	}
	if (!read_file(path, ERR_INPUT, &bytes, &len, err))
		goto done;
	if ((zone = calloc(1, sizeof(*zone))) == NULL ||
	    (zone->name = strdup(name)) == NULL) {
		err_nomem(err);
		goto done;
	}
	zone->cycle_at_s = INT64_MAX;
	if (!zone_read(zone, (struct str){bytes, len}, err)) {
		err_in(err, "%s", path);
		goto done;
	}
	*out = zone;
	zone = NULL;
	ok = true;
done:
	zone_free(&zone);
	free(bytes);
	free(path);
	return ok;
}

/* Where name is among the sorted zones, or where it belongs. */
static size_t
place_of(const struct zones *zones, const char *name, bool *found)
{
	size_t	low = 0, high = zones->count;

	*found = false;
	while (low < high) {
		size_t	middle = low + (high - low) / 2;
		int	order = strcmp(zones->sorted[middle]->name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
find_locked(struct zones *zones, const char *name, const struct zone **out,
    struct err *err)
{
	bool		  found;
	size_t		  at = place_of(zones, name, &found);
	struct zone	 *zone;
	struct zone	**grown;

	if (found) {
		*out = zones->sorted[at];
		return true;
	}
	if (zones->count == zones->cap) {
		size_t	cap = zones->cap == 0 ? 32 : zones->cap * 2;

		grown = reallocarray(zones->sorted, cap, sizeof(struct zone *));
		if (grown == NULL)
			return err_nomem(err);
		zones->sorted = grown;
		zones->cap = cap;
	}
	if (!zone_load(zones, name, &zone, err))
		return err_in(err, "time zone %s", name);
	memmove(zones->sorted + at + 1, zones->sorted + at,
	    (zones->count - at) * sizeof(struct zone *));
	zones->sorted[at] = zone;
	zones->count++;
	*out = zone;
	return true;
}

bool
zone_find(struct zones *zones, const char *name, const struct zone **out,
    struct err *err)
{
	bool	ok;

	if (!is_zone_name(name))
		return err_set(err, ERR_INPUT, "\"%.60s\" is not a time zone; "
		    "one looks like America/Bogota", name);
	pthread_mutex_lock(&zones->lock);
	ok = find_locked(zones, name, out, err);
	pthread_mutex_unlock(&zones->lock);
	return ok;
}

const char *
zone_name(const struct zone *zone)
{
	return zone->name;
}

/* Takes an instant behind the laid out changes back by whole cycles. */
static int64_t
into_cycle(const struct zone *zone, int64_t *seconds)
{
	int64_t	back;

	if (*seconds < zone->cycle_at_s)
		return 0;
	back = ((*seconds - zone->cycle_at_s) / CYCLE_S + 1) * CYCLE_S;
	*seconds -= back;
	return back;
}

/* The number of changes at or before the second. */
static size_t
changes_until(const struct zone *zone, int64_t second)
{
	size_t	low = 0, high = zone->count;

	while (low < high) {
		size_t	middle = low + (high - low) / 2;

		if (zone->changes[middle].at_s <= second)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t
offset_after(const struct zone *zone, size_t changes)
{
	return changes == 0 ? zone->first_offset_s :
	    zone->changes[changes - 1].offset_s;
}

static int64_t
floor_seconds(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0);
}

int32_t
zone_offset_s(const struct zone *zone, int64_t ms)
{
	int64_t	second = floor_seconds(ms);

	(void)into_cycle(zone, &second);
	return offset_after(zone, changes_until(zone, second));
}

struct civil
zone_civil(const struct zone *zone, int64_t ms)
{
	return instant_civil(ms, zone_offset_s(zone, ms));
}

int64_t
zone_instant(const struct zone *zone, struct civil civil)
{
	int64_t	local = civil.day * INT64_C(86400) + civil.second;
	int64_t	back = into_cycle(zone, &local);
	size_t	i = changes_until(zone, local - OFFSET_MAX_S - 1);
	int64_t	second;

	/* The first stretch of constant offset that ends behind it. */
	while ((second = local - offset_after(zone, i)),
	    i < zone->count && second >= zone->changes[i].at_s)
		i++;
	if (i > 0 && second < zone->changes[i - 1].at_s)
		second = zone->changes[i - 1].at_s;	/* in a gap */
	return (second + back) * 1000;
}

int64_t
zone_next_change(const struct zone *zone, int64_t ms)
{
	int64_t	second = floor_seconds(ms);
	int64_t	back = into_cycle(zone, &second);
	size_t	i = changes_until(zone, second);

	/* no cycle means that what the file lists is all there is, and a file
	 * may list what lies behind every instant */
	if (i == zone->count ||
	    zone->changes[i].at_s > TIME_NEVER / 1000 - back)
		return TIME_NEVER;
	return (zone->changes[i].at_s + back) * 1000;
}

void
zone_format(const struct zone *zone, int64_t ms, struct buf *out)
{
	instant_format(ms, zone_offset_s(zone, ms), out);
}

static bool
is_uninhabited(const char *name)
{
	for (size_t i = 0; i < sizeof(uninhabited) / sizeof(uninhabited[0]); i++)
		if (strcmp(uninhabited[i], name) == 0)
			return true;
	return false;
}

/* code TAB coordinates TAB name [TAB comment] */
static bool
parse_row(struct str line, struct tab_row *row)
{
	const char	*tab1, *tab2, *end = line.p + line.len;
	const char	*name_end;

	if (line.len < 3 || line.p[0] == '#' || line.p[2] != '\t')
		return false;
	tab1 = line.p + 2;
	tab2 = memchr(tab1 + 1, '\t', (size_t)(end - tab1 - 1));
	if (tab2 == NULL)
		return false;
	name_end = memchr(tab2 + 1, '\t', (size_t)(end - tab2 - 1));
	if (name_end == NULL)
		name_end = end;
	if ((size_t)(name_end - tab2 - 1) > NAME_MAX_LEN)
		return false;
	memset(row, 0, sizeof(*row));
	memcpy(row->country, line.p, 2);
	memcpy(row->name, tab2 + 1, (size_t)(name_end - tab2 - 1));
	return is_zone_name(row->name);
}

static bool
parse_tab(struct str text, struct tab_row **out, size_t *count_out)
{
	struct tab_row	*rows = NULL, *grown;
	size_t		 count = 0, cap = 0;

	while (text.len > 0) {
		const char	*end = memchr(text.p, '\n', text.len);
		struct str	 line = {text.p, end == NULL ? text.len :
				    (size_t)(end - text.p)};
		size_t		 used = line.len + (end != NULL);

		text.p += used;
		text.len -= used;
		if (count == cap) {
			cap = cap == 0 ? 512 : cap * 2;
			grown = reallocarray(rows, cap, sizeof(*rows));
			if (grown == NULL) {
				free(rows);
				return false;
			}
			rows = grown;
		}
		count += parse_row(line, &rows[count]);
	}
	*out = rows;
	*count_out = count;
	return true;
}

static bool
read_tab(struct zones *zones, struct err *err)
{
	char	*path = NULL, *bytes = NULL;
	size_t	 len = 0;
	bool	 ok = false;

	if (zones->rows != NULL)
		return true;
	if (asprintf(&path, "%s/zone.tab", zones->dir) < 0) {
		path = NULL;
		err_nomem(err);
		goto done;
	}
	if (!read_file(path, ERR_SYSTEM, &bytes, &len, err))
		goto done;
	if (!parse_tab((struct str){bytes, len}, &zones->rows,
	    &zones->row_count)) {
		err_nomem(err);
		goto done;
	}
	ok = true;
done:
	free(bytes);
	free(path);
	return ok;
}

static bool
country_load(struct zones *zones, const char *code, struct country **out,
    struct err *err)
{
	struct country	*country = calloc(1, sizeof(*country));

	if (country == NULL)
		return err_nomem(err);
	memcpy(country->code, code, 2);
	country->zones = calloc(zones->row_count + 1, sizeof(struct zone *));
	if (country->zones == NULL) {
		free(country);
		return err_nomem(err);
	}
	for (size_t i = 0; i < zones->row_count; i++) {
		const struct tab_row	*row = &zones->rows[i];

		if (strcmp(row->country, code) != 0 || is_uninhabited(row->name))
			continue;
		if (!find_locked(zones, row->name,
		    &country->zones[country->count], err)) {
			free(country->zones);
			free(country);
			return false;
		}
		country->count++;
	}
	country->next = zones->countries;
	zones->countries = country;
	*out = country;
	return true;
}

bool
zone_of_country(struct zones *zones, const char *country,
    const struct zone *const **out, size_t *count, struct err *err)
{
	struct country	*found;
	bool		 ok = false;

	if (strlen(country) != 2)
		return err_set(err, ERR_INPUT, "\"%.20s\" is not a country "
		    "code; one looks like CO", country);
	pthread_mutex_lock(&zones->lock);
	for (found = zones->countries; found != NULL; found = found->next)
		if (strcmp(found->code, country) == 0)
			break;
	if (found == NULL && (!read_tab(zones, err) ||
	    !country_load(zones, country, &found, err)))
		goto done;
	*out = found->zones;
	*count = found->count;
	ok = true;
done:
	pthread_mutex_unlock(&zones->lock);
	return ok;
}
