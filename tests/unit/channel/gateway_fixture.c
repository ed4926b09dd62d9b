/* SPDX-License-Identifier: ISC */
#include "unit/channel/gateway_fixture.h"

#include "support/test.h"

#include <sys/stat.h>
#include <unistd.h>

static void
write_secret(struct gateway_fixture *fixture)
{
	int	fd;

	(void)snprintf(fixture->secret, sizeof(fixture->secret),
	    "/tmp/dunlin-secret-XXXXXX");
	fd = mkstemp(fixture->secret);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, GATEWAY_SECRET "\n",
	    sizeof(GATEWAY_SECRET)), sizeof(GATEWAY_SECRET));
	(void)close(fd);
}

static void
add_stanza(struct buf *text, const char *stanza, const char *secret)
{
	const char	*at;

	while ((at = strstr(stanza, "SECRET")) != NULL) {
		buf_add(text, stanza, (size_t)(at - stanza));
		buf_adds(text, secret);
		stanza = at + 6;
	}
	buf_adds(text, stanza);
}

bool
fixture_open(struct gateway_fixture *fixture, const char *stanza,
    struct buf *findings)
{
	struct conf_section	section = {route_rows, &fixture->routes};
	struct buf		text = BUF_INIT;
	struct err		err;
	bool			ok;

	*fixture = (struct gateway_fixture){.arena = arena_new()};
	write_secret(fixture);
	fixture->conf = conf_new(fixture->arena);
	assert_non_null(fixture->conf);
	buf_adds(&text, "routes = ( { name = \"g\"; kind = \"gateway\";"
	    " channels = [ \"sms\", \"whatsapp\" ]; gateway = {\n");
	add_stanza(&text, stanza, fixture->secret);
	if (strstr(stanza, "limits =") == NULL)
		buf_adds(&text, "\n};");
	buf_adds(&text, "\n} );\n");
	ok = conf_load_text(fixture->conf, "/tmp/t.conf", buf_str(&text),
	    &section, 1, &err);
	if (ok) {
		routes_check(fixture->conf, &fixture->routes);
		ok = conf_ok(fixture->conf, &err);
	}
	buf_fini(&text);
	conf_print(fixture->conf, findings);
	fixture->route = fixture->routes.list.items;
	return ok;
}

void
fixture_close(struct gateway_fixture *fixture)
{
	(void)unlink(fixture->secret);
	arena_free(&fixture->arena);
}
