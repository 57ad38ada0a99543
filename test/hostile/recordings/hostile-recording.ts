// SPDX-License-Identifier: Apache-2.0
/** What hostile recordings are made of. */
import type { Bait } from "../bait.js";

export interface HostileRecording {
	readonly name: string;
	/** Run over a copy of a real recording, as somebody does who has DuckDB. */
	readonly sql?: readonly string[];
	/** What is done to the file then. @returns where it is now, if it was moved */
	place?(path: string, bait: Bait): string | undefined;
	/** A stream to ask of; default: net. */
	readonly stream?: string;
}

export const text = (value: string): string => `'${value.replaceAll("'", "''").replaceAll("\0", "' || chr(0) || '")}'`;

export const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** Our tables, each with a column of text. */
export const tables: Readonly<Record<string, string>> = {
	recording: "host",
	streams: "source",
	counters: "help",
	gaps: "reason",
	marks: "name",
	sampler_stats: "stream",
	trace_strings: "format",
	device_clocks: "stream",
	net: "lo_rx_packets",
};

export const secretIn = (bait: Bait): string => `(SELECT content FROM read_text(${text(`${bait.folder}/secret.txt`)}))`;
