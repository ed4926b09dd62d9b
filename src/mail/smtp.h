/* SPDX-License-Identifier: ISC */
/*
 * smtp.h - what became of a message on an SMTP connection.
 */
#ifndef DUNLIN_MAIL_SMTP_H
#define DUNLIN_MAIL_SMTP_H

#include <stdbool.h>

/* How far a try came: the stage that ended it, in the order of the wire. */
#define SMTP_STAGES(X) \
	X(SMTP_QUEUED, "queued")	/* never begun on any connection */ \
	X(SMTP_RESOLVE, "resolve") \
	X(SMTP_CONNECT, "connect") \
	X(SMTP_BANNER, "banner") \
	X(SMTP_EHLO, "ehlo")		/* before and behind STARTTLS */ \
	X(SMTP_TLS, "tls")		/* STARTTLS, handshake, certificate */ \
	X(SMTP_AUTH, "auth") \
	X(SMTP_MAIL, "mail") \
	X(SMTP_RCPT, "rcpt") \
	X(SMTP_BODY, "body")		/* DATA or BDAT, and what follows it */ \
	X(SMTP_DOT, "dot")		/* the body has ended: its answer */

#define SMTP_STAGE_VALUE(value, name)	value,
enum smtp_stage { SMTP_STAGES(SMTP_STAGE_VALUE) SMTP_STAGE_COUNT };
#undef SMTP_STAGE_VALUE

extern const char *const	smtp_stage_names[];

/*
 * One try with one recipient.  A code is that of the stage; where the server
 * refused the recipient it is the recipient's, whatever came after.
 *
 *	code 2xx, stage SMTP_DOT	taken
 *	code else, not 0		the server's no, at that stage
 *	code 0, body_ended		nobody knows
 *	code 0, !body_ended		not sent; error, reply say why
 */
struct smtp_answer {
	enum smtp_stage	 stage;
	bool		 body_ended;	/* its end may have left */
	bool		 stopped;	/* by us, at the end of the body: not sent */
	int		 code;		/* 0: no answer came */
	char		 enhanced[12];	/* "5.1.1"; "" none was sent */
	char		 reply[400];	/* theirs with LF between lines, else our
					   words for error; raw bytes, no NUL */
	int		 error;		/* errno, when code is 0: ETIMEDOUT,
					   ECONNRESET, EPROTO (broken TLS or
					   syntax) ...; 0 unknown */
	char		 peer[160];	/* "192.0.2.7:587 TLSv1.3
					   TLS_AES_256_GCM_SHA384"; "" none */
};

#endif
