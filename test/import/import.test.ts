// SPDX-License-Identifier: Apache-2.0
/** import: our own streams come back unchanged, and other tools' data becomes a recording that queries understand. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import {
	Bool,
	CompressionType,
	compressionRegistry,
	Float32,
	Int16,
	RecordBatchFileWriter,
	RecordBatchStreamWriter,
	Table,
	TimestampMillisecond,
	Uint64,
	Utf8,
	vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { importFile } from "../../import/import.js";
import { sql } from "../../storage/sql.js";
import { countersink, shell, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { type File, withFile } from "../support/judge.js";
import { childrenOf, until } from "../support/processes.js";

const file = scratch();

async function imported(words: readonly string[], input: string | undefined, judge: (out: File) => Promise<void>) {
	const out = file("out.duckdb");
	const result = await countersink(["import", ...words, "-o", out, "--overwrite"], {}, input);
	assert.equal(result.code, 0, result.stderr);
	await identity(out);
	await withFile(out, judge);
	return result.stderr;
}

/** Temporary files of imports, where their recording is or would have been. There must be none. */
const leftovers = (): string[] => readdirSync(dirname(file("x"))).filter((name) => name.startsWith("."));

/** Checks what must hold for every recording, as `info` does. */
async function identity(out: string): Promise<void> {
	const { code, stdout } = await countersink(["info", out]);
	assert.equal(code, 0, stdout);
	assert.match(stdout, /imported {2}from .* by countersink /);
	assert.deepEqual(leftovers(), []);
}

test("a live stream becomes the recording that the recorder would have written", async () => {
	const stream = file("live.arrows");
	const events = "-e 'synthetic:{0,1}/*?slow=100:5ms&error=50:3@2kHz' --force";
	const made = await shell(
		`$CS record ${events} -d 1s -o - -- sh -c 'sleep 0.3; exit 3' | tee ${stream} | $CS import - -o ${file("live.duckdb")}`,
	);
	assert.match(made.stderr, /rows of 16 counters from standard input as stream synthetic/);
	await identity(file("live.duckdb"));
	await withFile(file("live.duckdb"), async (out) => {
		const stream = await out.row("FROM streams");
		assert.equal(stream.ticks_scheduled, BigInt(stream.rows_stored as bigint) + BigInt(stream.gap_ticks as bigint));
		assert.equal(await out.number("SELECT count(*) FROM gaps WHERE reason = 'absent'"), 0);
		assert.ok((await out.number("SELECT count(*) FROM gaps WHERE reason = 'source_error'")) > 0);
		const run = await out.row("SELECT ended, command_status, command::VARCHAR AS command, kernel FROM recording");
		assert.deepEqual([run.ended, run.command_status], ["command", 3]);
		assert.equal(run.kernel, readFileSync("/proc/sys/kernel/osrelease", "utf8").trim());
		assert.deepEqual(
			(await out.rows("SELECT name FROM marks ORDER BY ts")).map(({ name }) => name),
			["command_start", "command_end"],
		);
		assert.equal(await out.number("SELECT count(*) FROM counters WHERE help <> '' AND id LIKE 'synthetic:%/%'"), 16);
	});
	/* The file gives the same as the pipe. */
	const again = await countersink(["import", stream, "-o", file("again.duckdb")]);
	assert.equal(again.code, 0, again.stderr);
	const same = await shell(
		`diff <($CS sql ${file("live.duckdb")} --csv 'FROM synthetic') <($CS sql ${file("again.duckdb")} --csv 'FROM synthetic')`,
	);
	assert.deepEqual([same.code, same.stdout], [0, ""]);
});

test("law: what export wrote and import read is the recording, to the last bit", async () => {
	const original = file("original.duckdb");
	const events = ["-e", "synthetic:{0,3}/*?slow=100:5ms&error=50:3@5kHz", "--force", "-d", "1s"];
	await countersink(["record", ...events, "-o", original]);
	const dump = async (path: string, statements: readonly string[]): Promise<string> => {
		const { stdout, stderr } = await countersink(["sql", path, "--csv", statements.join(";\n")]);
		assert.equal(stderr, "");
		return stdout;
	};
	const rows = ["FROM synthetic"];
	const about = [
		"SELECT name, source, period_ns, paced_by, counters, ticks_scheduled, rows_stored, gap_ticks, null_values FROM streams",
		"FROM counters",
		"FROM gaps ORDER BY first_tick",
		"FROM marks",
		"SELECT * EXCLUDE (writer_pid, imported_from, imported_at, imported_by) FROM recording",
	];
	const [allRows, allAbout] = [await dump(original, rows), await dump(original, about)];
	for (const [kind, whole] of [
		["arrow", true],
		["arrows", true],
		["parquet", true],
		["csv", false],
		["ndjson", false],
	] as const) {
		const exported = file(`synthetic.${kind}`);
		const again = file(`from-${kind}.duckdb`);
		const written = await countersink(["export", original, "-o", exported]);
		assert.equal(written.code, 0, written.stderr);
		const read = await countersink(["import", exported, "-o", again]);
		assert.equal(read.code, 0, read.stderr);
		await identity(again);
		assert.equal(await dump(again, rows), allRows, kind);
		if (whole) assert.equal(await dump(again, about), allAbout, kind);
	}
});

