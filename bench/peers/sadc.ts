// SPDX-License-Identifier: Apache-2.0
/** sysstat's sadc, which takes whole seconds and chooses its counters itself. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { sum } from "../statistics.js";
import type { Output, Peer } from "./peer.js";
import { notUnpacked, outputOf, run, unpacked } from "./programs.js";

const sadcPath = "usr/lib/sysstat/sadc";
const sadf = (...words: string[]): string => outputOf(unpacked("usr/bin/sadf"), words, { ...process.env, LC_ALL: "C" });

/** Values in a sample, from what `sadf -H FILE` says of each activity: its items, and its fields of three sizes. */
export function valuesPerSample(header: string): number {
	const activities = [...header.matchAll(/^\d+: \[\w+\] A_\w+\s+[YN]:\s*(\d+)\s+\((\d+),(\d+),(\d+)\)/gm)];
	return sum(activities.map(([, items, ...fields]) => Number(items) * sum(fields.map(Number))));
}

/** @param lines what `sadf -d FILE` printed for an activity with one item: one line for each two samples that follow
 *  each other */
export function samples(lines: string): number {
	const intervals = lines.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
	return intervals === 0 ? 0 : intervals + 1;
}

export function parseSadc(header: string, lines: string): Pick<Output, "delivered" | "counters" | "values"> {
	const [delivered, counters] = [samples(lines), valuesPerSample(header)];
	return { delivered, counters, values: delivered * counters };
}

/** The first line of what sadc answers, without the path of the program. */
const answerTo = (interval: string, folder: string): string =>
	outputOf(unpacked(sadcPath), [interval, "2", join(folder, "refused")])
		.split("\n")[0]!
		.replace(unpacked(sadcPath), "sadc");

export const sadc: Peer = {
	tool: "sysstat: sadc",
	subject: "proc",
	rates_hz: [1, 10],
	absence: () => notUnpacked(sadcPath),
	version: () => /[\d.]+/.exec(outputOf(unpacked(sadcPath), ["-V"]))?.[0] ?? "unknown",
	refusal: (rate_hz) =>
		rate_hz === 1
			? null
			: `It takes whole seconds only; asked for ${1 / rate_hz} s it prints "${answerTo(`${1 / rate_hz}`, "/nonexistent")}"`,
	async start({ seconds, folder }) {
		const file = join(folder, "sadc");
		const program = run(unpacked(sadcPath), ["1", `${seconds}`, file]);
		return {
			pids: [program.child.pid!],
			ended: program.ended,
			stop: async () => {},
			output: () => ({
				...parseSadc(sadf("-H", file), sadf("-d", file, "--", "-w")),
				bytes: statSync(file).size,
				says: program.said().trim() || null,
			}),
		};
	},
};
