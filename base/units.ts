// SPDX-License-Identifier: Apache-2.0
/** Branded quantities. The only casts from plain numbers are in this file. */

declare const unit: unique symbol;

/** A length of time in nanoseconds; whole, exact below 2^53 (104 days). */
export type Nanoseconds = number & { readonly [unit]: "ns" };

export const nanoseconds = (n: number): Nanoseconds => Math.round(n) as Nanoseconds;
export const fromSeconds = (s: number): Nanoseconds => nanoseconds(s * 1e9);

const durationUnits: Record<string, number> = {
	ns: 1,
	us: 1e3,
	µs: 1e3,
	ms: 1e6,
	s: 1e9,
	m: 60e9,
	min: 60e9,
	h: 3600e9,
};
const frequencyUnits: Record<string, number> = { hz: 1, khz: 1e3, mhz: 1e6 };

const split = (text: string): [number, string] | null => {
	const match = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Zµ]+)$/.exec(text.trim());
	return match ? [Number(match[1]), match[2]!] : null;
};

/** "5s", "250ms", "1.5m" to nanoseconds; null when the text is not a duration of at least 1 ns. */
export function parseDuration(text: string): Nanoseconds | null {
	const [value, name] = split(text) ?? [0, ""];
	const ns = Math.round(value * (durationUnits[name] ?? 0));
	return ns >= 1 && Number.isSafeInteger(ns) ? nanoseconds(ns) : null;
}

/** "10kHz", "100us" or "1s" to the period in nanoseconds; null when the text is neither a frequency nor a duration. */
export function parseRate(text: string): Nanoseconds | null {
	const [value, name] = split(text) ?? [0, ""];
	/* mHz is a thousandth of a hertz; otherwise people write khz and MHZ as they like. */
	const hertz = value * (name === "mHz" ? 1e-3 : (frequencyUnits[name.toLowerCase()] ?? 0));
	if (hertz > 0) {
		const ns = Math.round(1e9 / hertz);
		return ns >= 1 && Number.isSafeInteger(ns) ? nanoseconds(ns) : null;
	}
	return parseDuration(text);
}

const trim = (n: number): string => String(Number(n.toPrecision(4)));

/** 100000 to "100 us": four digits at most, for people. */
export function formatDuration(ns: number): string {
	const [scale, name] = ns < 1e3 ? [1, "ns"] : ns < 1e6 ? [1e3, "us"] : ns < 1e9 ? [1e6, "ms"] : ([1e9, "s"] as const);
	return `${trim(ns / scale)} ${name}`;
}

/** A period to its frequency, for people: "10 kHz". */
export function formatRate(period: number): string {
	const hertz = 1e9 / period;
	const [scale, name] = hertz < 1e3 ? [1, "Hz"] : hertz < 1e6 ? [1e3, "kHz"] : ([1e6, "MHz"] as const);
	return `${trim(hertz / scale)} ${name}`;
}

/** All digits of a whole number; of another at most three after the point. */
const digits = (n: number | bigint): string =>
	typeof n === "bigint" || Number.isInteger(n) ? BigInt(n).toString() : String(Number(n.toFixed(3)));

/** A number with its thousands separated by commas; with a noun "1 row" or "2,048 rows". It does not use
 *  toLocaleString(), which first loads the customs of every country: 20 ms of CPU. */
export function formatCount(n: number | bigint, noun = ""): string {
	const [whole = "", fraction] = digits(n).split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction === undefined ? "" : `.${fraction}`);
	return grouped + (noun && ` ${noun}${Number(n) === 1 ? "" : "s"}`);
}

const byteUnits: Record<string, number> = { b: 1 };
for (const [i, letter] of [..."kmgt"].entries()) {
	byteUnits[`${letter}b`] = 1000 ** (i + 1);
	byteUnits[`${letter}ib`] = 1024 ** (i + 1);
}

/** "512MB", "4 GiB" to bytes; null when the text is not a number of bytes. */
export function parseBytes(text: string): number | null {
	const [value, name] = split(text) ?? [0, ""];
	const bytes = Math.round(value * (byteUnits[name.toLowerCase()] ?? 0));
	return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** 1536 to "1.5 KiB". */
export function formatBytes(bytes: number): string {
	const names = ["B", "KiB", "MiB", "GiB", "TiB"];
	const step = Math.min(names.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
	return `${trim(bytes / 1024 ** step)} ${names[step]}`;
}

/** A part of a whole for people: "1.25 %", three digits at most. A part of nothing is 0 %. */
export const formatShare = (part: number, whole = 1): string =>
	`${whole === 0 ? 0 : Number(((100 * part) / whole).toPrecision(3))} %`;

/** 1234567 to "1.235 M": four digits at most, for people. With a unit after it this reads "1.235 MB/s". */
export function formatQuantity(n: number): string {
	const size = Math.abs(n);
	if (size !== 0 && size < 1e-3) return n.toExponential(2);
	const names = ["", " k", " M", " G", " T", " P", " E"];
	const step = size < 1e4 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(size) / 3));
	return `${trim(n / 1000 ** step)}${names[step]}`;
}
