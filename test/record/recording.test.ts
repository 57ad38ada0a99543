// SPDX-License-Identifier: Apache-2.0
/** Recordings of counters with known truth, judged from outside: every cell, every tick, every gap. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../../base/paths.js";
import { countersink, start, startProgram } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { type File, judge, judgeFile, withFile } from "../support/judge.js";
import { childrenOf, stateOf, until } from "../support/processes.js";

const file = scratch();

const ticksIn = (recording: File, reason: string): Promise<number> =>
	recording.number(`SELECT coalesce(sum(ticks), 0) FROM gaps WHERE reason = '${reason}'`);

interface Case {
	readonly name: string;
	readonly words: readonly string[];
	/** Number of ticks of each stream. */
	readonly ticks: Readonly<Record<string, number>>;
	/** Checks of this recording only. */
	readonly more?: (recording: File) => Promise<void>;
}

const cases: readonly Case[] = [
	{
		name: "no faults",
		words: ["-e", "synthetic:0/*@1kHz", "-d", "1s"],
		ticks: { synthetic: 1000 },
		more: async (recording) => {
			for (const reason of ["ring_full", "source_error", "killed", "suspended"])
				assert.equal(await ticksIn(recording, reason), 0, reason);
		},
	},
	{
		name: "10 kHz, sleeping",
		words: ["-e", "synthetic:{0,3}/*@10kHz", "-d", "1s", "--wait", "sleep"],
		ticks: { synthetic: 10_000 },
	},
	{
		name: "slow reads make the ticks after them late, and no others",
		words: ["-e", "synthetic:0/*?slow=100:20ms@1kHz", "-d", "1s"],
		ticks: { synthetic: 1000 },
		more: async (recording) => {
			const late = await ticksIn(recording, "late");
			assert.ok(late >= 19 * 8, `${late} ticks late of about 190`);
			assert.equal(
				await recording.number("SELECT count(*) FROM synthetic WHERE read_ns >= 20000000"),
				late > 0 ? await recording.number("SELECT count(*) FROM synthetic WHERE tick % 100 = 99") : 0,
			);
		},
	},
	{
		name: "failed reads become gaps of their own",
		words: ["-e", "synthetic:0/*?error=50:10@1kHz", "-d", "1s", "--force"],
		ticks: { synthetic: 1000 },
		more: async (recording) => {
			const failed = await ticksIn(recording, "source_error");
			assert.ok(failed > 0 && failed <= 200, `${failed} of at most 200 ticks failed`);
			assert.equal(await recording.number("SELECT count(*) FROM synthetic WHERE tick % 50 >= 40"), 0);
			const gaps = "SELECT count(*) FROM gaps WHERE reason = 'source_error' AND first_tick % 50 < 40";
			assert.equal(await recording.number(gaps), 0);
			assert.equal(await recording.number("SELECT last_errno FROM streams"), 5);
		},
	},
	{
		name: "a source that never answers",
		words: ["-e", "synthetic:0/*?error=1:1@1kHz", "-d", "1100ms", "--force"],
		ticks: { synthetic: 1100 },
		more: async (recording) => {
			assert.equal(await recording.number("SELECT count(*) FROM synthetic"), 0);
			for (const reason of ["ring_full", "killed"]) assert.equal(await ticksIn(recording, reason), 0, reason);
			assert.ok((await ticksIn(recording, "source_error")) > 0);
		},
	},
	{
		name: "slow and failing reads together",
		words: ["-e", "synthetic:1/*?slow=70:3ms&error=33:4@5kHz", "-d", "1s", "--force"],
		ticks: { synthetic: 5000 },
	},
	{
		name: "spinning at 1 MHz",
		words: ["-e", "synthetic:0/{ramp,drop}@1MHz", "-d", "300ms", "--wait", "spin", "--force"],
		ticks: { synthetic: 300_000 },
	},
	{
		name: "two rates of one source are two tables",
		words: ["-e", "synthetic:0/*@2kHz", "-e", "synthetic:*/ramp@100Hz", "-e", "synthetic:2/walk@2kHz", "-d", "1s"],
		ticks: { synthetic: 2000, synthetic_100hz: 100 },
		more: async (recording) => {
			const streams = await recording.rows("SELECT name, counters, period_ns FROM streams ORDER BY name");
			assert.deepEqual(streams, [
				{ name: "synthetic", counters: 9, period_ns: 500_000n },
				{ name: "synthetic_100hz", counters: 16, period_ns: 10_000_000n },
			]);
		},
	},
	{
		name: "128 columns",
		words: ["-e", "synthetic@1kHz", "-d", "1s"],
		ticks: { synthetic: 1000 },
		more: async (recording) => assert.equal(await recording.number("SELECT counters FROM streams"), 128),
	},
	{ name: "a duration below one period", words: ["-e", "synthetic:0/*@1Hz", "-d", "1ms"], ticks: { synthetic: 1 } },
	{ name: "the shortest duration", words: ["-e", "synthetic:0/*@1kHz", "-d", "1ns"], ticks: { synthetic: 1 } },
	{ name: "1 Hz", words: ["-e", "synthetic:0/*@1Hz", "-d", "1500ms"], ticks: { synthetic: 2 } },
	{
		name: "hundreds of events that name the same counters",
		words: [...Array.from({ length: 600 }, (_, i) => ["-e", `synthetic:${i % 16}/ramp`]).flat(), "-d", "100ms"],
		ticks: { synthetic: 100 },
		more: async (recording) => assert.equal(await recording.number("SELECT counters FROM streams"), 16),
	},
];

