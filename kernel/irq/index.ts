// SPDX-License-Identifier: Apache-2.0
/** Hard interrupts, for each CPU and interrupt. */

import { fields, lines, readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { archHelp } from "./catalogue.js";

const INTERRUPTS = "/proc/interrupts";

/** A row that was parsed. */
interface Row {
	/** The start of the row up to the colon, with leading blanks and the colon. */
	readonly label: string;
	/** It is one number for the whole machine. */
	readonly total: boolean;
	readonly name: string;
	readonly help: string;
	readonly keys: readonly { field: number; text: string }[];
}

/** Characters with a meaning in events become '_'. */
const plain = (text: string): string => text.replace(/[^\w.:+-]+/g, "_");

/**
 * A numbered row ends with two blanks and the names of the devices that share the interrupt; a row that ends in blanks
 * has no devices. They are a part of the counter's name, since the kernel reuses the number after a device has gone,
 * and every read checks them.
 */
function numberedRow(row: string, label: string, id: string): Row {
	const devices = /^.* {2}(\S(?:.*\S)?)$/.exec(row)?.[1] ?? "";
	const count = fields(row).length;
	const words = fields(devices);
	return {
		label,
		total: false,
		name: devices === "" ? id : `${id}_${plain(devices)}`,
		help: devices === "" ? `Interrupt ${id}, which no device has` : `Interrupt ${id}, of ${devices}`,
		keys: words.map((text, i) => ({ field: count - words.length + i, text })),
	};
}

/** null for a row that cannot be parsed. */
function parseRow(row: string, cpus: number): Row | null {
	const [, label, id, about] = new RegExp(`^( *([^\\s:]+):)(?: +\\d+){${cpus}}(?= |$)(.*)$`).exec(row) ?? [];
	if (label === undefined || about === "") {
		const [, label, id] = /^( *([^\s:]+):) +\d+$/.exec(row) ?? [];
		if (label === undefined) return null;
		return { label, total: true, name: id!, help: archHelp[id!] ?? `Interrupts that the row ${id} counts`, keys: [] };
	}
	if (/^\d+$/.test(id!)) return numberedRow(row, label, id!);
	return { label, total: false, name: id!, help: archHelp[id!] ?? about!.trim(), keys: [] };
}

/**
 * A header with the online CPUs, then a row for each interrupt: kernel/irq/proc.c and arch_show_interrupts(). The
 * counts are unsigned int (struct irqstat of include/linux/irqdesc.h, irq_cpustat_t on x86), so they wrap at 32 bits.
 */
export function irqCounters(text: string, path = INTERRUPTS): Counter<TextAt>[] {
	const [header = "", ...rows] = lines(text);
	const cpus = fields(header).map((cpu) => cpu.toLowerCase());
	const headers = [{ line: 0, text: header.trimEnd() }];
	return rows.flatMap((text, i) => {
		const row = parseRow(text, cpus.length);
		if (row === null) return [];
		return (row.total ? [""] : cpus).map((instance, cpu) => ({
			source: "irq",
			instance,
			name: row.name,
			unit: "events" as const,
			semantics: "counter" as const,
			width: 32,
			type: "u64" as const,
			help: `${row.help}${instance === "" ? "" : `; those that ${instance} took`}.`,
			at: { path, line: i + 1, label: row.label, field: cpu + 1, kind: "u64" as const, headers, keys: row.keys },
		}));
	});
}

export const irq: Source<TextAt> = {
	name: "irq",
	summary: "hard interrupts by CPU and interrupt (/proc/interrupts)",
	absence: () =>
		readText(INTERRUPTS) === null ? "/proc/interrupts cannot be read; mount /proc without restrictions" : null,
	list: () => irqCounters(readText(INTERRUPTS) ?? ""),
	plan: (counters) => textReaders(counters),
};
