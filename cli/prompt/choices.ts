// SPDX-License-Identifier: Apache-2.0
/** The list that Tab prints when there is more than one candidate. */
import { formatCount } from "../../base/units.js";
import { clip, type Paint } from "../terminal.js";
import type { Completion } from "./complete.js";

/** More lines would push the statement off the screen. */
const LINES = 10;
const BETWEEN = 2;

/** Names in columns, sorted downwards like those of ls. @param width of the screen */
export function listing({ candidates, hint }: Completion, width: number, paint: Paint): string[] {
	const names = candidates.map(({ text, shown }) => clip((shown ?? text).trimEnd(), width - 1));
	const wide = Math.max(...names.map((name) => name.length)) + BETWEEN;
	const across = Math.max(1, Math.floor((width - 1) / wide));
	const down = Math.min(LINES, Math.ceil(names.length / across));
	const lines = Array.from({ length: down }, (_, line) =>
		Array.from({ length: across }, (_, i) => (names[i * down + line] ?? "").padEnd(wide))
			.join("")
			.trimEnd(),
	);
	const left = names.length - down * across;
	return [
		...(hint ? [paint("dim", hint)] : []),
		...lines,
		...(left > 0 ? [paint("dim", `and ${formatCount(left)} more`)] : []),
	];
}
