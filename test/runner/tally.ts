// SPDX-License-Identifier: Apache-2.0
/** What became of the tests: how many passed and failed, and which were skipped for which reason. */

/** Files that are named as those that took longest. */
const LONGEST = 12;

export class Tally {
	passed = 0;
	failed = 0;
	readonly #skipped = new Map<string, string[]>();
	/** Seconds by file. */
	readonly #took = new Map<string, number>();

	took(file: string, ms: number): void {
		this.#took.set(file, (this.#took.get(file) ?? 0) + ms / 1000);
	}

	/** Files side by side share the time: it tells which are long. */
	get longest(): string {
		const files = [...this.#took].sort(([, a], [, b]) => b - a).slice(0, LONGEST);
		return files.length === 0 ? "" : `longest: ${files.map(([file, s]) => `${file} ${s.toFixed(0)} s`).join(", ")}\n`;
	}

	skip(name: string, reason: string): void {
		const names = this.#skipped.get(reason);
		if (names) names.push(name);
		else this.#skipped.set(reason, [name]);
	}

	get skipped(): number {
		return [...this.#skipped.values()].reduce((sum, names) => sum + names.length, 0);
	}

	get reasons(): string[] {
		return [...this.#skipped.keys()];
	}

	/** The skipped by reason, then one line that counts. */
	get text(): string {
		const skips = [...this.#skipped].map(
			([reason, names]) => `skipped because ${reason}:\n${names.map((name) => `  ${name}\n`).join("")}`,
		);
		const skipped = this.skipped ? `, ${this.skipped} skipped` : "";
		return `\n${this.longest}${skips.join("")}${this.passed} passed, ${this.failed} failed${skipped}\n`;
	}
}

/** Lines of a file of reasons that are excused; `*` stands for any text, # begins a comment. */
function patterns(text: string): RegExp[] {
	const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
	const source = (line: string): string =>
		line
			.split("*")
			.map((part) => part.replace(/[^\w ]/g, "\\$&"))
			.join(".*");
	return lines.filter((line) => line !== "").map((line) => new RegExp(`^${source(line)}$`));
}

/** Reasons for which tests were skipped though no line of the text excuses it. */
export function unexcused(reasons: readonly string[], text: string): string[] {
	const excused = patterns(text);
	return reasons.filter((reason) => !excused.some((pattern) => pattern.test(reason)));
}
