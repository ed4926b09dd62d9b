/* SPDX-License-Identifier: ISC */
/*
 * outcome_table.h - the tables of outcome.c, who alone includes it.
 *
 * DELIVERY.md 2.5 and 2.6; RFC 3463, 5248, 5321, 7504, 9110.
 */
#ifndef DUNLIN_CHANNEL_OUTCOME_TABLE_H
#define DUNLIN_CHANNEL_OUTCOME_TABLE_H

#include "base/date.h"
#include "channel/channel.h"

#define ANY	(-1)

/* What an answer means, before the answer itself is written down. */
struct verdict {
	enum outcome		outcome;
	enum outcome_class	class;
	int64_t			wait_ms;
	int64_t			life_ms;
};

#define REFUSE(c)	{OUTCOME_REFUSED, OUTCOME_CLASS_ ## c, 0, 0}
#define DEFER(c)	{OUTCOME_DEFERRED, OUTCOME_CLASS_ ## c, 0, 0}
#define DEFER_FULL	{OUTCOME_DEFERRED, OUTCOME_CLASS_MAILBOX, DAY_MS, 0}
/* a person has to act first, so a quarter of an hour between tries */
#define DEFER_HALT(c)	{OUTCOME_DEFERRED, OUTCOME_CLASS_ ## c, \
	15 * MINUTE_MS, 0}
#define DEFER_DAY(c)	{OUTCOME_DEFERRED, OUTCOME_CLASS_ ## c, 0, DAY_MS}

/* --- SMTP: enhanced codes -------------------------------------------------------- */

struct enhanced_row {
	int		subject, detail;	/* ANY fits all */
	bool		is_vague;		/* the text may know better */
	struct verdict	verdict;
};

/* The first that fits. */
static const struct enhanced_row	permanent_rows[] = {
	{1, 1, false, REFUSE(ADDRESS)},
	{1, 2, false, REFUSE(ADDRESS)},
	{1, 3, false, REFUSE(ADDRESS)},
	{1, 6, false, REFUSE(ADDRESS)},
	{1, 10, false, REFUSE(ADDRESS)},	/* null MX, RFC 7505 */
	{1, 7, false, REFUSE(BUG)},		/* our own address is wrong */
	{1, 8, false, REFUSE(BUG)},
	{1, ANY, true, REFUSE(ADDRESS_TWICE)},
	{2, 1, false, REFUSE(ADDRESS_TWICE)},
	{2, 2, false, DEFER_FULL},
	{2, 3, false, REFUSE(CONTENT)},
	{2, ANY, true, REFUSE(ADDRESS_TWICE)},
	{3, 4, false, REFUSE(CONTENT)},
	{3, ANY, true, REFUSE(MESSAGE)},
	{4, 5, false, DEFER(RATE)},
	{4, ANY, true, DEFER_DAY(ROUTING)},
	{5, ANY, true, REFUSE(BUG)},
	{6, 7, false, REFUSE(MESSAGE)},		/* SMTPUTF8: no template's fault */
	{6, ANY, false, REFUSE(CONTENT)},
	{7, 8, false, DEFER_HALT(CREDENTIALS)},
	{7, ANY, false, REFUSE(POLICY)}
};

static const struct enhanced_row	transient_rows[] = {
	{2, 2, false, DEFER_FULL},
	{3, ANY, false, DEFER(RATE)},
	{4, 5, false, DEFER(RATE)},
	{4, ANY, false, DEFER(ROUTING)},
	{7, 1, false, DEFER(GREYLIST)},		/* with 450 and 451 only */
	{7, ANY, false, DEFER(POLICY)}
};

/* --- SMTP: basic codes ----------------------------------------------------------- */

struct basic_row {
	int		code;
	bool		is_vague;
	struct verdict	verdict;
};

