/* SPDX-License-Identifier: ISC */
/*
 * cli_day.h - between the two files of `dunlin day`.
 */
#ifndef DUNLIN_CLI_CLI_DAY_H
#define DUNLIN_CLI_CLI_DAY_H

#include "cli/cli.h"

struct day_options {
	int64_t		 at_ms;
	const char	*out;
	int64_t		 most;
};

/* How often something happened, with what it is called. */
struct tally {
	const char	*words[3];
	int64_t		 count;
};

struct tallies {
	struct tally	*items;
	size_t		 count, cap;
};

/* A message that goes on the page. */
struct picked {
	enum stage	 stage;
	enum channel	 channel;
	const char	*language;
	int64_t		 person_id;
	int64_t		 notice_id;
	int64_t		 message_id;
};

struct day {
	struct cli			*cli;
	const struct day_options	*options;
	int64_t				 from_ms, at_ms;
	struct tallies			 contacts, reasons;
	struct message_templates	*templates;
	struct message_maker		*maker;
	struct message_page		*page;		/* NULL: none asked for */
	struct picked			*picked;
	size_t				 picked_count, picked_cap;
	struct arena			*turn;		/* of one batch of persons */
};

/* The language that a customer is written to. */
const char	*day_language(const struct day *day,
		    const struct snap_customer *customer);

/* Makes the picked messages again and puts them on the page. */
bool	day_show(struct day *day, struct err *err) MUST_CHECK;

#endif
