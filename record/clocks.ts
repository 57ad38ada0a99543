// SPDX-License-Identifier: Apache-2.0
/** Reads the clocks of the machine while a recording runs: an anchor about once a second, and whether the machine was
 *  suspended. */
import { clockAnchor } from "../base/clock.js";
import type { Anchor } from "./sink.js";

const ANCHOR_NS = 1_000_000_000n;
/** CLOCK_MONOTONIC stops while the machine is suspended, and CLOCK_BOOTTIME does not. A smaller difference is an error
 *  of the reading. */
const SUSPENDED_NS = 1_000_000n;

export interface ClockReading {
	/** Wall time of the recording. */
	readonly ts: bigint;
	/** null: the last anchor is less than a second old. */
	readonly anchor: Anchor | null;
	/** How long the machine was suspended since the last reading. */
	readonly suspended_ns: bigint;
}

export class Clocks {
	readonly #wallOffset_ns: bigint;
	#anchoredAt = 0n;
	/** CLOCK_BOOTTIME - CLOCK_MONOTONIC; null before the first reading. */
	#suspended: bigint | null = null;

	constructor(wallOffset_ns: bigint) {
		this.#wallOffset_ns = wallOffset_ns;
	}

	read(): ClockReading {
		const { monotonic_ns, realtime_ns, boottime_ns, window_ns } = clockAnchor();
		const ts = monotonic_ns + this.#wallOffset_ns;
		const suspended = boottime_ns - monotonic_ns;
		const longer = this.#suspended === null ? 0n : suspended - this.#suspended;
		this.#suspended = suspended;
		const due = monotonic_ns - this.#anchoredAt >= ANCHOR_NS;
		if (due) this.#anchoredAt = monotonic_ns;
		return {
			ts,
			anchor: due ? { ts, monotonic_ns, realtime_ns, boottime_ns, window_ns } : null,
			suspended_ns: longer > SUSPENDED_NS ? longer : 0n,
		};
	}
}
