// SPDX-License-Identifier: Apache-2.0
/**
 * Which period and ring to ask of a card, and how often to empty the ring: rules and arithmetic, without a card.
 *
 * The ring holds 2^logMaxSamples values, and n counters share it: 2^logSamples samples of n values each must fit. A
 * period is 2^logPeriod device clocks.
 */
import { usageError } from "../../../base/errors.js";
import { formatCount, formatDuration } from "../../../base/units.js";
import type { Capabilities } from "../card/card-capabilities.js";
import { firmware } from "../transport/firmware.gen.js";

export const modes = ["repetitive", "single", "on_demand"] as const;
/** repetitive: the card samples without end. single: until its ring is full. on_demand: whenever it is asked. */
export type Mode = (typeof modes)[number];

/** The firmware takes periods up to 2^35 clocks, but time stamps have 32 bits and must not wrap between two samples. */
const MAX_LOG_PERIOD = 31;
/** A ring is emptied when a third of it is new, so the loop may be late by two thirds. */
export const SAFETY = 3;
/** How long a command takes that empties a ring: measured by others on a BlueField-3 (docs/devices.md). */
export const COMMAND_NS = 64_000;
/** Eight commands: drains closer together would leave the loop and the firmware's command queue no time. */
export const SHORTEST_DRAIN_NS = 8 * COMMAND_NS;
/** Rows come at least this often, so that a recording can be watched. */
const LONGEST_DRAIN_NS = 100e6;
/** Share of the time between two drains that commands may take. */
const MAX_BUSY = 1 / 2;

/** Sample ids and time stamps wrap; samples must be read before half of that has passed. */
const UNWRAPPABLE_SAMPLES = 2 ** 15;
const UNWRAPPABLE_CLOCKS = 2 ** 31;

/** num_of_samples has 16 bits. */
const MAX_SAMPLES = 65_535;

export const clocksToNs = (clocks: number, { frequency_khz }: Pick<Capabilities, "frequency_khz">): number =>
	(clocks * 1e6) / frequency_khz;

/** Periods are powers of two, and clocks often run at a power of ten: 1.024 us is what people mean by 1 us. */
const GRACE = 1.05;

/** The longest period that is not above the asked one, within 5 %. Throws for a period that the card cannot keep. */
export function chooseLogPeriod(period_ns: number, capabilities: Capabilities): number {
	const clocks = (period_ns * capabilities.frequency_khz) / 1e6;
	const log = Math.floor(Math.log2(clocks * GRACE));
	if (log < capabilities.logMinPeriod)
		throw usageError(
			`a period of ${formatDuration(period_ns)} is shorter than the device's shortest, ${formatDuration(clocksToNs(2 ** capabilities.logMinPeriod, capabilities))} (2^${capabilities.logMinPeriod} clocks at ${formatCount(capabilities.frequency_khz)} kHz); ask for a longer one`,
		);
	if (log > MAX_LOG_PERIOD)
		throw usageError(
			`a period of ${formatDuration(period_ns)} is too long for the device, whose 32-bit time stamps wrap every ${formatDuration(clocksToNs(2 ** 32, capabilities))}; ask for at most ${formatDuration(clocksToNs(2 ** MAX_LOG_PERIOD, capabilities))}`,
		);
	return log;
}

/** The log2 of how many samples fit: floor(log2(ring / counters)). Throws when not even one fits. */
export function chooseLogSamples(counters: number, { logMaxSamples }: Pick<Capabilities, "logMaxSamples">): number {
	const log = logMaxSamples - Math.ceil(Math.log2(counters));
	if (log >= 0) return log;
	throw usageError(
		`${formatCount(counters)} counters are more than the device's ring of ${formatCount(2 ** logMaxSamples)} values holds; narrow the glob`,
	);
}

export interface Ring {
	readonly counters: number;
	/** Room for 2^n samples. */
	readonly logSamples: number;
	/** Device clocks between two samples: 2^n. */
	readonly logPeriod: number;
	/** The period that the card grants. */
	readonly period_ns: number;
	/** Period between two drains. */
	readonly drain_ns: number;
	/** How many samples one command can answer with. */
	readonly samplesPerCommand: number;
}

