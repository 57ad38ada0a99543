// SPDX-License-Identifier: Apache-2.0
/** What `record -o` and `import -o` may replace. Nothing is lost when the new recording does not start. */
import assert from "node:assert/strict";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { before, test } from "node:test";
import { samplerBinary } from "../../base/paths.js";
import { startedAt } from "../../base/process.js";
import { countersink, type Outcome, start, startThrough } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database, judgeFile, withFile } from "../support/judge.js";
import { makeRecording } from "../support/made.js";
import { childrenOf, nameOf, until } from "../support/processes.js";
import { SmallDisk } from "../support/tmpfs.js";

const file = scratch();
const SHORT = ["-e", "synthetic:0/*@1kHz", "-d", "200ms"];
const record = (path: string, ...more: readonly string[]) =>
	countersink(["record", ...SHORT, "-o", path, "--overwrite", ...more]);
const csv = (name: string): string => {
	const path = file(`${name}.csv`);
	writeFileSync(path, "time,a\n1700000000,1\n1700000001,2\n");
	return path;
};

let old: string;
before(async () => {
	old = file("old.duckdb");
	const { code, stderr } = await countersink(["record", ...SHORT, "-o", old]);
	assert.equal(code, 0, stderr);
});

/** A new folder with the old recording in it, as run.duckdb. */
function placed(name: string): string {
	mkdirSync(file(name));
	copyFileSync(old, file(`${name}/run.duckdb`));
	return file(`${name}/run.duckdb`);
}

const folderOf = (path: string): string[] => readdirSync(dirname(path)).sort();

function assertUntouched(path: string): void {
	assert.deepEqual(folderOf(path), [basename(path)]);
	assert.ok(readFileSync(path).equals(readFileSync(old)), "it is unchanged");
}

for (const verb of ["record", "import"])
	for (const end of [".wal", ".wal.checkpoint"])
		test(`${verb}: a foreign NAME${end} without NAME is left alone`, async () => {
			const path = file(`${verb}${end}-theirs.duckdb`);
			writeFileSync(`${path}${end}`, "precious");
			const words = verb === "record" ? ["record", ...SHORT] : ["import", csv(`${verb}${end}`)];
			for (const more of [[], ["--overwrite"]]) {
				const { code, stderr } = await countersink([...words, "-o", path, ...more]);
				assert.equal(code, 2);
				assert.match(stderr, /^countersink: .* is the log of a missing .*; move .* back beside it/);
			}
			assert.equal(existsSync(path), false);
			assert.equal(readFileSync(`${path}${end}`, "utf8"), "precious");
		});

test("only a recording is replaced", async () => {
	const others: [string, readonly string[]][] = [
		["a table", ["CREATE TABLE precious AS SELECT 42 AS x"]],
		["a table recording", ["CREATE TABLE recording (x INTEGER)", "INSERT INTO recording VALUES (1)"]],
		["a view", ["CREATE VIEW recording AS SELECT 5::UINTEGER AS format_version"]],
		[
			"views named like ours",
			[
				"CREATE VIEW recording AS SELECT 5::UINTEGER AS format_version, 'x' AS countersink_version, now()::TIMESTAMP_NS AS started_at, 'x' AS ended",
				"CREATE VIEW streams AS SELECT 'x' AS name, 1::UBIGINT AS period_ns, 1::UBIGINT AS ticks_scheduled",
				"CREATE VIEW gaps AS SELECT 'x' AS stream, 1::UBIGINT AS first_tick, 1::UBIGINT AS ticks, 'x' AS reason",
			],
		],
	];
	for (const [i, [name, statements]] of others.entries()) {
		const path = file(`other-${i}.duckdb`);
		await database(path, statements);
		const was = readFileSync(path);
		for (const words of [
			["record", ...SHORT],
			["import", csv(`other-${i}`)],
		]) {
			const { code, stderr } = await countersink([...words, "-o", path, "--overwrite"]);
			assert.equal(code, 2, `${name}: ${stderr}`);
			assert.match(stderr, /is not a recording, so it is not replaced \(its table .*\); remove it, or name another/);
			assert.ok(readFileSync(path).equals(was), name);
		}
	}
});