for (const { name, words, ticks, more } of cases)
	test(name, async () => {
		const path = file(`${name.replaceAll(" ", "-")}.duckdb`);
		const { code, stderr } = await countersink(["record", ...words, "-o", path]);
		assert.equal(code, 0, stderr);
		await withFile(path, async (recording) => {
			const { ended, streams } = await judge(recording);
			assert.equal(ended, "complete");
			assert.deepEqual(Object.fromEntries(Object.entries(streams).map(([k, v]) => [k, v.ticks])), ticks);
			await more?.(recording);
		});
	});

/** Stops the recorder for one of the three seconds, while the sampler continues. */
async function standStill(event: string, path: string): Promise<void> {
	const words = ["-e", event, "-d", "3s", "--depth", "1ms", "--wait", "sleep", "--force", "-o", path];
	const { child, outcome } = start(["record", ...words]);
	const pid = child.pid!;
	await until("the recording runs", () => existsSync(`${path}.wal`) && childrenOf(pid).length > 0);
	await sleep(300);
	child.kill("SIGSTOP");
	await until("the recorder stands still", () => stateOf(pid) === "T");
	await sleep(1000);
	child.kill("SIGCONT");
	const { code, stderr } = await outcome;
	assert.equal(code, 0, stderr);
	assert.match(stderr, /ring_full/);
}

test("a stopped writer loses rows to the full ring, and says so", async () => {
	const path = file("full.duckdb");
	await standStill("synthetic:0/*@50kHz", path);
	await withFile(path, async (recording) => {
		assert.equal((await judge(recording)).streams.synthetic!.ticks, 150_000);
		/* Four blocks hold 8,192 rows, and a second has 50,000 ticks. Without real-time priority, many of them are late on
		 * a busy machine. */
		const [full, late] = [await ticksIn(recording, "ring_full"), await ticksIn(recording, "late")];
		assert.ok(full > 0 && full + late >= 10_000, `${full} ticks for a full ring, ${late} late`);
	});
});

test("a full gap ledger loses reasons, but no tick", async () => {
	const path = file("ledger.duckdb");
	/* There are 25,000 gaps a second, and the ledger holds 16,384. The rows between them are lost with the gaps that they
	 * follow. */
	await standStill("synthetic:0/ramp?error=2:1@50kHz", path);
	assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 150_000);
});

test("without a duration it records from the first tick to the end of the command", async () => {
	const path = file("command.duckdb");
	const { code } = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-o", path, "--", "sleep", "0.5"]);
	assert.equal(code, 0);
	await withFile(path, async (recording) => {
		const { ended, streams } = await judge(recording);
		assert.equal(ended, "command");
		assert.ok(streams.synthetic!.ticks >= 500, `${streams.synthetic!.ticks} ticks in at least 500 ms`);
		const marks = await recording.rows("SELECT name, detail FROM marks ORDER BY ts");
		assert.deepEqual(marks, [
			{ name: "command_start", detail: "sleep 0.5" },
			{ name: "command_end", detail: "status 0" },
		]);
		assert.equal(await recording.number("SELECT command_status FROM recording"), 0);
	});
});

