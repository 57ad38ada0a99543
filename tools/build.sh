#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `npm run build`: builds the sampler into build/ (make, gcc) and TypeScript into dist/ (tsc), as far as they are out
# of date. npm calls it with the word `prepare` after an install. Then an existing build is used if no new one can be
# made.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
compiler=${CC:-gcc}

# Prints one sentence that says what a build lacks on this machine; prints nothing when it lacks nothing.
lacking() {
	if ! command -v tsc >/dev/null; then
		echo "the TypeScript compiler is not installed, as after 'npm install --omit=dev'; run 'npm install' without it"
	elif ! command -v "$compiler" >/dev/null; then
		echo "there is no $compiler; install a C compiler (Debian: apt install gcc make) and run 'npm install' again"
	elif ! command -v make >/dev/null; then
		echo "there is no make; install it (Debian: apt install make) and run 'npm install' again"
	elif ! echo '#include <stdio.h>' | "$compiler" -E - >/dev/null 2>&1; then
		echo "the headers of the C library are missing; install them (Debian: apt install libc6-dev) and run 'npm install' again"
	fi
}

lack=$(lacking)
if [ -n "$lack" ]; then
	if [ "${1:-}" = prepare ] && [ -x dist/cli/main.js ] && [ -x build/native/release/countersink-sampler ]; then
		echo "countersink: not built, the earlier build is used: $lack" >&2
		exit 0
	fi
	echo "countersink: cannot be built: $lack" >&2
	exit 1
fi

make -s -j2 -C sampler/native
tsc -p .
chmod +x dist/cli/main.js