test("a recording of another version is replaced, with its log", async () => {
	const path = placed("versions");
	await database(path, ["UPDATE recording SET format_version = 3"]);
	copyFileSync(path, `${path}.copy`);
	/* A DuckDB that ends without a checkpoint has changed it. */
	const script = `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => {
		const c = await (await DuckDBInstance.create(${JSON.stringify(path)})).connect();
		await c.run("UPDATE recording SET host = 'x'");
		process.kill(process.pid, "SIGKILL");
	})`;
	await startThrough(["sh", "-c", 'exec "$0" -e "$1"', process.execPath, script], []).outcome;
	assert.ok(statSync(`${path}.wal`).size > 0);
	const { code, stderr } = await record(path);
	assert.equal(code, 0, stderr);
	assert.deepEqual(folderOf(path), ["run.duckdb", "run.duckdb.copy"]);
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("after a sampler that cannot start, the old recording is back", async () => {
	const path = placed("sampler");
	const broken = file("broken.sh");
	/* The measurement before works; the recording does not. */
	writeFileSync(
		broken,
		`#!/bin/sh\n[ -e '${broken}.once' ] && exit 1\n: > '${broken}.once'\nexec '${samplerBinary()}'\n`,
	);
	chmodSync(broken, 0o755);
	const { code, stderr } = await countersink(["record", ...SHORT, "-o", path, "--overwrite"], {
		env: { ...process.env, COUNTERSINK_SAMPLER: broken },
	});
	assert.equal(code, 1);
	assert.match(stderr, /the sampler cannot start/);
	assertUntouched(path);
});

test("on a disk that is too full for the new recording, the old one is back", async (t) => {
	mkdirSync(file("disk"));
	const disk = await SmallDisk.mount(file("disk"), "size=8m");
	if (typeof disk === "string") return t.skip(disk);
	try {
		const path = `${disk.folder}/x.duckdb`;
		copyFileSync(old, disk.outside("x.duckdb"));
		const size = statSync(old).size;
		for (const free_kib of [4, 64, 300]) {
			writeFileSync(
				disk.outside("filler"),
				Buffer.alloc(8 * 1024 * 1024 - Math.ceil(size / 4096) * 4096 - free_kib * 1024),
			);
			const words = ["record", "-e", "synthetic@5kHz", "-d", "3s", "-o", path, "--overwrite"];
			const result: Outcome = await startThrough(disk.inside, words).outcome;
			const { code, stderr } = result;
			assert.equal(code, 1, stderr);
			assert.deepEqual(readdirSync(disk.outside("")).sort(), ["filler", "x.duckdb"], `${free_kib} KiB free: ${stderr}`);
			assert.ok(readFileSync(disk.outside("x.duckdb")).equals(readFileSync(old)), `${free_kib} KiB free`);
		}
	} finally {
		await disk.unmount();
	}
});

test("with a command that cannot be started nothing is replaced or recorded", async () => {
	const script = file("script");
	writeFileSync(script, "#!/no/such/interpreter\n", { mode: 0o755 });
	writeFileSync(file("plain"), "x", { mode: 0o644 });
	const commands: [string, number, RegExp][] = [
		["no-such-command", 127, /^countersink: cannot run no-such-command: there is no such command/],
		[`${file("")}/nothing`, 127, /there is no such command/],
		[script, 127, /no interpreter of that script/],
		[file("plain"), 126, /it may not be executed/],
		[file("."), 126, /it may not be executed/],
	];
	const path = placed("command");
	for (const [command, status, why] of commands) {
		const { code, stderr } = await record(path, "--", command);
		assert.equal(code, status, stderr);
		assert.match(stderr, why);
		assert.equal(stderr.split("\n").length, 2, stderr);
		assertUntouched(path);
		const fresh = file("command-fresh.duckdb");
		assert.equal((await countersink(["record", ...SHORT, "-o", fresh, "--", command])).code, status);
		assert.equal(existsSync(fresh), false);
	}
});

test("while the new recording starts the old one is aside, and afterwards it is gone", async () => {
	const path = placed("begins");
	const { child, outcome } = start(["record", "-e", "synthetic:0/*@1kHz", "-o", path, "--overwrite"]);
	await until("the old one is gone", () => {
		const names = folderOf(path);
		return names.includes("run.duckdb.wal") && !names.some((name) => name.includes(".replaced-"));
	});
	child.kill("SIGINT");
	assert.equal((await outcome).code, 0);
	assert.deepEqual(folderOf(path), ["run.duckdb"]);
	assert.equal((await judgeFile(path)).ended, "interrupted");
});

test("after a kill in between, the old recording is aside under a name that says so, and the next run puts it back", async () => {
	const path = placed("killed");
	/* A sampler that never starts. */
	const slow = file("slow.sh");
	writeFileSync(
		slow,
		`#!/bin/sh\n[ -e '${slow}.once' ] && exec sleep 300\n: > '${slow}.once'\nexec '${samplerBinary()}'\n`,
	);
	chmodSync(slow, 0o755);
	const env = { ...process.env, COUNTERSINK_SAMPLER: slow };
	const { child, outcome } = start(["record", ...SHORT, "-o", path, "--overwrite"], { env });
	await until("the sampler is to begin", () => childrenOf(child.pid!).some((pid) => nameOf(pid) === "sleep"));
	const [sampler] = childrenOf(child.pid!);
	const aside = `${path}.replaced-${child.pid}-${startedAt(child.pid!)}`;
	child.kill("SIGKILL");
	await outcome;
	process.kill(sampler!, "SIGKILL");
	assert.ok(readFileSync(aside).equals(readFileSync(old)), "it is aside");
	const next = await countersink(["record", ...SHORT, "-o", path]);
	assert.equal(next.code, 2);
	assert.match(
		next.stderr,
		/run\.duckdb is back: a run that was to replace it was killed before its own recording started/,
	);
	assert.match(next.stderr, /run\.duckdb exists/);
	assertUntouched(path);
});

const DEAD = "replaced-999999999-1";

/** What the next run finds, and what it leaves. */
const left: readonly {
	readonly name: string;
	readonly make: (path: string) => void | Promise<void>;
	readonly leaves: readonly string[];
	readonly isOld: boolean;
}[] = [
	{
		name: "the old one aside, nothing in its place",
		make: (path) => renameSync(path, `${path}.${DEAD}`),
		leaves: ["run.duckdb"],
		isOld: true,
	},
	{
		name: "only the log aside, as in the middle of moving",
		make: (path) => writeFileSync(`${path}.${DEAD}.wal`, ""),
		leaves: ["run.duckdb", "run.duckdb.wal"],
		isOld: true,
	},
	{
		name: "the old one aside, an empty database in its place",
		make: async (path) => {
			renameSync(path, `${path}.${DEAD}`);
			await database(path, []);
		},
		leaves: ["run.duckdb"],
		isOld: true,
	},
	{
		name: "the old one aside, and the new one has started",
		make: async (path) => {
			renameSync(path, `${path}.${DEAD}`);
			await makeRecording(path, [
				{ period_ns: 1e6, counters: [{ id: "synthetic:0/ramp" }], rows: [{ tick: 0, values: [1] }] },
			]);
		},
		leaves: ["run.duckdb"],
		isOld: false,
	},
	{
		name: "a foreign file under such a name",
		make: (path) => writeFileSync(`${path}.${DEAD}`, "precious"),
		leaves: ["run.duckdb", `run.duckdb.${DEAD}`],
		isOld: true,
	},
	{
		name: "a file of a running process",
		make: (path) => renameSync(path, `${path}.replaced-${process.pid}-${startedAt(process.pid)}`),
		leaves: ["other.duckdb", `run.duckdb.replaced-${process.pid}-${startedAt(process.pid)}`],
		isOld: false,
	},
];

for (const [i, { name, make, leaves, isOld }] of left.entries())
	test(`the next run finds ${name}`, async () => {
		const path = placed(`left-${i}`);
		await make(path);
		const output = leaves.includes("other.duckdb") ? file(`left-${i}/other.duckdb`) : path;
		const { code } = await countersink(["record", ...SHORT, "-o", output]);
		assert.equal(code, leaves.includes("other.duckdb") ? 0 : 2);
		assert.deepEqual(folderOf(path), leaves);
		if (existsSync(path)) assert.equal(readFileSync(path).equals(readFileSync(old)), isOld);
	});

test("import: a refused or damaged input leaves the old recording, and a complete one replaces it", async () => {
	const path = placed("import");
	writeFileSync(file("damaged.csv"), "time,a\n");
	assert.notEqual((await countersink(["import", file("damaged.csv"), "-o", path, "--overwrite"])).code, 0);
	assertUntouched(path);
	const { code, stderr } = await countersink(["import", csv("whole"), "-o", path, "--overwrite"]);
	assert.equal(code, 0, stderr);
	assert.deepEqual(folderOf(path), ["run.duckdb"]);
	await withFile(path, async (recording) => {
		assert.equal(await recording.number("SELECT count(*) FROM streams WHERE name = 'whole'"), 1);
	});
});
