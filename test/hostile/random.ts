// SPDX-License-Identifier: Apache-2.0
/** Chance by seed: the same name gives the same choices on every machine. */

const GOLDEN = 0x9e3779b9;

/** FNV-1a, 32 bits. */
function hash(text: string): number {
	let h = 0x811c9dc5;
	for (const byte of Buffer.from(text)) h = Math.imul(h ^ byte, 0x01000193);
	return h >>> 0;
}

/** SplitMix32. */
export class Random {
	#state: number;

	/** @param seed any text, as the name of a case */
	constructor(seed: string) {
		this.#state = hash(seed);
	}

	/** 0 to 2^32 - 1. */
	word(): number {
		this.#state = (this.#state + GOLDEN) >>> 0;
		let x = this.#state;
		x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
		x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
		return (x ^ (x >>> 15)) >>> 0;
	}

	/** 0 to n - 1; 0 where n is less than 2. */
	below(n: number): number {
		return n < 2 ? 0 : this.word() % n;
	}

	/** Both ends included. */
	between(from: number, to: number): number {
		return from + this.below(to - from + 1);
	}

	chance(share: number): boolean {
		return this.word() < share * 2 ** 32;
	}

	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)]!;
	}

	/** One of them, as often as its weight says. */
	weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T {
		let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
		for (const [weight, value] of list) {
			if (left < weight) return value;
			left -= weight;
		}
		return list[0]![1];
	}

	bytes(n: number): Buffer {
		return Buffer.from(Array.from({ length: n }, () => this.word() & 0xff));
	}
}
