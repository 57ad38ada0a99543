// SPDX-License-Identifier: Apache-2.0
/** Handles names: globs over counter ids, the nearest of a list, identifiers for SQL. */

/** `*` matches any run of characters ('/' too), `?` one character, `[ab]` or `[0-3]` one of a set, `[!ab]` one outside
 *  it, `{a,b}` either. Text that is not a valid pattern, such as `{{a}` or `[3-0]`, matches only itself. */
export function globToRegExp(glob: string): RegExp {
	try {
		return patternOf(glob);
	} catch {
		return new RegExp(`^${literally(glob)}$`, "s");
	}
}

/** A regular expression that matches just this text. */
export const literally = (text: string): string => text.replace(/[.*+?^${}()|\\[\]]/g, "\\$&");

function patternOf(glob: string): RegExp {
	let source = "";
	let depth = 0;
	for (let i = 0; i < glob.length; i++) {
		const c = glob[i]!;
		const close = c === "[" ? glob.indexOf("]", i + 2) : -1;
		if (c === "*") source += ".*";
		else if (c === "?") source += ".";
		else if (close > 0) {
			const set = glob.slice(i + 1, close).replace(/[\\\]]/g, "\\$&");
			source += `[${set.startsWith("!") ? `^${set.slice(1)}` : set}]`;
			i = close;
		} else if (c === "{" && glob.indexOf("}", i) > 0) {
			source += "(?:";
			depth++;
		} else if (c === "}" && depth > 0) {
			source += ")";
			depth--;
		} else if (c === "," && depth > 0) source += "|";
		else source += literally(c);
	}
	return new RegExp(`^${source}$`, "s");
}

function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
		}
		row = next;
	}
	return row[b.length]!;
}

/** The candidate with the smallest edit distance to the name; null when none is near enough to be a typing error. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
	let best: string | null = null;
	let distance = Math.max(2, Math.floor(name.length / 3)) + 1;
	for (const candidate of candidates) {
		const d = editDistance(name.toLowerCase(), candidate.toLowerCase());
		if (d < distance) [best, distance] = [candidate, d];
	}
	return best;
}

/** A plain lower-case SQL identifier: "Eth0.100/rx-bytes" to "eth0_100_rx_bytes". A name that would not start with a
 *  letter gets the prefix. */
export function identifier(text: string, prefix = "c"): string {
	const plain = text
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "_")
		.replace(/^_+|_+$/g, "");
	return /^[a-z]/.test(plain) ? plain : `${prefix}_${plain}`;
}

/** Makes every name different by numbering the later ones: a, a_2, a_3. Order is kept. */
export function distinct(names: readonly string[], taken: Iterable<string> = []): string[] {
	const used = new Set(taken);
	return names.map((name) => {
		let unique = name;
		for (let n = 2; used.has(unique); n++) unique = `${name}_${n}`;
		used.add(unique);
		return unique;
	});
}

/** A name for use in a sentence; a very long one is cut. */
export const shortened = (name: string, max = 120): string => (name.length <= max ? name : `${name.slice(0, max)}...`);

/** The first names of a list in a sentence, and how many more there are. */
export function listed(names: readonly string[], max = 12): string {
	const more = names.length > max ? [`and ${names.length - max} more`] : [];
	return [...names.slice(0, max).map((name) => shortened(name)), ...more].join(", ");
}
