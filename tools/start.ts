// SPDX-License-Identifier: Apache-2.0
/** `npm start`: records this machine for five seconds at 10 kHz with the real command line, then prints what it
 *  found. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bind } from "../ask/bind.js";
import { openSession } from "../ask/open-session.js";
import { rowsOf, type Session } from "../ask/session.js";
import { CountersinkError } from "../base/errors.js";
import { packageFile } from "../base/paths.js";
import { formatCount } from "../base/units.js";
import { table } from "../cli/table.js";
import { infoLines } from "../cli/verbs/info.js";
import { findSource } from "../kernel/registry.js";
import { findPage } from "../queries/library.js";
import { probe } from "../record/cost/probe.js";
import { parseEvent, selectStreams } from "../sampler/selection.js";

const WANTED = [
	["net", "net:*@10kHz"],
	["perf", "perf:*/{context-switches,page-faults}@10kHz"],
	["softirq", "softirq:*@1kHz"],
	["disk", "disk:*@100Hz"],
	["psi", "psi:*_total@100Hz"],
] as const;
const SHOWN = 6;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Says why this user cannot record the source on this machine; null when a trial read succeeds. */
async function absence(name: string, event: string): Promise<string | null> {
	try {
		const absence = findSource(name)?.absence() ?? null;
		if (absence === null) await probe(selectStreams([parseEvent(event)]), 1);
		return absence;
	} catch (error) {
		if (error instanceof CountersinkError) return error.message;
		throw error;
	}
}

async function availableEvents(): Promise<string[]> {
	const events: string[] = [];
	for (const [name, event] of WANTED) {
		const why = await absence(name, event);
		if (why === null) events.push("-e", event);
		else say(`without ${name}: ${why}`);
	}
	return events;
}

async function printMoved(session: Session, stream: string): Promise<void> {
	const { statement } = await bind(findPage("moved"), session, { parameters: { stream }, streams: [] });
	const moved = await rowsOf(session, statement);
	if (moved.length === 0) return;
	const rows = moved
		.slice(0, SHOWN)
		.map((row) => [
			String(row.id),
			formatCount(row.moved as bigint),
			String(row.unit),
			`${formatCount(Number(Number(row.per_s).toPrecision(4)))}/s`,
			`${(100 * Number(row.changed)).toFixed(2)} %`,
		]);
	const columns = [
		{ title: `moved in ${stream}` },
		{ title: "by", right: true },
		{ title: "" },
		{ title: "on average", right: true },
		{ title: "of reads saw a change", right: true },
	];
	say(`\n${table(columns, rows, "  ").join("\n")}`);
}

const folder = mkdtempSync(join(tmpdir(), "countersink-"));
const path = join(folder, "start.duckdb");
try {
	const events = await availableEvents();
	say(`countersink record ${events.map((e) => (e === "-e" ? e : `'${e}'`)).join(" ")} -d 5s`);
	const { status } = spawnSync(
		process.execPath,
		[packageFile("dist/cli/main.js"), "record", ...events, "-d", "5s", "-o", path],
		{
			stdio: "inherit",
		},
	);
	if (status !== 0) process.exit(status ?? 1);
	const session = await openSession([path]);
	const about = await session.account();
	say(`\n${infoLines(about).join("\n")}`);
	for (const { name } of about.streams) await printMoved(session, name);
	await session.close();
	say(
		`\nNext: npx countersink list, npx countersink record -e 'net:*@10kHz' -d 5s -o run.duckdb, npx countersink sql run.duckdb "FROM net LIMIT 5"`,
	);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