static const struct basic_row	basic_rows[] = {
	{450, true, DEFER(UNKNOWN)},
	{451, true, DEFER(UNKNOWN)},
	{452, true, DEFER(RATE)},
	{454, true, DEFER(RATE)},
	{500, true, REFUSE(BUG)},
	{501, true, REFUSE(BUG)},
	{502, true, REFUSE(BUG)},
	{503, true, REFUSE(BUG)},
	{504, true, REFUSE(BUG)},
	{521, true, REFUSE(ADDRESS_TWICE)},	/* takes no mail, RFC 7504 */
	{552, true, DEFER_FULL},
	{555, true, REFUSE(BUG)},
	{556, false, REFUSE(ADDRESS)},		/* null MX, RFC 7504 */
	{550, true, REFUSE(ADDRESS_TWICE)},
	{551, true, REFUSE(ADDRESS_TWICE)},
	{553, true, REFUSE(ADDRESS_TWICE)},
	{554, true, REFUSE(ADDRESS_TWICE)}
};

/* --- SMTP: words ------------------------------------------------------------------- */

/* What is only looked for in refusals, and what a deferral may say too. */
struct word_row {
	bool			 in_4xx;
	struct verdict		 verdict;
	const char		*const *words;	/* folded */
};

/*
 * The order matters: what is said of us comes before what may be said of the
 * recipient, since a wrong "unknown user" costs a good address.
 */
static const char *const	our_words[] = {
	"sender address rejected", "sender rejected", "sender verify failed",
	"sender domain", "domain of sender", "return-path address",
	"helo command rejected", "client host rejected", "cannot find your",
	"reverse dns", "rdns", "ptr record", "blacklist", "black list",
	"blocklist", "block list", "blocked using", "spamhaus", "spamcop",
	"barracuda", "sorbs", "denylist", "reputation", "dmarc", "dkim",
	"spf ", "spf:", "spf)", "lista negra", "listas negras",
	"remitente rechazado", "dominio del remitente", "remetente rejeitado",
	"dominio do remetente", NULL
};

static const char *const	recipient_rate_words[] = {
	"receiving mail too quickly", "receiving mail at a rate",
	"too many messages for this recipient",
	"too many messages to this recipient", "recipient rate limit", NULL
};

static const char *const	rate_words[] = {
	"throttl", "rate limit", "rate-limit", "ratelimit", "unusual rate",
	"sending rate", "sending quota", "sending limit", "message quota",
	"message limit", "hourly limit", "daily limit", "per hour",
	"per minute", "too many messages", "too many mails",
	"too many emails", "too many connections", "too many concurrent",
	"too many sessions", "too many recipients",
	"frequency limited", "connection limit", "server busy", "too busy",
	"system load", "load average", "slow down", "demasiados mensajes",
	"demasiados correos", "demasiadas conexiones", "limite de envio",
	"servidor ocupado", "muitas mensagens", "muitos e-mails",
	"muitas conexoes", "limite de conexoes", NULL
};

static const char *const	grey_words[] = {
	"greylist", "graylist", "grey-list", "gray-list", "grey list",
	"gray list", "greyfix", "lista gris", "listas grises", "listas gris",
	"lista cinza", "listas cinza", "come back in 0", NULL
};

static const char *const	size_words[] = {
	"message size", "message too large", "message too big",
	"message is too large", "message is too big", "mail too large",
	"size limit", "maximum message", "fixed maximum", "exceeds maximum size",
	"exceeds size", "too much mail data", "mensaje demasiado grande",
	"mensaje es demasiado grande", "tamano del mensaje", "tamano maximo",
	"mensagem muito grande", "mensagem e muito grande",
	"tamanho da mensagem", "tamanho maximo", NULL
};

static const char *const	full_words[] = {
	"mailbox full", "mailbox is full", "mailbox has exceeded",
	"inbox is full", "inbox full", "mailfolder is full", "user is over",
	"over quota", "overquota", "over-quota", "over the maximum allowed",
	"over its quota", "over his quota", "over their quota",
	"quota exceed", "quota is exceed", "quota has been exceeded",
	"exceeded quota", "exceeded its quota", "exceeds quota",
	"exceeded the quota", "exceeded the storage", "exceeded storage",
	"out of storage", "storage quota", "storage allocation",
	"disk quota", "not enough storage space", "not enough space",
	"no space left", "insufficient disk space", "mailbox size limit",
	"maildir over", "mail box full", "full mailbox", "recipient full",
	"buzon lleno", "buzon esta lleno", "casilla llena", "casilla esta llena",
	"buzon del destinatario esta lleno", "cuota excedida",
	"cuota superada", "excedido la cuota", "excede la cuota",
	"excedido su cuota", "superado la cuota", "superado su cuota",
	"sobre cuota", "sin espacio", "caixa cheia", "caixa esta cheia",
	"caixa postal cheia", "caixa postal esta cheia",
	"caixa de correio cheia", "caixa de correio esta cheia",
	"cota excedida", "quota excedida", "excedeu a cota",
	"excedeu a quota", "excedeu sua cota", "acima da cota",
	"sem espaco", NULL
};

