// SPDX-License-Identifier: Apache-2.0
/**
 * The line of /sys/class/block/DEVICE/stat, as part_stat_show() of block/genhd.c prints it. Kernels before 4.18 have 11
 * fields (no discards), kernels before 5.5 have 15 (no flushes). Requests and sectors are unsigned long (64 bits here).
 * Milliseconds are cut to unsigned int, so they wrap after 49.7 days of I/O time.
 */

import type { TextAt } from "../shared/text/positions.js";
import type { Counter } from "../source.js";

type Field = Pick<Counter, "name" | "unit" | "width" | "help"> & { readonly semantics?: Counter["semantics"] };

const fields: readonly Field[] = [
	{ name: "reads_completed", unit: "requests", width: 64, help: "Reads that completed." },
	{ name: "reads_merged", unit: "requests", width: 64, help: "Reads that were merged into a neighbour while queued." },
	{
		name: "sectors_read",
		unit: "sectors",
		width: 64,
		help: "Sectors of 512 bytes read, whatever the device's block size.",
	},
	{ name: "read_ms", unit: "ms", width: 32, help: "Time that all completed reads took, added up from start to end." },
	{ name: "writes_completed", unit: "requests", width: 64, help: "Writes that completed." },
	{
		name: "writes_merged",
		unit: "requests",
		width: 64,
		help: "Writes that were merged into a neighbour while queued.",
	},
	{
		name: "sectors_written",
		unit: "sectors",
		width: 64,
		help: "Sectors of 512 bytes written, whatever the block size.",
	},
	{ name: "write_ms", unit: "ms", width: 32, help: "Time that all completed writes took, added up from start to end." },
	{
		name: "in_flight",
		unit: "requests",
		width: 64,
		semantics: "gauge",
		help: "Requests started and not yet completed.",
	},
	{
		name: "io_ms",
		unit: "ms",
		width: 32,
		help: "Time with at least one request in flight, in steps of one scheduler tick (1 to 10 ms).",
	},
	{
		name: "queue_ms",
		unit: "ms",
		width: 32,
		help: "Time that all completed requests of every kind took; its rate is the mean number in flight.",
	},
	{ name: "discards_completed", unit: "requests", width: 64, help: "Discards (trims) that completed." },
	{
		name: "discards_merged",
		unit: "requests",
		width: 64,
		help: "Discards that were merged into a neighbour while queued.",
	},
	{ name: "sectors_discarded", unit: "sectors", width: 64, help: "Sectors of 512 bytes discarded." },
	{
		name: "discard_ms",
		unit: "ms",
		width: 32,
		help: "Time that all completed discards took, added up from start to end.",
	},
	{
		name: "flushes_completed",
		unit: "requests",
		width: 64,
		help: "Cache flushes that completed; not counted for partitions.",
	},
	{ name: "flush_ms", unit: "ms", width: 32, help: "Time that all completed cache flushes took." },
];

/** The counters of one device or partition, from the text of its stat file at path. */
export function diskCounters(device: string, path: string, text: string): Counter<TextAt>[] {
	const values = text.trim().split(/\s+/);
	const unused = values.every((value) => value === "0");
	return fields.slice(0, values.length).map(({ semantics = "counter", help, ...field }, index) => ({
		source: "disk",
		instance: device,
		...field,
		semantics,
		type: "u64",
		help: unused ? `${help.slice(0, -1)}; this device has done no I/O since it appeared.` : help,
		at: { path, line: 0, label: "", field: index, kind: "u64" },
	}));
}
