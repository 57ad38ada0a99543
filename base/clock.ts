// SPDX-License-Identifier: Apache-2.0
/** The kernel's clocks, read together. */
import { call } from "./ffi.js";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;

function read(clock: number): bigint {
	const time = new BigInt64Array(2);
	call("clock_gettime", clock, time);
	return time[0]! * 1_000_000_000n + time[1]!;
}

/** Nanoseconds of CLOCK_MONOTONIC, the clock of all deadlines. */
export const monotonicNow = (): bigint => read(CLOCK_MONOTONIC);

/** One reading of all clocks. window_ns bounds the error: all were read within it. */
export interface ClockAnchor {
	readonly monotonic_ns: bigint;
	readonly realtime_ns: bigint;
	readonly boottime_ns: bigint;
	readonly window_ns: bigint;
}

function readOnce(): ClockAnchor {
	const begin = read(CLOCK_MONOTONIC);
	const realtime_ns = read(CLOCK_REALTIME);
	const boottime_ns = read(CLOCK_BOOTTIME);
	const end = read(CLOCK_MONOTONIC);
	return { monotonic_ns: (begin + end) / 2n, realtime_ns, boottime_ns, window_ns: end - begin };
}

/** The narrowest of five readings. */
export function clockAnchor(): ClockAnchor {
	let best = readOnce();
	for (let i = 0; i < 4; i++) {
		const next = readOnce();
		if (next.window_ns < best.window_ns) best = next;
	}
	return best;
}