static const char *const	unknown_user_words[] = {
	"user unknown", "unknown user", "user is unknown", "user not found",
	"user was not found", "user doesn't exist", "user does not exist", "user not exist",
	"this user doesn't have",
	"not a known user", "no such user", "no such recipient",
	"no such mailbox", "no such address", "no such account",
	"no such person", "no such local user", "no such email",
	"no mailbox here", "no mailbox by that name",
	"no user by that name", "no account by that name",
	"mailbox not found", "mailbox does not exist",
	"mailbox doesn't exist", "mailbox unknown", "unknown mailbox",
	"account does not exist", "account that you tried to reach does not",
	"account doesn't exist", "address does not exist",
	"address doesn't exist", "recipient does not exist",
	"recipient doesn't exist", "recipient not found",
	"recipient unknown", "unknown recipient", "recipient is unknown",
	"recipnotfound", "recipient is not exist", "recipient invalid",
	"invalid recipient", "invalid mailbox", "invalid address",
	"invalid user", "address unknown", "unknown address",
	"addressee unknown", "unknown local", "unknown or illegal alias",
	"unknown account", "unrouteable address", "unroutable address",
	"bad destination", "doesn't have a yahoo", "doesn't have an account",
	"not a valid mailbox", "not our customer",
	"not known at this site", 
	"no longer valid", "no longer works here", "no longer at this",
	"usuario desconocido", "usuario inexistente", "usuario no existe",
	"usuario no encontrado", "no existe el usuario",
	"no existe ese usuario", "destinatario desconocido",
	"destinatario inexistente", "destinatario no existe",
	"destinatario no encontrado", "no se encontro el destinatario",
	"destinatario invalido", "direccion desconocida",
	"direccion inexistente", "direccion no existe", "buzon desconocido",
	"buzon inexistente", "buzon no existe", "buzon no encontrado",
	"cuenta inexistente", "cuenta no existe", "cuenta desconocida",
	"casilla inexistente", "casilla no existe", "usuario desconhecido",
	"usuario nao existe", "usuario nao encontrado", "usuario invalido",
	"destinatario desconhecido", "destinatario nao existe",
	"destinatario nao encontrado", "endereco desconhecido",
	"endereco inexistente", "endereco nao existe", "conta inexistente",
	"conta nao existe", "caixa postal inexistente",
	"caixa postal nao existe", "caixa postal nao encontrada",
	"caixa de correio inexistente", "caixa de correio nao existe", NULL
};

static const char *const	disabled_words[] = {
	"account disabled", "account is disabled", "account has been disabled",
	"account that you tried to reach is disabled",
	"account that you tried to reach is inactive",
	"account inactive", "account is inactive", "account suspended",
	"account is suspended", "account has been suspended",
	"account closed", "account locked", "account is locked",
	"mailbox disabled", "mailbox is disabled", "mailbox unavailable",
	"mailbox is inactive", "mailbox inactive", "mailbox is unavailable",
	"mailbox not available", "mailbox temporarily disabled",
	"user disabled", "user is disabled", "user is inactive",
	"user suspended", "deactivated", "account expired",
	"recipient address rejected: access denied", "not active",
	"no longer active", "no longer available", "no longer in use",
	"cuenta desactivada", "cuenta deshabilitada", "cuenta inactiva",
	"cuenta suspendida", "cuenta bloqueada", "cuenta cancelada",
	"buzon desactivado", "buzon deshabilitado", "buzon no disponible",
	"usuario inactivo", "usuario deshabilitado", "usuario suspendido",
	"conta desativada", "conta inativa", "conta suspensa",
	"conta bloqueada", "conta cancelada", "caixa postal desativada",
	"caixa postal inativa", "usuario inativo", "usuario desativado", NULL
};

