/* SPDX-License-Identifier: ISC */
/*
 * reply.h - the words of a server's reply, read.
 *
 * Takes any bytes, reads the first REPLY_READ of them.  Pure; thread: any.
 */
#ifndef DUNLIN_CHANNEL_REPLY_H
#define DUNLIN_CHANNEL_REPLY_H

#include "base/buf.h"

#include <stdint.h>

#define REPLY_READ	2048

/* RFC 3463: class 2, 4 or 5, subject, detail. */
struct reply_enhanced {
	int	class;
	int	subject;
	int	detail;
};

/* The code that text begins with, behind the basic code if there is one. */
bool	reply_enhanced(struct str text, struct reply_enhanced *out) MUST_CHECK;

/*
 * "try again in N seconds", minutes, hours, mm:ss, and the like in English,
 * Spanish and Portuguese, within [1 min, 6 h]; 0 when nothing like it is said.
 */
int64_t	reply_wait(struct str text);

/*
 * For looking up words: folded (utf8_fold), without addresses and the paths of
 * links, whose words are not the server's, and without the basic codes that
 * begin lines.
 */
void	reply_words(struct buf *out, struct str text);

#endif
