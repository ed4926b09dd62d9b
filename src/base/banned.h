/* SPDX-License-Identifier: ISC */
/*
 * banned.h - calls that have a safer home here; using one does not compile.
 *
 * Included before every file by the build (-include), after the idea in git.
 */
#ifndef DUNLIN_BASE_BANNED_H
#define DUNLIN_BASE_BANNED_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name)	sorry_##name##_is_banned_here

#undef strcpy
#define strcpy(d, s)	BANNED(strcpy)
#undef strcat
#define strcat(d, s)	BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...)	BANNED(sprintf)
#undef vsprintf
#define vsprintf(...)	BANNED(vsprintf)
#undef strtok
#define strtok(s, d)	BANNED(strtok)
#undef atoi
#define atoi(s)		BANNED(atoi)
#undef atol
#define atol(s)		BANNED(atol)
#undef atof
#define atof(s)		BANNED(atof)
#undef localtime
#define localtime(t)	BANNED(localtime)
#undef localtime_r
#define localtime_r(t, r) BANNED(localtime_r)
#undef gmtime
#define gmtime(t)	BANNED(gmtime)
#undef mktime
#define mktime(t)	BANNED(mktime)
#undef time
#define time(t)		BANNED(time)

#endif
