// SPDX-License-Identifier: Apache-2.0
/** Imports files that were made to do harm. Each import must end with one sentence and nothing else. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import {
	Dictionary,
	Field,
	FixedSizeList,
	Float64,
	Int8,
	Int32,
	List,
	makeData,
	makeVector,
	Struct,
	Uint64,
	Utf8,
	type Vector,
	vectorFromArray,
} from "apache-arrow";
import { Compressed, columnsOf } from "../../import/arrow-batch.js";
import { contentOf, header, Messages } from "../../import/arrow-messages.js";
import { schemaOf } from "../../import/arrow-schema.js";
import { copyFor } from "../../import/arrow-types.js";
import { Damaged, Table } from "../../import/flatbuffer.js";
import { importFile } from "../../import/import.js";
import { Staging } from "../../import/staging.js";
import { type Sql, sql, text } from "../../storage/sql.js";
import { counter, foreign, ours, recording, rows, table } from "../support/arrow-input.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { withFile } from "../support/judge.js";
import { sampled, sized } from "../support/size.js";

const file = scratch();
const folder = dirname(file("x"));
const canary = file("canary");
const out = file("out.duckdb");

/** Checks that no text of a file was run, and that a failed import left nothing. */
function assertHarmless(kept: readonly string[] = []): void {
	assert.equal(existsSync(canary), false, "SQL of the input was run");
	const left = readdirSync(folder).filter((name) => name.startsWith(".") || name.startsWith("out."));
	assert.deepEqual(
		left.filter((name) => !kept.includes(name)),
		[],
	);
}

/** Imports bytes in this process. @returns the error as text; null where the import succeeds */
async function complaintOf(bytes: Uint8Array): Promise<string | null> {
	rmSync(out, { force: true });
	const hints = { counter: [], gauge: [] };
	const stdin = Readable.from([Buffer.from(bytes)]);
	try {
		await importFile({
			input: { file: "-", stdin },
			output: out,
			overwrite: true,
			hints,
			macros: sql`SELECT 1`,
		});
		return null;
	} catch (error) {
		return (error as Error).message;
	}
}

/** Imports a file through the command line, which must refuse it. */
async function refused(name: string, bytes: Uint8Array | string, says: RegExp, code = 1): Promise<void> {
	writeFileSync(file(name), bytes);
	rmSync(out, { force: true });
	const result = await countersink(["import", file(name), "-o", out]);
	assert.match(result.stderr, says);
	assert.deepEqual([result.code, result.signal, result.stdout], [code, null, ""]);
	assertHarmless();
}

const attack = `0; COPY (SELECT 'x') TO '${canary}'; --`;
const wrongNumbers = [attack, "0x10", "1e400", "NaN", "", "18446744073709551616", "-18446744073709551616", "1 OR 1=1"];

const numeric = Object.entries(recording).flatMap(([field, value]) =>
	typeof value === "number" || /^\d+$/.test(String(value)) ? [field] : [],
);
const ends = ["ticks_scheduled", "rows_stored", "gap_ticks", "null_values", "last_errno"].concat(
	["achieved", "lateness", "read"].flatMap((name) => ["p50", "p99", "max"].map((part) => `${name}_${part}_ns`)),
);