test("the tables match schema.sql", async () => {
	const path = file("schema.duckdb");
	await countersink([
		"record",
		"-e",
		"synthetic:{0,15}/*@1kHz",
		"-e",
		"synthetic:7/drop@50Hz",
		"-d",
		"400ms",
		"-o",
		path,
	]);
	await withFile(path, async (recording) => {
		await judge(recording);
		const columns =
			"SELECT column_name AS name FROM duckdb_columns() WHERE table_name = 'synthetic' ORDER BY column_index";
		const names = (await recording.rows(columns)).map((row) => String(row.name));
		assert.deepEqual(names.slice(0, 3), ["ts", "tick", "read_ns"]);
		const counters = await recording.rows("SELECT * FROM counters WHERE stream = 'synthetic'");
		assert.deepEqual(
			counters.map((row) => row.column_name),
			names.slice(3),
		);
		for (const { column_name, id, source, instance, name } of counters) {
			assert.match(String(column_name), /^[a-z][a-z0-9_]*$/);
			assert.equal(id, `${source}:${instance}/${name}`);
		}
		for (const stream of ["synthetic", "synthetic_50hz"]) await checkLong(recording, stream);
		const anchors =
			"SELECT count(*) FROM clock_anchors WHERE window_ns < 0 OR epoch_ns(ts) - monotonic_ns <> (SELECT wall_offset_ns FROM recording)";
		assert.equal(await recording.number(anchors), 0);
		assert.ok((await recording.number("SELECT count(*) FROM clock_anchors")) >= 1);
	});
});

/** Checks that the long view has every value that is not null, once. */
async function checkLong(recording: File, stream: string): Promise<void> {
	const counters = await recording.rows(`SELECT column_name, id FROM counters WHERE stream = '${stream}'`);
	for (const { column_name, id } of counters) {
		const wide = `SELECT tick, ts, read_ns, ${column_name} AS value FROM ${stream} WHERE ${column_name} IS NOT NULL`;
		const long = `SELECT tick, ts, read_ns, value FROM ${stream}_long WHERE id = '${id}'`;
		const difference = `SELECT count(*) FROM ((${wide} EXCEPT ALL ${long}) UNION ALL (${long} EXCEPT ALL ${wide}))`;
		assert.equal(await recording.number(difference), 0, String(id));
	}
	const all = counters.map(({ column_name }) => `count(${column_name})`).join(" + ");
	const counts = await recording.row(
		`SELECT (SELECT count(*) FROM ${stream}_long) AS long, (SELECT ${all} FROM ${stream}) AS wide`,
	);
	assert.equal(counts.long, counts.wide);
}

test("any other DuckDB opens, and may even write to, the file", async () => {
	const path = file("other.duckdb");
	await countersink(["record", "-e", "synthetic:0/ramp@1kHz", "-d", "100ms", "-o", path]);
	const script = `const { DuckDBInstance } = await import("@duckdb/node-api");
		const connection = await (await DuckDBInstance.create(${JSON.stringify(path)})).connect();
		await connection.run("CREATE TABLE mine AS SELECT max(synthetic_0_ramp) AS most FROM synthetic");
		console.log(String((await connection.runAndReadAll("SELECT most FROM mine")).getRows()[0][0]));`;
	const words = ["--input-type=module", "-e", script];
	const { code, stdout, stderr } = await startProgram(process.execPath, words, { cwd: packageFile("") }).outcome;
	assert.equal(code, 0, stderr);
	const most = await withFile(path, (recording) => recording.number("SELECT max(tick) FROM synthetic"));
	assert.equal(Number(stdout), most);
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("two recordings at a time do not disturb each other", async () => {
	const paths = [file("left.duckdb"), file("right.duckdb")];
	const outcomes = await Promise.all(
		paths.map((path) => countersink(["record", "-e", "synthetic:0/*@5kHz", "-d", "700ms", "-o", path])),
	);
	for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
	for (const path of paths) assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 3500);
});

test("of two recordings with the same name one is recorded, the other refused", async () => {
	for (let round = 0; round < 3; round++) {
		const path = file(`same-${round}.duckdb`);
		const words = ["record", "-e", "synthetic:0/*@1kHz", "-d", "500ms", "-o", path];
		const outcomes = await Promise.all([countersink(words), countersink(words)]);
		const codes = outcomes.map(({ code }) => code).sort();
		assert.equal(codes[0], 0, outcomes.map((o) => o.stderr).join());
		assert.notEqual(codes[1], 0);
		const refused = outcomes.find(({ code }) => code !== 0)!;
		assert.match(
			refused.stderr,
			/^countersink: .*(being written by another process|another process has just created|exists; name)/,
		);
		assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 500);
	}
});

test("a recording that is still being written is not overwritten", async () => {
	const path = file("busy.duckdb");
	const words = ["record", "-e", "synthetic:0/*@1kHz", "-o", path];
	const { child, outcome } = start([...words, "-d", "30s"]);
	await until("rows are committed", () => (statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0) > 20_000);
	const other = await countersink([...words, "-d", "1s", "--overwrite"]);
	child.kill("SIGINT");
	assert.equal((await outcome).code, 0);
	assert.equal(other.code, 4);
	assert.equal(
		other.stderr,
		`countersink: ${path} is still being written by process ${child.pid}; name another file with -o\n`,
	);
	assert.equal((await judgeFile(path)).ended, "interrupted");
});
