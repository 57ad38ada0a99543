// SPDX-License-Identifier: Apache-2.0
/** Reads the log-linear histograms of native/histogram.h: nanoseconds, 128 buckets an octave, quantiles within 0.4
 *  %. */
import { layout } from "./layout.gen.js";

export const histogramKinds = ["lateness", "period", "read"] as const;
export type HistogramKind = (typeof histogramKinds)[number];

const SUB = layout.HISTOGRAM_SUB;

/** The middle of a bucket, in ns. */
export function bucketMiddle(bucket: number): number {
	if (bucket < SUB) return bucket;
	const width = 2 ** (Math.floor(bucket / SUB) - 1);
	return (SUB + (bucket % SUB)) * width + Math.floor(width / 2);
}

export interface Distribution {
	readonly count: number;
	readonly mean_ns: number;
	readonly p50_ns: number;
	readonly p90_ns: number;
	readonly p99_ns: number;
	readonly p999_ns: number;
	readonly max_ns: number;
}

/** Reads a histogram while its writer adds to it, so counts may differ by the values that are added meanwhile. */
export function readDistribution(ring: ArrayBuffer, kind: HistogramKind): Distribution {
	const offset = layout.RING_HISTOGRAMS + histogramKinds.indexOf(kind) * layout.HISTOGRAM_BYTES;
	const words = new BigUint64Array(ring, offset, layout.HISTOGRAM_BYTES / 8);
	const buckets = Array.from(words.subarray(3), Number);
	const count = buckets.reduce((sum, n) => sum + n, 0);
	const max_ns = Number(words[2]);
	const quantile = (q: number): number => {
		let left = Math.ceil(q * count);
		const bucket = buckets.findIndex((n) => {
			left -= n;
			return left <= 0;
		});
		return Math.min(bucketMiddle(bucket), max_ns);
	};
	if (count === 0) return { count, mean_ns: 0, p50_ns: 0, p90_ns: 0, p99_ns: 0, p999_ns: 0, max_ns: 0 };
	return {
		count,
		mean_ns: Number(words[1]) / count,
		p50_ns: quantile(0.5),
		p90_ns: quantile(0.9),
		p99_ns: quantile(0.99),
		p999_ns: quantile(0.999),
		max_ns,
	};
}