describe("what an input says of itself is never run", () => {
	test("a correct stream is imported", async () => {
		assert.equal(await complaintOf(ours()), null);
		await withFile(out, async (made) => {
			assert.equal(await made.number("SELECT count(*) FROM net"), rows);
			const row = await made.row("SELECT host, cpus, wall_offset_ns, ended FROM recording");
			assert.deepEqual(Object.values(row), ["here", 2, 1789999999876543211n, "complete"]);
		});
	});

	for (const field of numeric)
		test(`recording.${field}`, async () => {
			for (const value of sampled([attack, { a: 1 }, [1], 0.5, 2 ** 60, true, ...wrongNumbers])) {
				const complaint = await complaintOf(ours({ recording: JSON.stringify({ ...recording, [field]: value }) }));
				assert.match(
					String(complaint),
					new RegExp(`says that recording\\.${field} is .*, so it is damaged or was made by hand`),
				);
			}
			assertHarmless();
		});

	test("stream_end", async () => {
		for (const field of ends)
			for (const value of [attack, -1, "NaN"])
				assert.match(
					String(await complaintOf(ours({ stream_end: JSON.stringify({ [field]: value }) }))),
					new RegExp(`says that stream_end\\.${field} is `),
				);
		assertHarmless();
	});

	test("period and granted", async () => {
		for (const field of ["period_ns", "granted_ns"])
			for (const value of [...wrongNumbers, "0", "-1", "Infinity", "9007199254740993", "1.5"])
				assert.match(String(await complaintOf(ours({ [field]: value }))), new RegExp(`says that ${field} is `));
		assertHarmless();
	});

	test("who paces it", async () => {
		for (const said of [{ paced_by: attack }, { paced_by: "device" }, { paced_by: "events", granted_ns: "1000" }])
			assert.match(String(await complaintOf(ours(said))), /says that paced_by is /);
		assertHarmless();
	});

	test("gaps and marks", async () => {
		const at = String(recording.started_at_ns);
		const gaps = [
			[attack, 1, "late", at],
			[20, attack, "late", at],
			[20, 1, attack, at],
			[20, 1, "late", attack],
			[20, 1, "late"],
			[-1, 1, "late", at],
			[20, 1, "late", "9223372036854775807"],
		];
		for (const gap of gaps)
			assert.match(String(await complaintOf(ours({ gaps: JSON.stringify([gap]) }))), /says that one of its gaps is \[/);
		for (const mark of [[attack, "a", null], [at, 1, null], [at, "a", 1], [at, "a"], "x"])
			assert.match(
				String(await complaintOf(ours({ marks: JSON.stringify([mark]) }))),
				/says that one of its marks is /,
			);
		assert.equal(await complaintOf(ours({ marks: JSON.stringify([[at, 'it\'s "a"', `'); ${attack}`]]) })), null);
		await withFile(out, async (made) => {
			assert.deepEqual(Object.values(await made.row("SELECT name, detail FROM marks")), ['it\'s "a"', `'); ${attack}`]);
		});
		assertHarmless(["out.duckdb"]);
	});

	test("counters", async () => {
		for (const [field, value] of [
			["width", attack],
			["width", "0"],
			["width", "65"],
			["width", "NaN"],
			["semantics", "x'); --"],
			["source", 'a"b'],
			["unit", "x".repeat(65)],
		] as const)
			assert.match(
				String(await complaintOf(ours({}, { [field]: value }))),
				new RegExp(`says that "eth0_rx"\\.${field} is `),
			);
		assert.equal(await complaintOf(ours({}, { help: `'); ${attack}`, instance: "a'b\"c" })), null);
		assertHarmless(["out.duckdb"]);
	});

	test("names of streams and columns", async () => {
		for (const stream of ['a"b', "a'b", `a; ${attack}`, "gaps", "recording", "../x", "A", "x".repeat(201), "1a"])
			assert.match(String(await complaintOf(ours({ stream }))), /says that stream is /);
		for (const name of ['a"b', `a"; ${attack}`, "a b", "__proto__"])
			assert.match(String(await complaintOf(ours({}, {}, name))), /\.name is /);
		assertHarmless();
	});

	test("JSON that is invalid, deeper than any of ours, or names prototypes", async () => {
		const deep = "[".repeat(100_000) + "]".repeat(100_000);
		for (const key of ["recording", "gaps", "marks", "stream_end"]) {
			assert.match(String(await complaintOf(ours({ [key]: deep }))), new RegExp(`has more ${key} than`));
			assert.match(String(await complaintOf(ours({ [key]: "{" }))), new RegExp(`says that ${key} is "\\{"`));
			assert.match(String(await complaintOf(ours({ [key]: "7" }))), new RegExp(`says that ${key} is 7`));
		}
		const proto = `{"__proto__": {"host": "evil", "ended": "x"}, "constructor": 1, ${table.recording!.slice(1)}`;
		assert.equal(await complaintOf(ours({ recording: proto, __proto__: "x" })), null);
		await withFile(out, async (made) => assert.equal((await made.row("SELECT host FROM recording")).host, "here"));
		assert.equal(({} as Record<string, unknown>).host, undefined);
		assertHarmless(["out.duckdb"]);
	});

	test("a newer countersink may say more", async () => {
		const more = JSON.stringify({ ...recording, weather: attack, format_version: 99 });
		assert.equal(await complaintOf(ours({ recording: more, mood: attack })), null);
		assertHarmless(["out.duckdb"]);
	});

	test("the command line refuses it too, from Arrow and from Parquet", async () => {
		const bad = JSON.stringify({ ...recording, cpus: attack });
		await refused(
			"bad.arrows",
			ours({ recording: bad }),
			/says that recording\.cpus is "0; COPY .*nothing was imported\n$/,
		);
		const said = { ...table, recording: bad, counters: JSON.stringify([{ name: "eth0_rx", ...counter }]) };
		await parquet(file("bad.parquet"), said);
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("bad.parquet"), "-o", out]);
		assert.match(stderr, /bad\.parquet says that recording\.cpus is /);
		assert.equal(code, 1);
		assertHarmless();
	});
});

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function withDuckDB(use: (run: (sql: string) => Promise<unknown>) => Promise<void>): Promise<void> {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	await use((statement) => connection.run(statement));
	connection.closeSync();
	instance.closeSync();
}