test("a stream that was cut off is refused", async () => {
	const stream = file("cut.arrows");
	await shell(`$CS record -e 'synthetic:0/*@1kHz' -d 1s -o - > ${stream}`);
	const whole = readFileSync(stream).length;
	truncateSync(stream, Math.floor(whole / 2));
	const { code, stderr } = await countersink(["import", stream, "-o", file("cut.duckdb")]);
	assert.equal(code, 1);
	assert.match(
		stderr,
		/^countersink: .*cut\.arrows is damaged or cut off after \d+ rows \(.*\); nothing was imported\n$/,
	);
	assert.deepEqual([existsSync(file("cut.duckdb")), ...leftovers()], [false]);
});

test("CSV: times, ticks, gaps and semantics are guessed and told, and a rate is right", async () => {
	const seconds = Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 10 !== 5);
	const lines = seconds.map((s) => `${1790000000 + s},${s * 7},${(s * 37) % 11},${s % 2 === 0},x${s},${3 * s}.5`);
	const csv = ["time,rx bytes,free,up,name,net:eth0/load", ...lines].join("\n");
	writeFileSync(file("vm-stat.csv"), csv);
	const told = await imported([file("vm-stat.csv")], undefined, async (out) => {
		assert.deepEqual(
			(await out.rows("SELECT column_name, id, semantics, type FROM counters")).map((row) => Object.values(row)),
			[
				["rx_bytes", "vm_stat:rx bytes", "counter", "u64"],
				["free", "vm_stat:free", "gauge", "i64"],
				["up", "vm_stat:up", "flag", "u64"],
				["eth0_load", "net:eth0/load", "gauge", "f64"],
			],
		);
		const stream = await out.row("FROM streams");
		assert.deepEqual(
			[stream.period_ns, stream.ticks_scheduled, stream.rows_stored, stream.gap_ticks, stream.lateness_p50_ns],
			[1_000_000_000n, 100n, 90n, 10n, null],
		);
		assert.deepEqual(
			(await out.rows("SELECT first_tick, ticks, reason FROM gaps LIMIT 2")).map((row) => Object.values(row)),
			[
				[5n, 1n, "absent"],
				[15n, 1n, "absent"],
			],
		);
		assert.deepEqual(
			await out.row("SELECT count(*) AS n, min(per_s) AS least, max(per_s) AS most FROM rate('vm_stat', 'rx_bytes')"),
			{
				n: 79n,
				least: 7,
				most: 7,
			},
		);
	});
	assert.match(told, /time is taken as s since 1970/);
	assert.match(told, /1 taken as counter: vm_stat:rx bytes\n/);
	assert.match(told, /left out, because they are not numbers: name\n/);
});

test("what the user says takes precedence over guesses", async () => {
	const csv = "when,a,b\n0,5,1\n250,4,2\n750,9,3\n";
	await imported(
		[
			"-",
			"--time",
			"when",
			"--time-unit",
			"us",
			"--period",
			"250us",
			"--source",
			"mine",
			"--counter",
			"a",
			"--gauge",
			"*:b",
		],
		csv,
		async (out) => {
			const rows = await out.rows("SELECT epoch_ns(ts) AS ns, tick, a, b FROM mine");
			assert.deepEqual(
				rows.map((row) => Object.values(row)),
				[
					[0n, 0n, 5n, 1n],
					[250_000n, 1n, 4n, 2n],
					[750_000n, 3n, 9n, 3n],
				],
			);
			assert.deepEqual(
				(await out.rows("SELECT semantics FROM counters")).map((r) => r.semantics),
				["counter", "gauge"],
			);
		},
	);
});

