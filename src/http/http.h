/* SPDX-License-Identifier: ISC */
/*
 * http.h - HTTP requests by libcurl's multi interface on the loop.
 */
#ifndef DUNLIN_HTTP_HTTP_H
#define DUNLIN_HTTP_HTTP_H

#include "base/buf.h"
#include "loop/loop.h"

/* Once before any thread is started; false: libcurl cannot be used. */
bool	http_init(struct err *err) MUST_CHECK;

#endif