/** Writes a Parquet file of 10 rows like ours with this metadata. */
const parquet = (path: string, said: Readonly<Record<string, string>>): Promise<void> =>
	withDuckDB(async (run) => {
		const keys = Object.entries(said).map(([key, value]) => `${quote(key)}: ${quote(value)}`);
		await run(`COPY (SELECT make_timestamp_ns(1790000000000000000 + i * 1000000) AS ts, i::UBIGINT AS tick, 0::UINTEGER AS read_ns,
			i::UBIGINT AS eth0_rx FROM range(10) t(i)) TO ${quote(path)} (FORMAT parquet, KV_METADATA {${keys.join(", ")}})`);
	});

/** Does what an import does with the bytes of an Arrow stream before DuckDB takes part. @returns the number of rows */
async function read(bytes: Uint8Array): Promise<number> {
	const messages = await Messages.open(Readable.from([Buffer.from(bytes)]));
	const first = await messages.next();
	if (first?.head.u8(1) !== header.schema) throw new Damaged("no schema");
	const { fields } = schemaOf(contentOf(first.head), first.head.i16(0));
	const copies = fields.map(copyFor);
	const taken = copies.flatMap((copy, i) => (copy ? [i] : []));
	let count = 0;
	for (let message = await messages.next(); message; message = await messages.next()) {
		if (message.head.u8(1) !== header.batch) continue;
		const batch = columnsOf(contentOf(message.head), message.body, fields, taken);
		batch.columns.forEach((column, i) => {
			copies[taken[i]!]!.check(column, { dictionary: () => ["a", "b", "c"], spend: () => {} });
			assert.ok(column.validity === null || column.validity.length >= batch.rows / 8);
			/* No type has more rows than bits, whatever its width. */
			assert.ok(column.rows <= 8 * column.buffers[0]!.length);
		});
		count += batch.rows;
	}
	await messages.close();
	return count;
}

const isSaid = (error: unknown): boolean => error instanceof Damaged || error instanceof Compressed;

