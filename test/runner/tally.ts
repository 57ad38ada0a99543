// SPDX-License-Identifier: Apache-2.0
/** Counts the tests: how many passed and failed, and which were skipped for which reason. */

/** Number of files that are named as those that took longest. */
const MAX_SLOW = 12;

export class Tally {
	passed = 0;
	failed = 0;
	readonly #skipped = new Map<string, string[]>();
	/** Seconds by file. */
	readonly #took = new Map<string, number>();

	took(file: string, ms: number): void {
		this.#took.set(file, (this.#took.get(file) ?? 0) + ms / 1000);
	}

	/** The slowest files. Files side by side share the time, but it still tells which are slow. */
	get longest(): string {
		const files = [...this.#took].sort(([, a], [, b]) => b - a).slice(0, MAX_SLOW);
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

	/** The skipped tests by reason, then one line with the counts. */
	get text(): string {
		const skips = [...this.#skipped].map(
			([reason, names]) => `skipped because ${reason}:\n${names.map((name) => `  ${name}\n`).join("")}`,
		);
		const skipped = this.skipped ? `, ${this.skipped} skipped` : "";
		return `\n${this.longest}${skips.join("")}${this.passed} passed, ${this.failed} failed${skipped}\n`;
	}
}

/** Lines of a file with excused reasons. `*` stands for any text, # starts a comment. */
function patterns(text: string): RegExp[] {
	const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
	const source = (line: string): string =>
		line
			.split("*")
			.map((part) => part.replace(/[^\w ]/g, "\\$&"))
			.join(".*");
	return lines.filter((line) => line !== "").map((line) => new RegExp(`^${source(line)}$`));
}

/** Reasons for which tests were skipped and which no line of the text excuses. */
export function unexcused(reasons: readonly string[], text: string): string[] {
	const excused = patterns(text);
	return reasons.filter((reason) => !excused.some((pattern) => pattern.test(reason)));
}
