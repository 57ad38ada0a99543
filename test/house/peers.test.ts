// SPDX-License-Identifier: Apache-2.0
/** The outputs of other tools are read right: outputs that were recorded once from their Debian 12 packages. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import type { Delivery, PeerRun } from "../../bench/benchmark.js";
import { spent_ns, threadsCpu_ns, treeOf } from "../../bench/cpu-time.js";
import { parseSummary } from "../../bench/peers/countersink-record.js";
import { bytesPerValue, cpuPerValue_ns } from "../../bench/peers/peer-cost.js";
import { comparisonPage, peersTable } from "../../bench/peers/peer-table.js";
import { parsePerf } from "../../bench/peers/perf-stat-peer.js";
import { logged, parseArchive } from "../../bench/peers/pmlogger.js";
import { parseSadc } from "../../bench/peers/sadc.js";
import { until } from "../support/processes.js";

const fixture = (name: string): string => readFileSync(packageFile(`test/fixtures/peers/${name}`), "utf8");

test("perf stat: a sample is a time stamp, and an event that was not counted has no value", () => {
	const text = fixture("perf-stat.csv");
	assert.deepEqual(parsePerf(text), { delivered: 3, counters: 4, values: 12 });
	assert.deepEqual(parsePerf(text.replace(",30,", ",<not counted>,")), { delivered: 3, counters: 4, values: 11 });
	assert.deepEqual(parsePerf("# started on a day\n\n"), { delivered: 0, counters: 0, values: 0 });
});

test("pmlogger: a sample is a fetch, without those of pmcd about itself, and a metric without a value has none", () => {
	assert.deepEqual(parseArchive(fixture("pmdumplog.txt")), { delivered: 4, counters: 3, values: 12 });
	assert.deepEqual(parseArchive(""), { delivered: 0, counters: 0, values: 0 });
	assert.equal(logged(fixture("pmlogger.log")), "pmlogger: End of run time, exiting");
	assert.equal(logged("preprocessor cmd"), null);
});

test("sadc: three samples give two lines, and the header tells the fields", () => {
	const lines = fixture("sadf-switches.txt");
	assert.deepEqual(parseSadc(fixture("sadf-header.txt"), lines), { delivered: 3, counters: 216, values: 648 });
	assert.equal(parseSadc("", "# hostname;interval\n").delivered, 0);
});

test("record: the stream that lost most counts, and equal words are said once", () => {
	assert.deepEqual(parseSummary(fixture("record.txt")), {
		delivered: 1000,
		counters: 138,
		values: 100 * 1000 + 2 * 9944 + 36 * 1000,
		says: "net, cpu: 1,000 of 1,000 ticks stored, none missed; perf: 9,944 of 10,000 ticks stored, missed 0.56 %: 56 late",
	});
	assert.throws(() => parseSummary("countersink: no"), /has no stream/);
});

test("CPU time of threads is a difference, and a thread that is new starts at 0", () => {
	const before = new Map([
		[1, 10],
		[2, 5],
	]);
	const after = new Map([
		[1, 15],
		[3, 7],
	]);
	assert.equal(spent_ns(before, after), 12);
	assert.ok([...threadsCpu_ns([process.pid]).values()].some((ran_ns) => ran_ns > 0));
	assert.equal(threadsCpu_ns([2 ** 22 + 1]).size, 0);
});

test("the tree of a process has its children and theirs", async (t) => {
	const shell = spawn("sh", ["-c", "sleep 60 & wait"], { detached: true });
	t.after(() => process.kill(-shell.pid!, "SIGKILL"));
	await until("the shell has started sleep", () => treeOf([shell.pid!]).length === 2);
	const tree = treeOf([process.pid]);
	for (const pid of treeOf([shell.pid!])) assert.ok(tree.includes(pid));
});

const delivery: Delivery = {
	asked: 100,
	delivered: 90,
	counters: 10,
	values: 900,
	cpu_share: 0.009,
	cpu_ms: 120,
	bytes: 1800,
	says: null,
};
const ran: PeerRun = { tool: "a", version: "1", subject: "proc", rate_hz: 10, cannot: null, delivery };

test("the cost of a value is that of the middle of the run", () => {
	assert.equal(cpuPerValue_ns(delivery, 10), 100_000);
	assert.equal(bytesPerValue(delivery), 2);
});

test("a tool that cannot run says so in the table, and the lowest rate stands first", () => {
	const absent: PeerRun = { ...ran, tool: "b", rate_hz: 1, cannot: "b is not here", delivery: null };
	assert.deepEqual(peersTable([ran, absent]).split("\n").slice(2), [
		"| 1 Hz | b |  | not run |  |  |  |  | b is not here |",
		"| 10 Hz | a | 10 | 90 of 100 | 0.9 % | 100 us | 0.12 s | 2 | nothing |",
	]);
});

test("docs/comparison.md is what the newest results print", () => {
	const page = readFileSync(packageFile("docs/comparison.md"), "utf8");
	assert.equal(comparisonPage(page) ?? page, page, "run node dist/bench/peers/peer-table.js");
});