const fits = new Int32();
const mixed = (length: number): Uint8Array =>
	foreign(
		{
			rx: vectorFromArray(
				Array.from({ length }, (_, i) => (i % 3 ? i : null)),
				fits,
			),
			word: vectorFromArray(
				Array.from({ length }, (_, i) => (i % 4 ? `w${i % 5}` : null)),
				new Utf8(),
			),
			name: vectorFromArray(
				Array.from({ length }, (_, i) => `n${i % 3}`),
				new Dictionary(new Utf8(), new Int8()),
			),
			list: vectorFromArray(
				Array.from({ length }, (_, i) => [i]),
				new List(new Field("item", fits)),
			),
		} as Record<string, Vector>,
		length,
	);

/** Distance in bytes from one tried byte to the next. A prime reaches every place of a word. */
const STEP = sized(7, 1);

describe("Arrow", () => {
	test("law: whatever byte is changed, the stream is refused or every buffer is as long as its rows need", async () => {
		const whole = mixed(20);
		let [good, bad] = [0, 0];
		for (let at = 0; at < whole.length; at += STEP)
			for (const value of [0, 1, 0x7f, 0x80, 0xff, whole[at]! ^ 8]) {
				const bytes = Uint8Array.from(whole);
				bytes[at] = value;
				try {
					await read(bytes);
					good++;
				} catch (error) {
					assert.ok(isSaid(error), `byte ${at} as ${value}: ${(error as Error).stack}`);
					bad++;
				}
			}
		assert.ok(good > 1000 / STEP && bad > 1000 / STEP, `${good} read, ${bad} refused`);
	});

	test("law: reading ends, wherever a stream is cut or bytes are inserted", async () => {
		const whole = mixed(20);
		for (let at = 0; at <= whole.length; at += STEP)
			for (const inserted of [null, Buffer.alloc(1), Buffer.alloc(8), Buffer.alloc(8, 0xff), Buffer.from("nonsense")]) {
				const bytes = Buffer.concat(
					inserted ? [whole.subarray(0, at), inserted, whole.subarray(at)] : [whole.subarray(0, at)],
				);
				await read(bytes).catch((error) => assert.ok(isSaid(error), `${at}: ${(error as Error).stack}`));
			}
	});

	test("bytes before the end mark", async () => {
		for (const isFile of [false, true]) {
			const whole = foreign({ rx: vectorFromArray([1, 2, 3], fits) }, 3, isFile);
			const mark = Buffer.from(whole).lastIndexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
			assert.ok(mark > 0);
			for (const inserted of ["AAAAAAAA", "\x01\0\0\0\x01\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff"]) {
				const bytes = Buffer.concat([whole.subarray(0, mark), Buffer.from(inserted, "latin1"), whole.subarray(mark)]);
				await refused(
					`inserted.${isFile ? "arrow" : "arrows"}`,
					bytes,
					/is damaged or cut off after \d+ rows? \(.*\); nothing was imported\n$/,
				);
			}
		}
	});

	/** Changes numbers of a batch: that of a file with a column `rx` of 77 values of 8 bytes. */
	const wide = 77;
	function patched(what: readonly [from: bigint, to: bigint][]): Uint8Array {
		const bytes = Buffer.from(
			foreign(
				{
					rx: vectorFromArray(
						Array.from({ length: wide }, (_, i) => i),
						new Float64(),
					),
				},
				wide,
				true,
			),
		);
		for (const [from, to] of what) {
			const wanted = Buffer.from(BigInt64Array.of(from).buffer);
			assert.ok(bytes.includes(wanted), `${from} is in the file`);
			for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 8)) bytes.writeBigInt64LE(to, at);
		}
		return bytes;
	}

	for (const [name, what, says] of [
		["more rows than bytes", [[77n, 50_000_000n]], /a buffer of 616 bytes is too short for 50000000 rows/],
		["a buffer that is shorter", [[616n, 600n]], /a buffer of 600 bytes is too short for 77 rows/],
		["a negative length", [[616n, -8n]], /overlaps another one or leaves its batch/],
		["a length beyond the batch", [[616n, 1n << 40n]], /overlaps another one or leaves its batch/],
		["a length of 2^62", [[616n, 1n << 62n]], /a message claims a length of 4611686018427388000/],
		["negative rows", [[77n, -77n]], /a batch claims to have -77 rows/],
	] as const)
		test(name, () => refused("patched.arrow", patched(what as never), new RegExp(`after 0 rows \\(.*${says.source}`)));

	test("wrong offsets of texts and wrong places in dictionaries are refused", async () => {
		const rx = vectorFromArray([1, 2, 3], fits);
		const whole = Buffer.from(foreign({ rx, word: vectorFromArray(["ab", "cd", "ef"], new Utf8()) }, 3));
		const place = whole.indexOf(Buffer.from(Int32Array.of(0, 2, 4, 6).buffer));
		assert.ok(place > 0);
		for (const offsets of [
			[0, 2, 4, 1_000_000],
			[0, 4, 2, 6],
			[-4, 0, 2, 4],
			[1 << 30, 1 << 30, 1 << 30, 1 << 30],
		]) {
			const bytes = Buffer.from(whole);
			bytes.set(Buffer.from(Int32Array.from(offsets).buffer), place);
			await refused("offsets.arrows", bytes, /\(row \d starts at byte -?\d+ of \d+, after one at \d+\)/);
		}
		const words = (indices: readonly number[]): Vector => {
			const type = new Dictionary(new Utf8(), new Int8());
			const dictionary = vectorFromArray(["a", "b"], new Utf8());
			return makeVector(makeData({ type, length: 3, nullCount: 0, data: Int8Array.from(indices), dictionary }));
		};
		for (const indices of [
			[0, 1, 2],
			[0, -1, 0],
			[127, 0, 0],
		])
			await refused(
				"indices.arrows",
				foreign({ rx, word: words(indices) }, 3),
				/\(row \d names text -?\d+ of a dictionary that has 2\)/,
			);
	});

	test("lists, structs and views are left out by name, whatever is in them", async () => {
		const item = new Field("item", fits);
		const wild = makeVector(
			makeData({
				type: new List(item),
				length: 3,
				nullCount: 0,
				valueOffsets: Int32Array.of(0, 1 << 30, -5, 1 << 29),
				child: makeData({ type: fits, length: 1, nullCount: 0, data: Int32Array.of(1) }),
			}),
		);
		const columns = {
			rx: vectorFromArray([1, 2, 3], fits),
			wild,
			fixed: vectorFromArray(
				[
					[1, 2],
					[3, 4],
					[5, 6],
				],
				new FixedSizeList(2, item),
			),
			both: vectorFromArray([{ a: 1 }, { a: 2 }, { a: 3 }], new Struct([new Field("a", fits)])),
			last: vectorFromArray([4n, 5n, 6n], new Uint64()),
		};
		writeFileSync(file("nested.arrows"), foreign(columns as Record<string, Vector>, 3));
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("nested.arrows"), "-o", out]);
		assert.equal(code, 0, stderr);
		assert.match(stderr, /left out, because they are not numbers: wild, fixed, both\n/);
		await withFile(out, async (made) =>
			assert.deepEqual(Object.values(await made.row("SELECT sum(rx), sum(last) FROM nested")), [6n, 15n]),
		);
	});

	test("reading a table that is its own child ends", () => {
		/* A root table whose field 0 is a vector of tables, each of which is the root again. */
		const bytes = new Uint8Array(64);
		const view = new DataView(bytes.buffer);
		view.setUint32(0, 16, true);
		view.setUint16(8, 6, true);
		view.setUint16(10, 8, true);
		view.setUint16(12, 4, true);
		view.setInt32(16, 8, true);
		view.setUint32(20, 4, true);
		view.setUint32(24, 2, true);
		for (const at of [28, 32]) view.setUint32(at, (16 - at) >>> 0, true);
		assert.throws(() => Table.root(bytes).tables(0), Damaged);
		view.setUint32(24, 4_000_000_000, true);
		assert.throws(() => Table.root(bytes).tables(0), /refers to bytes outside itself/);
	});
});

