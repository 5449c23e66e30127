#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Build tests/unit/test_move_pages.c on the host and run it.
exec "$(dirname "$0")/with-paging" test_move_pages "$@"
