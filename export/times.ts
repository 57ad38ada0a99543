// SPDX-License-Identifier: Apache-2.0
/** Reads moments of a recording as users write them. */
import { usageError } from "../base/errors.js";
import { parseDuration } from "../base/units.js";

const DAY_NS = 86_400_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** "58.25" to nanoseconds. Digits after the ninth are cut off. */
const fractionNs = (digits: string | undefined): bigint => BigInt((digits ?? "").slice(0, 9).padEnd(9, "0"));

/** A time of day in nanoseconds. The seconds may be left out. */
function clockNs(hours: string, minutes: string, seconds: string | undefined, fraction: string | undefined): bigint {
	return (
		BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1_000_000_000n + fractionNs(fraction)
	);
}

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\S+?))?(Z|[+-]\d\d:\d\d)?$/;

function zoneNs(zone: string | undefined): bigint {
	if (zone === undefined || zone === "Z") return 0n;
	const [hours, minutes] = zone.slice(1).split(":");
	return clockNs(hours!, minutes!, undefined, undefined) * (zone.startsWith("-") ? -1n : 1n);
}

function dateNs(text: string): bigint | null {
	const [, date, time, zone] = DATE.exec(text) ?? [];
	if (date === undefined) return null;
	const ms = Date.parse(`${date}T00:00:00Z`);
	const clock = time === undefined ? ["", "0", "0"] : CLOCK.exec(time);
	if (Number.isNaN(ms) || !clock) return null;
	return BigInt(ms) * NS_PER_MS + clockNs(clock[1]!, clock[2]!, clock[3], clock[4]) - zoneNs(zone);
}

/** The next such time of day in UTC, the clock of ts, from the start of the recording on. */
function timeOfDayNs(text: string, started_ns: bigint): bigint | null {
	const clock = CLOCK.exec(text);
	if (!clock) return null;
	const on = started_ns - (started_ns % DAY_NS) + clockNs(clock[1]!, clock[2]!, clock[3], clock[4]);
	/* A user remembers a start to the second. */
	return on + 1_000_000_000n <= started_ns ? on + DAY_NS : on;
}

function offsetNs(text: string, started_ns: bigint): bigint | null {
	if (/^0+(\.0*)?\s*[a-z]*$/.test(text)) return started_ns;
	const offset = parseDuration(text);
	return offset === null ? null : started_ns + BigInt(offset);
}

/** "2.5s" after the start, "09:58:36.8" (UTC), or "2026-11-22T09:58:36.8Z" to nanoseconds since the epoch. @param flag
 *  for the error */
export function parseMoment(text: string, started_ns: bigint, flag: string): bigint {
	const ns = offsetNs(text, started_ns) ?? timeOfDayNs(text, started_ns) ?? dateNs(text);
	if (ns === null)
		throw usageError(
			`'${text}' of ${flag} is not a valid time; write a time after the start as in 2.5s, a time of day in UTC as in 09:58:36.8, or both date and time as in 2026-11-22T09:58:36Z`,
		);
	return ns;
}