describe("texts", () => {
	const deep = (n: number, open: string, close: string): string =>
		`{"time":1790000001,"a":2,"x":${open.repeat(n)}1${close.repeat(n)}}`;
	const line = '{"time":1790000000,"a":1}';

	test("NDJSON that is nested too deep is refused, with its line", async () => {
		await refused(
			"deep.ndjson",
			`${line}\n${deep(18_000, '{"x":', "}")}\n`,
			/line 2 of .*deep\.ndjson is nested more than 64 levels deep.*\n$/,
		);
		await refused(
			"lists.ndjson",
			`${line}\n${line}\n${deep(100_000, "[", "]")}\n`,
			/line 3 of .* is nested more than 64 levels deep/,
		);
		const text = `${line.replace("}", ',"s":"[[[{{{\\""}')}\n${line.replace("0,", "1,")}\n`.repeat(1);
		writeFileSync(file("brackets.ndjson"), text.replace("[[[", "[".repeat(500)));
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("brackets.ndjson"), "-o", out]);
		assert.equal(code, 0, stderr);
	});

	test("a line that is too long for a row is refused", async () => {
		const long = `{"time":1790000001,"a":"${"x".repeat(17 << 20)}"}`;
		await refused("long.ndjson", `${line}\n${long}\n`, /line 2 of .* is longer than 16 MiB/);
	});

	test("CSV with too many columns is refused", async () => {
		for (const separator of [",", ";", "\t", "|"]) {
			const names = Array.from({ length: 200_000 }, (_, i) => `c${i}`).join(separator);
			await refused("wide.csv", `${names}\n`, /line 1 of .*wide\.csv has more than 8,192 columns/);
		}
	});

	test("names of columns that are SQL are not run", async () => {
		const name = `a"; ${attack}`;
		writeFileSync(
			file("names.csv"),
			`time,"${name.replaceAll('"', '""')}",highest0,value0\n1790000000,1,1,1.5\n1790000001,2,3,2.5\n`,
		);
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("names.csv"), "-o", out]);
		assert.equal(code, 0, stderr);
		assertHarmless(["out.duckdb"]);
		await withFile(out, async (made) => {
			const ids = (await made.rows("SELECT id FROM counters")).map(({ id }) => id);
			assert.deepEqual(ids.slice(1), ["names:highest0", "names:value0"]);
		});
	});

	test("long names in a message are cut", async () => {
		writeFileSync(file("long.csv"), `time,a\n1790000000,1\n${"y".repeat(70_000)},2\n`);
		writeFileSync(
			file("many.csv"),
			`${Array.from({ length: 3000 }, (_, i) => `c${i}`).join(",")}\n${"1,".repeat(2999)}1\n`,
		);
		for (const name of ["long.csv", "many.csv"]) {
			const { code, stderr } = await countersink(["import", file(name), "-o", out]);
			assert.notEqual(code, 0);
			assert.ok(stderr.length < 3000, `${stderr.length} characters`);
		}
	});

	test("a file with the name of a table of recordings gets another stream name", async () => {
		writeFileSync(file("gaps.csv"), "time,a\n1790000000,1\n1790000001,2\n");
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("gaps.csv"), "-o", out]);
		assert.equal(code, 0, stderr);
		assert.match(stderr, /as stream gaps_2,/);
	});

	test("a compressed file is not decompressed, whatever its name", async () => {
		await refused(
			"bomb.csv.gz",
			gzipSync(Buffer.alloc(50 << 20, "1,1\n")),
			/is compressed; decompress it into a pipe, as in zcat/,
			2,
		);
		writeFileSync(file("plain.csv.gz"), "time,a\n1790000000,1\n1790000001,2\n");
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("plain.csv.gz"), "-o", out]);
		assert.equal(code, 0, stderr);
	});
});

