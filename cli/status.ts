// SPDX-License-Identifier: Apache-2.0
/** The live status line: one line on stderr, redrawn in place, only on a terminal. */
import { throttleTime } from "rxjs";
import { formatCount } from "../base/units.js";
import type { Progress, Recorder } from "../storage/recorder.js";

const REDRAW_MS = 200;

interface Rates {
	readonly at_ns: number;
	readonly ticks: number;
	readonly cpu_ns: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What one line can say: time, ticks a second, late ticks, other gaps, how far the file is behind, the fullest ring, the sampler's share of a core. */
export function statusLine(progress: Progress, before: Rates | null): { line: string; rates: Rates } {
	const { streams, elapsed_ns, sampler_cpu_ns } = progress;
	const rates = { at_ns: elapsed_ns, ticks: sum(streams.map((s) => s.nextTick)), cpu_ns: sampler_cpu_ns };
	const since = before ?? { at_ns: 0, ticks: 0, cpu_ns: 0 };
	const span_ns = Math.max(1, rates.at_ns - since.at_ns);
	const late = sum(streams.map((s) => s.gapTicksByReason.late ?? 0));
	const parts = [
		`${(elapsed_ns / 1e9).toFixed(1)} s`,
		`${formatCount(Math.round(((rates.ticks - since.ticks) * 1e9) / span_ns))} ticks/s`,
		`${formatCount(late)} late`,
		`${formatCount(sum(streams.map((s) => s.gapTicks)) - late)} other gaps`,
		`file ${(Math.max(...streams.map((s) => s.behind_ns)) / 1e9).toFixed(1)} s behind`,
		`ring ${(100 * Math.max(...streams.map((s) => s.fill))).toFixed(0)} %`,
		`sampler ${((100 * (rates.cpu_ns - since.cpu_ns)) / span_ns).toFixed(0)} % of a core`,
	];
	return { line: parts.join("  "), rates };
}

/** Draws until the recording ends, then clears the line. Does nothing when stderr is not a terminal. */
export function showStatus(recorder: Recorder, out: NodeJS.WriteStream = process.stderr): void {
	if (!out.isTTY) return;
	let before: Rates | null = null;
	recorder.progress.pipe(throttleTime(REDRAW_MS)).subscribe({
		next: (progress) => {
			const { line, rates } = statusLine(progress, before);
			before = rates;
			out.write(`\r\x1b[K${line.slice(0, (out.columns ?? 80) - 1)}`);
		},
		complete: () => out.write("\r\x1b[K"),
	});
}
