#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the native tests and real sampling under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer.
# Needs gcc, clang and `npm run build`; takes about a minute. Each build has its own folder below build/native,
# because make cannot distinguish the objects of two compilers.
set -euo pipefail
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1

build() { # VARIANT COMPILER
	make -s -j2 -C sampler/native VARIANT="$1" CC="$2" OUT="../../build/native/$1-$2" all tests
}

# Runs the tests that start the real sampler, with this build of it.
sampling() { # BUILD
	COUNTERSINK_SAMPLER="$PWD/build/native/$1/countersink-sampler" timeout 60 node --test --test-concurrency=1 \
		--test-reporter=dot dist/test/sampler/ring.test.js dist/test/sampler/plan.test.js
}

native() { # BUILD PROGRAM ARGUMENTS...
	local said
	said=$(timeout 60 "build/native/$1/$2" "${@:3}" | tail -n 1)
	printf '%s %s: %s\n' "$1" "$2" "${said:-ok}"
}

for build in asan-clang tsan-gcc tsan-clang; do
	build "${build%-*}" "${build#*-}"
	for test in ring_test race_test lane_test follower_test netlink_test allowed_test records_test clock_test; do native $build $test; done
	sampling $build
done
native asan-clang plan_fuzz test/native/plans 30000
native asan-clang plan_fuzz test/native/plans 30000 "$(date +%j)"
native asan-clang mlx5_fuzz 300000
native asan-clang mlx5_fuzz 300000 "$(date +%j)00"

# The simulated card: the tests of its firmware model, and a fuzzer of mailboxes in both directions.
make -s -j2 -C test/device VARIANT=asan CC=clang OUT=../../build/native/asan-clang/device tests
for test in sample_test command_test tracer_test abi_test mailbox_fuzz; do native asan-clang/device $test; done
native asan-clang/device mailbox_fuzz 300000 "$(date +%j)"