describe("Parquet", () => {
	test("a small file with a huge table is refused", async () => {
		await withDuckDB((run) =>
			run(`COPY (SELECT TIMESTAMP '2026-01-01' AS ts, 7 AS x FROM range(10000000)) TO ${quote(file("bomb.parquet"))}
			(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10000000)`).then(() => {}),
		);
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("bomb.parquet"), "-o", out]);
		assert.match(
			stderr,
			/claims 10,000,000 rows of 2 columns in .*, more than measurements take; nothing was imported/,
		);
		assert.equal(code, 1);
		assertHarmless();
	});

	test("a file without a valid end is refused", async () => {
		const says = /is damaged or cut off \(its .*\); nothing was imported\n$/;
		await refused("a.parquet", "PAR1", says);
		await refused("b.parquet", "PAR1aaaaaaaa", says);
		await refused("c.parquet", Buffer.from("PAR1aaaa\xff\xff\xff\x7fPAR1", "latin1"), says);
		await refused("d.parquet", "PAR1aaaa\0\0\0\0PAR1", says);
		await refused("e.parquet", "PAR1aaaa\x04\0\0\0PARE", /is encrypted, and countersink cannot decrypt it/, 2);
	});

	test("metadata of other tools may be anything", async () => {
		await withDuckDB((run) =>
			run(`COPY (SELECT make_timestamp(1790000000000000 + i * 1000000) AS ts, i AS x, {'a': i} AS s FROM range(5) t(i))
			TO ${quote(file("other.parquet"))} (FORMAT parquet, KV_METADATA {pandas: '\\xFF\\xFE'::BLOB, other: '{'})`).then(
				() => {},
			),
		);
		rmSync(out, { force: true });
		const { code, stderr } = await countersink(["import", file("other.parquet"), "-o", out]);
		assert.equal(code, 0, stderr);
		assert.match(stderr, /left out, because they are not numbers: s\n/);
	});
});

