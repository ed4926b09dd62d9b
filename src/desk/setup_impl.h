/* SPDX-License-Identifier: ISC */
/*
 * setup_impl.h - rows of the sections that desk itself reads.
 */
#ifndef DUNLIN_DESK_SETUP_IMPL_H
#define DUNLIN_DESK_SETUP_IMPL_H

#include "desk/setup.h"

extern const struct conf_row	setup_store_rows[];
extern const struct conf_row	setup_service_rows[];
extern const struct conf_row	setup_templates_rows[];
extern const struct conf_row	setup_staff_rows[];

#endif
