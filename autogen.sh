#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes configure and Makefile.in from a checkout; a release tarball holds them.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force --warnings=all