test("DuckDB is shut off and locked before it sees the input: it reads the one file, and writes none", async () => {
	rmSync(out, { force: true });
	for (const input of [null, file("secret.csv")]) {
		writeFileSync(file("secret.csv"), "a\n1\n");
		const staging = await Staging.create(out, () => input);
		try {
			const fails = (statement: Sql): Promise<void> =>
				assert.rejects(staging.run(statement), /disabled|locked|Permission/i, statement);
			await fails(sql`SELECT * FROM read_text('/etc/hostname')`);
			await fails(sql`COPY (SELECT 1) TO ${text(canary)}`);
			await fails(sql`ATTACH ${text(canary)} AS other`);
			await fails(sql`SET enable_external_access = true`);
			await fails(sql`INSTALL httpfs`);
			await fails(sql`LOAD httpfs`);
			const own = sql`SELECT * FROM read_csv(${text(file("secret.csv"))})`;
			if (input === null) await fails(own);
			else await staging.run(own);
			await staging.run(sql`CREATE TABLE staging.more AS SELECT 1`);
		} finally {
			staging.remove();
		}
		assertHarmless();
	}
});

test("DuckDB never takes an input for a pattern or for another file", async () => {
	const secret = file("secret.csv");
	writeFileSync(secret, "time,a\n1790000000,1\n1790000001,2\n");
	/* A text that DuckDB could read as a file name stays a text. */
	const rowsOf = `time,a,b\n1790000000,1,${secret}\n1790000001,2,'${canary}'\n`;
	const { code, stderr } = await countersink(["import", "-", "-o", out, "--overwrite"], {}, rowsOf);
	assert.equal(code, 0, stderr);
	assertHarmless(["out.duckdb"]);
});
