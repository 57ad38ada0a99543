// SPDX-License-Identifier: Apache-2.0
/** Prints docs/reference.md: every command from its --help, every counter from the catalogues with recorded
 *  fixtures. */
import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { packageFile } from "../base/paths.js";
import { program } from "../cli/program.js";
import { cgroupCounters } from "../kernel/cgroup/catalogue.js";
import { cpuCounters } from "../kernel/cpu/index.js";
import { diskCounters } from "../kernel/disk/catalogue.js";
import { linkCounters } from "../kernel/net/catalogue.js";
import { hardwareEvents, softwareEvents } from "../kernel/perf/catalogue.js";
import { sources } from "../kernel/registry.js";
import { pressureCounters } from "../kernel/shared/pressure.js";
import { namedLines, pairedLines, socketLines } from "../kernel/snmp/catalogue.js";
import { softirqCounters, softnetCounters } from "../kernel/softirq/index.js";
import type { Counter } from "../kernel/source.js";
import { synthetic } from "../kernel/synthetic/index.js";
import { meminfoCounters, vmstatCounters } from "../kernel/vm/index.js";

type Described = Pick<Counter, "name" | "unit" | "semantics" | "width" | "help">;
type Group = { readonly ids: string; readonly counters: readonly Described[] };

const fixture = (source: string, file: string): string =>
	readFileSync(packageFile(`kernel/${source}/fixtures/${file}`), "utf8");

const first = (counters: readonly Counter[], instance: string): Counter[] =>
	counters.filter((c) => c.instance === instance);

function cgroupGroup(): Described[] {
	const files = readdirSync(packageFile("kernel/cgroup/fixtures")).filter((file) => file !== "mountinfo");
	const counters = files.flatMap((file) =>
		cgroupCounters({
			instance: "/a",
			file: file.replace(/\.v1$/, ""),
			path: file,
			text: fixture("cgroup", file),
			deviceName: () => "DEVICE",
		}),
	);
	return [...new Map(counters.map((c) => [c.name, c])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** For each source the form of its ids and its counters, as on the machine where the fixtures were recorded. */
const groups: Record<string, () => Group[]> = {
	net: () => [
		{ ids: "net:INTERFACE/NAME", counters: linkCounters.map((c) => ({ ...c, semantics: "counter", width: 64 })) },
	],
	softirq: () => {
		const softirqs = first(softirqCounters(fixture("softirq", "softirqs.txt")), "cpu0");
		const softnet = first(softnetCounters(fixture("softirq", "softnet-15-columns.txt"), [0, 1]), "cpu0");
		return [{ ids: "softirq:cpuN/NAME", counters: [...softirqs, ...softnet] }];
	},
	cpu: () => {
		const counters = cpuCounters(fixture("cpu", "eight-times.txt"));
		return [
			{ ids: "cpu:total/NAME and cpu:cpuN/NAME", counters: first(counters, "total") },
			{ ids: "cpu:NAME", counters: first(counters, "") },
		];
	},
	vm: () => [
		{ ids: "vm:NAME", counters: vmstatCounters(fixture("vm", "vmstat.txt")) },
		{ ids: "vm:meminfo/NAME", counters: meminfoCounters(fixture("vm", "meminfo.txt")) },
	],
	disk: () => [{ ids: "disk:DEVICE/NAME", counters: diskCounters("DEVICE", "stat", fixture("disk", "vda.stat")) }],
	psi: () => [
		{
			ids: "psi:cpu/NAME, psi:memory/NAME, psi:io/NAME, psi:irq/NAME",
			counters: pressureCounters(
				{ source: "psi", instance: "cpu", resource: "cpu", path: "cpu" },
				fixture("psi", "cpu"),
			),
		},
	],
	snmp: () => [
		{
			ids: "snmp:PROTOCOL/NAME",
			counters: [
				...pairedLines("snmp", fixture("snmp", "snmp")),
				...pairedLines("netstat", fixture("snmp", "netstat")),
				...namedLines("snmp6", fixture("snmp", "snmp6")),
				...socketLines("sockstat", fixture("snmp", "sockstat")),
				...socketLines("sockstat6", fixture("snmp", "sockstat6")),
			].map((c) => ({ ...c, name: `${c.instance}/${c.name}` })),
		},
	],
	cgroup: () => [{ ids: "cgroup:PATH/NAME", counters: cgroupGroup() }],
	perf: () => [
		{
			ids: "perf:cpuN/NAME and perf:pidN/NAME",
			counters: [...softwareEvents, ...hardwareEvents].map((e) => ({ ...e, width: 64 })),
		},
	],
	synthetic: () => [{ ids: "synthetic:N/NAME", counters: first(synthetic.list(), "0") }],
};

/** Sources whose names depend on the machine. */
const named: Record<string, string> = {
	ethtool: "`ethtool:INTERFACE/NAME`: whatever the driver reports; `countersink list 'ethtool:*'` shows it.",
	irq: "`irq:cpuN/NAME`: the rows of /proc/interrupts of the machine; `countersink list 'irq:*'` shows them.",
	perf: "Besides these: tracepoints (`perf:cpuN/sched:sched_switch`), events of the machine's PMUs (`perf:cpuN/msr/tsc/`) and raw events.",
	file: "`file:/path`: any file that holds a number; globs are expanded.",
};

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function groupText({ ids, counters }: Group): string {
	const rows = counters.map((c) => `| ${cell(c.name)} | ${c.unit} | ${c.semantics} | ${c.width} | ${cell(c.help)} |`);
	return [`\`${ids}\``, "", "| name | unit | kind | bits | help |", "| --- | --- | --- | --- | --- |", ...rows].join(
		"\n",
	);
}

function sourceText(name: string, summary: string): string {
	const parts = [
		`### ${name}`,
		`${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
		...(groups[name]?.() ?? []).map(groupText),
	];
	if (named[name]) parts.push(named[name]);
	return parts.join("\n\n");
}

function commandText(command: Command): string {
	command.configureHelp({ helpWidth: 100 }).configureOutput({ getOutHelpWidth: () => 100 });
	let text = "";
	command.configureOutput({
		writeOut: (chunk) => {
			text += chunk;
		},
	});
	command.outputHelp();
	return `### ${command.name()}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``;
}

const root = await program();

export function reference(): string {
	return [
		"# Reference",
		"Printed by `npm run gen` from the program itself: do not edit.",
		"## Commands",
		...root.commands.map((command) => commandText(command as Command)),
		"## Counters",
		"As the catalogues describe them, on the recorded fixtures of `kernel/*/fixtures`. `countersink list` shows those of your machine.",
		...sources.map((source) => sourceText(source.name, source.summary)),
		"",
	].join("\n\n");
}
