// SPDX-License-Identifier: Apache-2.0
/** What a hardware PMU does to a count, shown by one that is not there (native/fake_pmu.c): groups that do not fit, take
 *  turns, never have theirs, or are lost with their CPU. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { nanoseconds } from "../../base/units.js";
import { hardwareEvents } from "../../kernel/perf/catalogue.js";
import { perf } from "../../kernel/perf/index.js";
import { type At, eventCounter, timeCounter } from "../../kernel/perf/resolve.js";
import type { Counter } from "../../kernel/source.js";
import { sample } from "../support/sample.js";

const CPU = "cpu0";
const counts = hardwareEvents.slice(0, 8).map((event) => eventCounter(CPU, event.name, event, "-"));
const timesOf = (config: number): Counter<At>[] => {
	const event = hardwareEvents[config]!;
	return (["enabled", "running"] as const).map((time) =>
		timeCounter(CPU, time, { event, exclude: "-", text: event.name }),
	);
};

/** Each column of a sampling on the fake PMU, by name; the first read is the reader's own when it opens. */
async function sampleFake(counters: readonly Counter<At>[]): Promise<Map<string, (bigint | number | null)[]>> {
	const { columns, gaps, ts } = await sample(perf, counters, {
		period: nanoseconds(1e6),
		duration: nanoseconds(200e6),
	});
	assert.ok(ts.length > 0, `${gaps.length} gaps`);
	return new Map(counters.map(({ name }, i) => [name, columns[i]!]));
}

/** The Nth read of the loop that gave a value is the first read but N of the group, whatever ticks were late. */
function assertCounts(column: readonly (bigint | number | null)[], config: number): void {
	const values = column.filter((value) => value !== null).map((value) => Number(value) - config * 1_000_000);
	assert.ok(values.length > 0);
	assert.ok(values.every((value, i) => value >= 2 && (i === 0 || value > values[i - 1]!)));
}

describe("perf on hardware counters", () => {
	const folder = mkdtempSync(join(tmpdir(), "countersink-"));
	before(() => {
		const library = join(folder, "fake_pmu.so");
		execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, packageFile("test/native/fake_pmu.c"), "-ldl"]);
		process.env.LD_PRELOAD = library;
	});
	after(() => {
		delete process.env.LD_PRELOAD;
		rmSync(folder, { recursive: true });
	});

	test("groups are split where the hardware refuses them, and counts are never scaled", async () => {
		const columns = await sampleFake([...counts, ...timesOf(0), ...timesOf(1)]);
		for (const config of [0, 1, 4, 5]) assertCounts(columns.get(hardwareEvents[config]!.name)!, config);
		const enabled = columns.get("time_enabled:cycles")!;
		const running = columns.get("time_running:cycles")!;
		enabled.forEach((value, row) => {
			if (value !== null) assert.equal(running[row], BigInt(value) / 2n);
		});
		assert.deepEqual(columns.get("time_enabled:instructions"), enabled);
	});

	test("a group that never had its turn has no values, but times that say so", async () => {
		const columns = await sampleFake([...counts, ...timesOf(2)]);
		for (const name of ["cache-references", "cache-misses"])
			assert.ok(columns.get(name)!.every((value) => value === null));
		assert.ok(columns.get("time_running:cache-references")!.every((value) => value === 0n || value === null));
		assert.ok(columns.get("time_enabled:cache-references")!.some((value) => value !== null && value > 0n));
	});

	test("a thread that exits while its group is read costs no value", async () => {
		const idle = spawn("sleep", ["100"]);
		const counters = hardwareEvents.slice(4, 6).map((event) => eventCounter(`pid${idle.pid}`, event.name, event, "-"));
		const columns = await sampleFake(counters);
		idle.kill("SIGKILL");
		const [branches, misses] = [columns.get("branches")!, columns.get("branch-misses")!];
		assertCounts(branches, 4);
		assert.ok(branches.every((value) => value !== null));
		assert.ok(branches.every((value, row) => BigInt(misses[row]!) - BigInt(value!) === 1_000_000n));
		assert.ok(branches.length > 10, "some reads were refused");
	});

	test("a CPU that goes offline leaves nulls, not what it had counted until then", async () => {
		const columns = await sampleFake([...counts.slice(6, 8), ...timesOf(6)]);
		for (const column of columns.values()) {
			assert.ok(column.filter((value) => value !== null).length <= 20);
			assert.equal(column.at(-1), null);
		}
	});

	test("the time of a CPU is that of the group that counted least", async () => {
		const whole = (["enabled", "running"] as const).map((time) => timeCounter(CPU, time, null));
		const halved = await sampleFake([...counts.slice(0, 2), ...counts.slice(4, 6), ...whole]);
		const last = (columns: Map<string, (bigint | number | null)[]>, name: string) =>
			columns.get(name)!.findLast((value) => value !== null);
		assert.equal(last(halved, "time_running"), BigInt(last(halved, "time_enabled")!) / 2n);
		const starved = await sampleFake([...counts.slice(0, 6), ...whole]);
		assert.ok(BigInt(last(starved, "time_enabled")!) > 0n);
		assert.equal(last(starved, "time_running"), 0n);
	});
});
