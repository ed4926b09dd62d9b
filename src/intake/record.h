/* SPDX-License-Identifier: ISC */
/*
 * record.h - a row's cells, checked and turned into records.
 */
#ifndef DUNLIN_INTAKE_RECORD_H
#define DUNLIN_INTAKE_RECORD_H

#include "intake/plan.h"

struct record_maker {
	const struct plan	*plan;
	const struct creditor	*creditor;
	struct zones		*zones;
	const struct zone	*zone;		/* the creditor's */
	struct arena		*arena;		/* of the row's texts */
	struct buf		 scratch;
	const struct intake_row	*row;
	const char		*field;		/* what is being read */
	/* Rows of one invoice that follow one another are its instalments. */
	struct buf		 last_ref;
	int			 last_number;
	int64_t			 last_amount;
	int32_t			 last_due;
};

/*
 * The records of a row, customers first; texts are lent until the next call.
 * False: ERR_INPUT, the row is rejected, maker->field and err say why;
 * ERR_SYSTEM memory.
 */
bool	record_make(struct record_maker *maker, const struct intake_row *row,
	    struct store_record records[static STORE_REC_KINDS],
	    size_t *count_out, struct err *err) MUST_CHECK;
void	record_maker_fini(struct record_maker *maker);

#endif