test("the long form is imported from unsorted NDJSON", async () => {
	const line = (s: number, name: string, value: number): string =>
		JSON.stringify({ timestamp: `2026-01-01T00:00:0${s}Z`, name, value });
	const lines = [
		line(3, "up", 9),
		line(1, "up", 1),
		line(2, "up", 4),
		line(1, "x:cpu0/temp", -5),
		line(3, "x:cpu0/temp", -6),
	];
	await imported(["-", "--id", "name", "--value", "value"], `${lines.join("\n")}\n`, async (out) => {
		assert.deepEqual(
			(await out.rows("SELECT tick, up, cpu0_temp FROM imported")).map((row) => Object.values(row)),
			[
				[0n, 1n, -5n],
				[1n, 4n, null],
				[2n, 9n, -6n],
			],
		);
		assert.equal(await out.number("SELECT null_values FROM streams"), 1);
	});
});

test("Parquet of another tool is imported; of several rows on one tick the first is kept", async () => {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	await connection.run(`COPY (SELECT make_timestamp_ns(1790000000000000000 + i * 10000000 + (i % 3)) AS at, i::UINTEGER AS n, (i / 7)::DECIMAL(9, 3) AS d
		FROM range(1000) t(i) UNION ALL SELECT make_timestamp_ns(1790000000000000000 + 10000001), 1, 0.1) TO '${file("other.parquet")}'`);
	connection.closeSync();
	instance.closeSync();
	const told = await imported([file("other.parquet")], undefined, async (out) => {
		assert.deepEqual(await out.row("SELECT period_ns, rows_stored, gap_ticks FROM streams"), {
			period_ns: 10_000_000n,
			rows_stored: 1000n,
			gap_ticks: 0n,
		});
		assert.deepEqual(await out.row("SELECT epoch_ns(ts) AS ns, n, d FROM other WHERE tick = 500"), {
			ns: 1_790_000_005_000_000_002n,
			n: 500n,
			d: 71.429,
		});
	});
	assert.match(told, /left out: 1 row with the same tick as the row before;/);
	assert.match(told, /time goes backwards in 1 place; the rows were sorted/);
});

/** A table with a column of every type that is imported, with nulls in each. */
function arrowTable(rows: number): Table {
	const at = (i: number, value: unknown): unknown => (i % 7 === 3 ? null : value);
	const columns = {
		time: vectorFromArray(
			Array.from({ length: rows }, (_, i) => 1790000000000 + i * 20),
			new TimestampMillisecond(),
		),
		small: vectorFromArray(
			Array.from({ length: rows }, (_, i) => at(i, (i % 200) - 100) as number),
			new Int16(),
		),
		big: vectorFromArray(
			Array.from({ length: rows }, (_, i) => at(i, 2n ** 64n - 100_000n + BigInt(i)) as bigint),
			new Uint64(),
		),
		half: vectorFromArray(
			Array.from({ length: rows }, (_, i) => at(i, i / 2) as number),
			new Float32(),
		),
		on: vectorFromArray(
			Array.from({ length: rows }, (_, i) => at(i, i % 3 === 0) as boolean),
			new Bool(),
		),
		label: vectorFromArray(
			Array.from({ length: rows }, (_, i) => at(i, `l${i}`) as string),
			new Utf8(),
		),
	};
	return new Table(columns);
}

for (const [kind, write] of [
	["file", (table: Table) => RecordBatchFileWriter.writeAll(table)],
	["stream", (table: Table) => RecordBatchStreamWriter.writeAll(table)],
] as const)
	test(`an Arrow ${kind} of another tool that is longer than a chunk is imported`, async () => {
		const rows = 5000;
		writeFileSync(file("other.arrow"), write(arrowTable(rows) as never).toUint8Array(true));
		await imported([file("other.arrow")], undefined, async (out) => {
			const found = await out.rows('SELECT tick, small, big, half, "on" FROM other');
			assert.equal(found.length, rows);
			found.forEach((row, i) => {
				const nulls = i % 7 === 3;
				assert.deepEqual(
					Object.values(row),
					nulls
						? [BigInt(i), null, null, null, null]
						: [BigInt(i), BigInt((i % 200) - 100), 2n ** 64n - 100_000n + BigInt(i), i / 2, i % 3 === 0 ? 1n : 0n],
				);
			});
		});
	});