static const char *const	policy_words[] = {
	"spam", "policy", "policies", "relaying denied", "relay access denied",
	"relay denied", "relaying not", "relay not", "unable to relay",
	"not permitted to relay", "unsolicited", "blocked", "banned",
	"prohibited", "access denied", "access rejected", "not authorized",
	"unauthorized", "not allowed", "permission denied", "refused by",
	"content rejected", "message content", "virus", "security",
	"complaint", "politica", "no deseado", "no autorizado", "no permitido",
	"bloqueado", "bloqueada", "acceso denegado", "nao autorizado",
	"nao permitido", "acesso negado", NULL
};

static const struct word_row	word_rows[] = {
	{false, REFUSE(POLICY), our_words},
	{true, DEFER(RECIPIENT_RATE), recipient_rate_words},
	{true, DEFER(RATE), rate_words},
	{true, DEFER(GREYLIST), grey_words},
	{false, REFUSE(CONTENT), size_words},
	{true, DEFER_FULL, full_words},
	{false, REFUSE(ADDRESS), unknown_user_words},
	{false, REFUSE(ADDRESS_TWICE), disabled_words},
	{false, REFUSE(POLICY), policy_words}
};

/* --- HTTP -------------------------------------------------------------------------- */

struct http_row {
	int		low, high;	/* both included */
	bool		is_site;	/* counts for the breaker */
	bool		needs_key;	/* without a key: in doubt */
	struct verdict	verdict;
};

#define DOUBT(c)	{OUTCOME_IN_DOUBT, OUTCOME_CLASS_ ## c, 0, 0}

/* The first that fits; 2xx is not here. */
static const struct http_row	http_rows[] = {
	{300, 399, false, false, DEFER_HALT(CONFIG)},
	{401, 401, false, false, DEFER_HALT(CREDENTIALS)},
	{402, 402, false, false, DEFER_HALT(BALANCE)},
	{403, 403, false, false, DEFER_HALT(CREDENTIALS)},
	{407, 407, false, false, DEFER_HALT(CREDENTIALS)},	/* a proxy's */
	{408, 408, true, true, DEFER(ROUTE)},
	{409, 409, false, false, DEFER(UNKNOWN)},	/* the first still runs */
	{413, 413, false, false, REFUSE(CONTENT)},
	{421, 421, true, false, DEFER(ROUTE)},	/* not processed, RFC 9110 */
	{425, 425, false, false, DEFER(UNKNOWN)},
	{429, 429, true, false, DEFER(RATE)},
	{451, 451, false, false, REFUSE(MESSAGE)},
	{400, 499, false, false, REFUSE(BUG)},
	{503, 503, true, true, DEFER(ROUTE)},
	{500, 599, true, false, DOUBT(ROUTE)}
};

/* --- stanzas ------------------------------------------------------------------------ */

static const struct verdict	answer_rows[ANSWER_CLASS_COUNT] = {
	[ANSWER_ACCEPTED] = {OUTCOME_ACCEPTED, OUTCOME_CLASS_NONE, 0, 0},
	[ANSWER_RETRY] = DEFER(UNKNOWN),
	[ANSWER_THROTTLED] = DEFER(RATE),
	[ANSWER_CONFIG] = DEFER_HALT(CONFIG),
	[ANSWER_REJECTED] = REFUSE(MESSAGE),
	[ANSWER_RECIPIENT] = REFUSE(ADDRESS),
	[ANSWER_OPTOUT] = REFUSE(OPTOUT),
	[ANSWER_IN_DOUBT] = DOUBT(UNKNOWN),
	[ANSWER_CREDENTIALS] = DEFER_HALT(CREDENTIALS),
	[ANSWER_BALANCE] = DEFER_HALT(BALANCE),
	[ANSWER_TEMPLATE] = REFUSE(TEMPLATE),
	[ANSWER_RECIPIENT_RATE] = DEFER(RECIPIENT_RATE)
};

#endif
