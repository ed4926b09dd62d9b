/* SPDX-License-Identifier: ISC */
/*
 * test.h - cmocka with what it needs before it.
 */
#ifndef DUNLIN_SUPPORT_TEST_H
#define DUNLIN_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST_COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#endif