test("law: whatever the times, every tick is a row or absent, and no row is lost without a word", async () => {
	const out = file("law.duckdb");
	const hints = { source: "law", period_ns: 1e9, counter: [], gauge: [] };
	const steps = fc.array(
		fc.record({
			ms: fc.integer({ min: 0, max: 5000 }),
			value: fc.option(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
		}),
		{ minLength: 2, maxLength: 30 },
	);
	await fc.assert(
		fc.asyncProperty(steps, async (rows) => {
			let ms = 1_790_000_000_000;
			const lines = rows.map((row) => {
				ms += row.ms;
				return `${ms},${row.value ?? ""},1`;
			});
			const stdin = Readable.from([Buffer.from(`ts,v,one\n${lines.join("\n")}\n`)]);
			const told = await importFile({
				input: { file: "-", stdin },
				output: out,
				overwrite: true,
				hints,
				macros: sql``,
			});
			assert.equal(told.rows + told.leftOut, rows.length);
			await withFile(out, async (recording) => {
				const s = await recording.row("FROM streams");
				assert.equal(s.ticks_scheduled, (s.rows_stored as bigint) + (s.gap_ticks as bigint));
				const { n, last } = await recording.row("SELECT count(*) AS n, max(tick) + 1 AS last FROM law");
				assert.deepEqual([s.rows_stored, s.ticks_scheduled], [n, last]);
				if (rows.every(({ value }) => value === null)) return;
				const kept = (await recording.rows("SELECT v FROM law")).map(({ v }) => v);
				for (const value of kept)
					assert.ok(
						rows.some((row) => row.value === value),
						`${value}`,
					);
			});
		}),
		{ numRuns: 15, endOnFailure: true },
	);
});

const zeros = "time,a\n1790000000,0\n";
const refusals: readonly { name: string; words: readonly string[]; text?: string; says: RegExp; code?: number }[] = [
	{ name: "no such file", words: [file("none.csv")], says: /none\.csv does not exist/ },
	{ name: "a folder", words: [dirname(file("x"))], says: /is a folder; name one file/ },
	{ name: "empty", words: ["-"], text: "", says: /standard input is empty; import takes/ },
	{
		name: "no time",
		words: ["-"],
		text: "a,b\n1,2\n",
		says: /no column that looks like a time; name it with --time; its columns are a \(BIGINT\), b/,
	},
	{
		name: "no numbers",
		words: ["-"],
		text: "time,b\n2026-01-01 00:00:00,x\n",
		says: /no column of numbers|a single moment/,
	},
	{ name: "a header only", words: ["-"], text: "time,b\n", says: /has no rows/ },
	{ name: "one moment", words: ["-"], text: zeros, says: /the time between rows is unknown; give it with --period/ },
	{
		name: "a column that does not exist",
		words: ["-", "--time", "tme"],
		text: zeros,
		says: /has no column 'tme'; did you mean 'time'\?/,
	},
	{ name: "a negative period", words: ["-", "--period=-1s"], text: zeros, says: /'-1s' is not a valid period/ },
	{
		name: "a glob that matches no column",
		words: ["-", "--gauge", "b*"],
		text: "time,a\n1790000000,0\n1790000001,1\n",
		says: /'b\*' of --gauge matches no numeric column of standard input, which has a\n/,
	},
	{ name: "an id without a value", words: ["-", "--id", "a"], text: zeros, says: /--id and --value belong together/ },
	{
		name: "a long form with two values at one time",
		words: ["-", "--id", "n", "--value", "v"],
		text: "time,n,v\n1790000000,a,1\n1790000000,a,2\n",
		says: /several values of 'a' at the same time/,
	},
	{
		name: "a source that is not a name",
		words: ["-", "--source", "A b"],
		text: zeros,
		says: /'A b' is not a valid source name; .* as in a_b/,
	},
	{
		name: "Parquet from a pipe",
		words: ["-"],
		text: "PAR1xxxxxxxxxxxxxx",
		says: /Parquet cannot be read from a pipe; name the file/,
	},
	{
		name: "a DuckDB file",
		words: ["-"],
		text: "12345678DUCKxxxx",
		says: /is a DuckDB file: a recording needs no import/,
	},
	{ name: "bytes of no format", words: ["-"], text: "\0\0\0\0\0", says: /has an unknown format/ },
	{
		name: "an Arrow file with invalid content",
		words: ["-"],
		text: "ARROW1\0\0nonsense",
		says: /damaged or cut off/,
		code: 1,
	},
];

/** An LZ4 frame of one block that is stored without compression. */
function stored(bytes: Uint8Array): Uint8Array {
	const size = new Uint8Array(Uint32Array.of(0x80000000 + bytes.length).buffer);
	return Buffer.concat([Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82), size, bytes, new Uint8Array(4)]);
}

