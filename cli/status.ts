// SPDX-License-Identifier: Apache-2.0
/** The live status line: one line on stderr that is redrawn in place, on a terminal only. */
import { formatCount } from "../base/units.js";
import type { Progress, RunningRecording } from "../library/running-recording.js";
import { clip, lineWidth, type Output } from "./terminal.js";

const REDRAW_MS = 200;
const BAR = 12;

interface Rates {
	readonly at_ns: number;
	readonly ticks: number;
	readonly cpu_ns: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The time so far, with a bar where the duration is known. */
function clock(elapsed_ns: number, duration_ns: number | null): string {
	const elapsed = (elapsed_ns / 1e9).toFixed(1);
	if (duration_ns === null) return `${elapsed} s`;
	const filled = Math.min(BAR, Math.round((BAR * elapsed_ns) / duration_ns));
	return `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${elapsed} of ${(duration_ns / 1e9).toFixed(1)} s`;
}

/** The text of the line: time, ticks per second, late ticks, other gaps, how far the file lags behind, the fullest
 *  ring, and the sampler's share of a core. */
export function statusLine(
	progress: Progress,
	before: Rates | null,
	duration_ns: number | null,
): { line: string; rates: Rates } {
	const { streams, elapsed_ns, sampler_cpu_ns } = progress;
	const rates = { at_ns: elapsed_ns, ticks: sum(streams.map((s) => s.nextTick)), cpu_ns: sampler_cpu_ns };
	const since = before ?? { at_ns: 0, ticks: 0, cpu_ns: 0 };
	const span_ns = Math.max(1, rates.at_ns - since.at_ns);
	const late = sum(streams.map((s) => s.gapTicksByReason.late ?? 0));
	const parts = [
		clock(elapsed_ns, duration_ns),
		`${formatCount(Math.round(((rates.ticks - since.ticks) * 1e9) / span_ns))} ticks/s`,
		`${formatCount(late)} late`,
		formatCount(sum(streams.map((s) => s.gapTicks)) - late, "other gap"),
		`file ${(Math.max(...streams.map((s) => s.behind_ns)) / 1e9).toFixed(1)} s behind`,
		`ring ${(100 * Math.max(...streams.map((s) => s.fill))).toFixed(0)} %`,
		`sampler ${((100 * (rates.cpu_ns - since.cpu_ns)) / span_ns).toFixed(0)} % of a core`,
	];
	return { line: parts.join("  "), rates };
}

/** One line that says what is being done. It shows nothing where stderr is not a terminal. */
export class Status {
	readonly #out: Output;

	constructor(out: Output = process.stderr) {
		this.#out = out;
	}

	say(line: string): void {
		if (this.#out.isTTY) this.#out.write(`\r\x1b[K${clip(line, lineWidth(this.#out) - 1)}`);
	}

	clear(): void {
		if (this.#out.isTTY) this.#out.write("\r\x1b[K");
	}

	/** Draws the progress of a recording until it ends. @param duration_ns null where it is not known */
	follow({ progress: reports }: RunningRecording, duration_ns: number | null): void {
		let before: Rates | null = null;
		let drawn = Number.NEGATIVE_INFINITY;
		reports.subscribe((progress) => {
			if (performance.now() - drawn < REDRAW_MS) return;
			drawn = performance.now();
			const { line, rates } = statusLine(progress, before, duration_ns);
			before = rates;
			this.say(line);
		});
	}
}