/** The figures that explain a refusal, in one line. */
const arithmetic = (counters: number, logSamples: number, period_ns: number): string =>
	`${formatCount(counters)} counters leave room for 2^${logSamples} = ${formatCount(2 ** logSamples)} samples, at ${formatDuration(period_ns)} that is ${formatDuration(2 ** logSamples * period_ns)}`;

function drainPeriod(counters: number, logSamples: number, period_ns: number, clock_ns: number): number {
	const ring_ns = 2 ** logSamples * period_ns;
	const unwrappable_ns = Math.min(UNWRAPPABLE_SAMPLES * period_ns, UNWRAPPABLE_CLOCKS * clock_ns);
	const drain_ns = Math.min(ring_ns / SAFETY, unwrappable_ns, Math.max(LONGEST_DRAIN_NS, period_ns));
	if (drain_ns >= SHORTEST_DRAIN_NS) return drain_ns;
	const least_ns = clock_ns * 2 ** Math.ceil(Math.log2((SHORTEST_DRAIN_NS * SAFETY) / 2 ** logSamples / clock_ns));
	throw usageError(
		`the device's ring would overrun: ${arithmetic(counters, logSamples, period_ns)}; emptied in thirds every ${formatDuration(drain_ns)}, with commands that take ${formatDuration(COMMAND_NS)}, no drain period keeps up (the shortest is ${formatDuration(SHORTEST_DRAIN_NS)}); ask for fewer counters or for a period of ${formatDuration(least_ns)} or more`,
	);
}

/** Throws when the commands of one drain take more than half of the time until the next. */
function checkCommands(ring: Ring): void {
	const samples = Math.ceil(ring.drain_ns / ring.period_ns);
	const commands = Math.ceil(samples / ring.samplesPerCommand);
	const busy_ns = commands * COMMAND_NS;
	if (busy_ns > ring.drain_ns * MAX_BUSY)
		throw usageError(
			`the device's ring would overrun: ${arithmetic(ring.counters, ring.logSamples, ring.period_ns)}; a drain every ${formatDuration(ring.drain_ns)} is ${formatCount(samples)} samples in ${formatCount(commands)} commands of at most ${formatCount(ring.samplesPerCommand)}, which take ${formatDuration(busy_ns)}; ask for fewer counters or a longer period`,
		);
}

export interface Size {
	readonly counters: number;
	readonly logSamples: number;
	readonly logPeriod: number;
	/** The largest mailbox of the driver. */
	readonly maxBytes: number;
	readonly mode: Mode;
}

/** A ring that is filled once is not overwritten, so it need not be emptied in time. */
const singleDrainPeriod = (logSamples: number, period_ns: number): number =>
	Math.max(SHORTEST_DRAIN_NS, Math.min((2 ** logSamples * period_ns) / SAFETY, Math.max(LONGEST_DRAIN_NS, period_ns)));

/** How to empty a ring of this size. Throws, with the figures, when no drain period keeps up. */
export function planRing(size: Size, capabilities: Pick<Capabilities, "frequency_khz">): Ring {
	const { counters, logSamples, logPeriod, maxBytes, mode } = size;
	const period_ns = clocksToNs(2 ** logPeriod, capabilities);
	const samplesPerCommand = Math.min(
		MAX_SAMPLES,
		2 ** logSamples,
		Math.floor((maxBytes - firmware.RECORDS_START) / (counters * firmware.RECORD_BYTES)),
	);
	const drain_ns =
		mode === "single"
			? singleDrainPeriod(logSamples, period_ns)
			: drainPeriod(counters, logSamples, period_ns, clocksToNs(1, capabilities));
	const ring = { counters, logSamples, logPeriod, period_ns, drain_ns: Math.round(drain_ns), samplesPerCommand };
	if (mode !== "single") checkCommands(ring);
	return ring;
}
