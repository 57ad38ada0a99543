// SPDX-License-Identifier: Apache-2.0
/**
 * A program that uses the library in every way at once, and looks at itself before, meanwhile and afterwards. It writes
 * what it saw into the file `report` of the folder that it is given, nothing to its standard streams, and does not end
 * itself.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { open, record, sample, sources } from "../../library/index.js";

export interface Look {
	readonly signals: number;
	readonly events: readonly (string | symbol)[];
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly affinity: Readonly<Record<string, string>>;
	readonly priorities: Readonly<Record<string, string>>;
}

export interface Report {
	readonly before: Look;
	readonly meanwhile: Look;
	readonly after: Look;
}

const threads = (): string[] => readdirSync("/proc/self/task");

/** Threads that were there when this program had just started. */
const ours = threads();

function fieldsOf(read: (thread: string) => string): Record<string, string> {
	return Object.fromEntries(
		ours.filter((thread) => threads().includes(thread)).map((thread) => [thread, read(thread)]),
	);
}

const affinityOf = (thread: string): string =>
	/^Cpus_allowed:\s*(\S+)/m.exec(readFileSync(`/proc/self/task/${thread}/status`, "utf8"))![1]!;

/** The 19th field of stat (proc(5)). */
const niceOf = (thread: string): string =>
	readFileSync(`/proc/self/task/${thread}/stat`, "utf8")
		.replace(/^.*\) /, "")
		.split(" ")[16]!;

const look = (): Look => ({
	signals: Object.keys(constants.signals).reduce((sum, name) => sum + process.listenerCount(name), 0),
	events: process.eventNames().filter((name) => process.listenerCount(name) > 0),
	environment: { ...process.env },
	affinity: fieldsOf(affinityOf),
	priorities: fieldsOf(niceOf),
});

const folder = process.argv[2]!;
const before = look();
sources();
const paths = [join(folder, "a.duckdb"), join(folder, "b.duckdb")] as const;
const recordings = await Promise.all([
	record("synthetic:0/*@1kHz", { path: paths[0] }),
	record(["synthetic:0/*@1kHz", "net:*@100Hz"], { path: paths[1], duration: "1s", command: ["true"] }),
]);
const sampled = ["synthetic:1/*@1kHz", "cpu:*@100Hz"].map(
	(event) =>
		new Promise<void>((resolve, reject) =>
			sample(event, { duration: "500ms" }).subscribe({ complete: resolve, error: reject }),
		),
);
await sleep(200);
const live = await open(paths[0]);
await live.sql("SELECT count(*) FROM synthetic");
await live.close();
const meanwhile = look();
await Promise.all([recordings[0].stop(), recordings[1].summary, ...sampled]);
const failed = await record("synthetic:0/*", { path: paths[0], command: ["nonesuch-command"] }).catch((error) => error);
const asked = await open(paths);
await asked.query("completeness");
await asked.compare(paths[1]);
/* More than fits into its memory is put aside in a folder of its own. */
await asked.sql("SELECT count(*) FROM (SELECT DISTINCT range FROM range(100000))");
await asked.close();
const report: Report = { before, meanwhile, after: look() };
writeFileSync(join(folder, "report"), JSON.stringify({ ...report, failed: String(failed.message) }));