test("refused: compressed Arrow, for which there is no codec here", async () => {
	compressionRegistry.set(CompressionType.LZ4_FRAME, { encode: stored });
	const writer = new RecordBatchStreamWriter({ compressionType: CompressionType.LZ4_FRAME });
	for (const batch of arrowTable(100).batches) writer.write(batch);
	writer.finish();
	writeFileSync(file("lz4.arrows"), writer.toUint8Array(true));
	const { code, stderr } = await countersink(["import", file("lz4.arrows"), "-o", file("lz4.duckdb")]);
	assert.match(
		stderr,
		/lz4\.arrows are compressed, which is not read here; write it without compression, or as Parquet/,
	);
	assert.deepEqual([code, existsSync(file("lz4.duckdb"))], [1, false]);
});

for (const { name, words, text, says, code = 2 } of refusals)
	test(`refused: ${name}`, async () => {
		const out = file("refused.duckdb");
		const result = await countersink(["import", ...words, "-o", out], {}, text);
		assert.match(result.stderr, says);
		assert.deepEqual([result.code, result.stdout], [code, ""]);
		assert.deepEqual([existsSync(out), ...leftovers()], [false]);
	});

test("ticks of the input give the period, however late the rows are", async () => {
	/* The last of four ticks of 10 us is missing, and the others are late by 0, 4 and 8 us: most rows are 14 us apart. */
	const rows = Array.from({ length: 3000 }, (_, i) => {
		const tick = Math.floor(i / 3) * 4 + (i % 3);
		return `${1790000000000000000n + BigInt(tick * 10_000 + (i % 3) * 4000)},${tick},100,${i}`;
	});
	await imported(["-"], `ts,tick,read_ns,x\n${rows.join("\n")}\n`, async (out) => {
		const [row] = await out.rows("SELECT period_ns, ticks_scheduled, gap_ticks FROM streams");
		assert.deepEqual(Object.values(row!).map(Number), [10_000, 3999, 999]);
	});
});

test("an existing file is replaced only when asked for, and only by an import that succeeds", async () => {
	const kept = file("kept.duckdb");
	const attempt = (text: string, ...words: string[]) => countersink(["import", "-", "-o", kept, ...words], {}, text);
	const good = "time,a\n1790000000,0\n1790000001,1\n";
	assert.equal((await attempt(good)).code, 0);
	const before = readFileSync(kept);
	assert.match((await attempt(good)).stderr, /kept\.duckdb exists; .*--overwrite/);
	assert.match((await attempt("time,a\n", "--overwrite")).stderr, /has no rows/);
	assert.deepEqual([readFileSync(kept).equals(before), ...leftovers()], [true]);
	assert.equal((await attempt(good.replace(",1", ",2"), "--overwrite")).code, 0);
	assert.equal(readFileSync(kept).equals(before), false);
});

test("hints that contradict our own files are refused", async () => {
	await shell(`$CS record -e 'synthetic:0/ramp@1kHz' -d 100ms -o - > ${file("own.arrows")}`);
	for (const hint of ["--period=1s", "--source=x", "--gauge=*", "--time=ts"]) {
		const { code, stderr } = await countersink(["import", file("own.arrows"), hint, "-o", file("own.duckdb")]);
		assert.equal(code, 2, stderr);
		assert.match(stderr, new RegExp(`describes its own columns, so ${hint.split("=")[0]} would have no effect`));
		assert.deepEqual([existsSync(file("own.duckdb")), ...leftovers()], [false]);
	}
});

for (const [what, begin] of [
	["has sent nothing", ""],
	["has sent some CSV", "echo time,a; echo 1790000000,0;"],
	["has sent half of an Arrow stream", `head -c 3000 ${file("own.arrows")};`],
] as const)
	test(`an import ends when it is asked to, though its input ${what} and goes on`, async () => {
		const input = spawn("sh", ["-c", `${begin} exec sleep 60`], { stdio: ["ignore", "pipe", "ignore"] });
		const out = file("stopped.duckdb");
		const { child, outcome } = start(["import", "-", "-o", out], { stdio: [input.stdout, "pipe", "pipe"] });
		const begun = (): boolean =>
			childrenOf(child.pid!).some((pid) => readFileSync(`/proc/${pid}/maps`, "latin1").includes("duckdb"));
		await until("it has begun", begin === "" ? begun : () => leftovers().length > 0);
		await sleep(200);
		child.kill("SIGTERM");
		const { code, signal, stderr } = await outcome;
		input.kill();
		/* Until our handlers are in place, the signal ends the process as it ends any program. */
		if (begin === "" && signal) return;
		/* On a busy machine it may not answer within the time that it has. */
		if (signal) assert.equal(signal, "SIGTERM");
		else assert.equal(code, 1);
		assert.match(
			stderr,
			/^countersink: (the import was interrupted, and|import did not end .* so it was killed;) its files were removed\n$/,
		);
		assert.deepEqual([existsSync(out), ...leftovers()], [false]);
	});
