// SPDX-License-Identifier: Apache-2.0
/** countersink export: a reader that is not ours reads every format back, and gets the recording to the last bit. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { parseMoment } from "../../export/times.js";
import { countersink, type Outcome, shell } from "../support/countersink.js";
import { bits, type Columns, fromRecording, parquetMetadata, readers, selectFrom } from "../support/exported.js";
import { readArrow } from "../support/flechette.js";
import { scratch } from "../support/folder.js";
import { type MadeRow, makeRecording, STARTED_NS } from "../support/made.js";

const file = scratch();
const recording = file("run.duckdb");

const TOP = (1n << 64n) - 1n;
const odd = [
	0,
	-0,
	0.1,
	-1e300,
	5e-324,
	Number.MAX_VALUE,
	Number.NaN,
	Number.POSITIVE_INFINITY,
	Number.NEGATIVE_INFINITY,
];
const wide = [0n, 1n, (1n << 53n) + 1n, TOP, TOP - 7n, 9_999_999_999n, 4_294_967_295n, 4_294_967_296n, 1n << 63n];
const signed = [
	0n,
	-1n,
	-(1n << 63n),
	(1n << 63n) - 1n,
	-(1n << 53n) - 1n,
	(1n << 53n) + 1n,
	-4_294_967_296n,
	42n,
	-99n,
];

/** 5,000 rows: more than one vector of DuckDB, and the last is not full. Ticks 100 to 109 and 4000 are missing. */
function oddRows(): MadeRow[] {
	const ticks = Array.from({ length: 5011 }, (_, tick) => tick).filter((t) => !((t >= 100 && t < 110) || t === 4000));
	return ticks.map((tick, i) => ({
		tick,
		late_ns: (i * 7919) % 100_000,
		read_ns: 1000 + (i % 13),
		values: [
			i % 11 === 3 ? null : wide[i % wide.length]!,
			i % 7 === 5 ? null : signed[i % signed.length]!,
			i % 5 === 4 ? null : odd[i % odd.length]!,
			i < 3000 ? BigInt(i) : null,
		],
	}));
}

const oddCounters = [
	{ id: "odd:a/wide", unit: "bytes", semantics: "gauge", help: 'Says "wide", in bytes.' },
	{ id: "odd:a/signed", semantics: "gauge", type: "i64" },
	{ id: "odd:b/real", semantics: "gauge", type: "f64" },
	{ id: "odd:b/late", unit: "packets" },
] as const;
const types = { a_wide: "UBIGINT", a_signed: "BIGINT", b_real: "DOUBLE", b_late: "UBIGINT" };

before(async () => {
	await makeRecording(
		recording,
		[
			{ period_ns: 1_000_000, counters: oddCounters, rows: oddRows() },
			{
				name: "wrap",
				period_ns: 1_000_000,
				/* A 16-bit counter that wraps, is reset at tick 600, and does not move for a while. */
				counters: [
					{ id: "wrap:0/short", width: 16, unit: "bytes" },
					{ id: "wrap:0/level", semantics: "gauge" },
				],
				rows: `SELECT t AS tick, make_timestamp_ns(${STARTED_NS} + t * 1000000 + (t * 31) % 1000) AS ts,
					(CASE WHEN t < 600 THEN t * 700 ELSE (t - 600) * 90 END % 65536)::UBIGINT AS "0_short", ((t * t) % 97)::UBIGINT AS "0_level"
					FROM range(1000) r(t) WHERE t NOT BETWEEN 300 AND 304`.replaceAll('"0_', '"wrap_0_'),
			},
		],
		{ host: "lab/7", events: ["odd:*"], marks: [{ at_ns: 5_000_000, name: "phase", detail: 'two "quotes"' }] },
	);
});

async function exported(...words: string[]): Promise<Outcome> {
	const outcome = await countersink(["export", recording, ...words]);
	assert.equal(outcome.code, 0, outcome.stderr);
	assert.equal(outcome.stdout, "");
	return outcome;
}

/** SQL for the columns, with times as nanoseconds. */
const wanted = (columns: string, from: string): Promise<Columns> =>
	fromRecording(recording, `SELECT epoch_ns(ts) AS ts, tick, read_ns, ${columns} FROM ${from}`);

/** JSON has no number for these, so they are null. */
const withoutOdd = (columns: Columns): Columns => ({
	...columns,
	b_real: columns.b_real!.map((cell) => ([Number.NaN, 1 / 0, -1 / 0].some((n) => bits(n) === cell) ? null : cell)),
});

for (const extension of ["parquet", "arrow", "arrows", "csv", "ndjson"])
	test(`${extension} holds every value, to the last bit`, async () => {
		const path = file(`odd.${extension}`);
		await exported("--stream", "odd", "-o", path);
		const truth = await wanted("a_wide, a_signed, b_real, b_late", "odd");
		const found = await readers(types)[extension]!(path);
		assert.deepEqual(found, extension === "ndjson" ? withoutOdd(truth) : truth);
		assert.equal(found.ts!.length, 5000);
	});

test("one stream gives exactly the named file, several give one each", async () => {
	mkdirSync(file("many"));
	await exported("-o", file("many/x.csv"));
	await exported("-f", "csv", "-o", file("many/"));
	await exported("--stream", "wrap", "-o", file("many/y.csv"));
	await exported("-f", "parquet", "-o", file("new/"));
	assert.deepEqual(readdirSync(file("many")).sort(), ["odd.csv", "wrap.csv", "x.odd.csv", "x.wrap.csv", "y.csv"]);
	assert.deepEqual(readdirSync(file("new")).sort(), ["odd.parquet", "wrap.parquet"]);
	assert.deepEqual(readFileSync(file("many/y.csv")), readFileSync(file("many/wrap.csv")));
});

test("standard output carries what a file holds", async () => {
	for (const format of ["arrow", "arrows", "csv", "ndjson", "openmetrics"]) {
		const path = file(`piped.${format}`);
		await exported("--stream", "wrap", "-f", format, "-o", path);
		const piped = await shell(`$CS export ${recording} --stream wrap -f ${format} -o - > ${path}.out`);
		assert.equal(piped.code, 0, piped.stderr);
		assert.deepEqual(readFileSync(`${path}.out`), readFileSync(path), format);
	}
});

const metadataKeys = ["recording", "gap_ticks", "gaps", "marks"];

function judgeMetadata(about: (key: string) => string | undefined): void {
	assert.equal(about("stream"), "odd");
	assert.equal(about("source"), "odd");
	assert.equal(about("period_ns"), "1000000");
	const [run, gapTicks, gaps, marks] = metadataKeys.map((key) => JSON.parse(about(key)!));
	assert.equal(run.host, "lab/7");
	assert.deepEqual(run.events, ["odd:*"]);
	assert.equal(run.started_at_ns, String(STARTED_NS));
	assert.deepEqual(gapTicks, { late: 11 });
	assert.deepEqual(
		gaps.map((gap: unknown[]) => gap.slice(0, 3)),
		[
			[100, 10, "late"],
			[4000, 1, "late"],
		],
	);
	assert.deepEqual(marks, [[String(STARTED_NS + 5_000_000n), "phase", 'two "quotes"']]);
}

test("Arrow keeps the metadata of the recording and of each counter", async () => {
	const path = file("about.arrow");
	await exported("--stream", "odd", "-o", path);
	const { schema } = readArrow(readFileSync(path));
	judgeMetadata((key) => schema.metadata!.get(key));
	const [wideField] = schema.fields.slice(3);
	assert.deepEqual(Object.fromEntries(wideField!.metadata!), {
		id: "odd:a/wide",
		source: "odd",
		instance: "a",
		counter: "wide",
		unit: "bytes",
		semantics: "gauge",
		width: "64",
		help: 'Says "wide", in bytes.',
	});
});

test("Parquet keeps that metadata under its own keys, and is compressed with zstd", async () => {
	const path = file("about.parquet");
	await exported("--stream", "odd", "-o", path);
	const about = await parquetMetadata(path);
	judgeMetadata((key) => about[key]);
	const counters = JSON.parse(about.counters!) as Record<string, string>[];
	assert.deepEqual(
		counters.map(({ name, id, unit }) => [name, id, unit]),
		[
			["a_wide", "odd:a/wide", "bytes"],
			["a_signed", "odd:a/signed", "items"],
			["b_real", "odd:b/real", "items"],
			["b_late", "odd:b/late", "packets"],
		],
	);
	const chunks = await selectFrom(
		`SELECT DISTINCT compression FROM parquet_metadata('${path}') WHERE path_in_schema = 'a_wide'`,
	);
	assert.deepEqual(chunks.compression, ["ZSTD"]);
});

test("deltas and rates are those of the macros", async () => {
	for (const [form, macro, column] of [
		["delta", "deltas", "delta"],
		["rate", "rate", "per_s"],
	]) {
		const path = file(`${form}.arrow`);
		await exported("--stream", "wrap", "--as", form!, "-o", path);
		const found = await readers({}).arrow!(path);
		const truth = await fromRecording(
			recording,
			`SELECT w.tick, d.${column} AS moved, w.wrap_0_level FROM wrap w LEFT JOIN ${macro}('wrap', 'wrap:0/short') d USING (tick) ORDER BY tick`,
		);
		assert.deepEqual(found.wrap_0_short, truth.moved, form);
		assert.deepEqual(found.wrap_0_level, truth.wrap_0_level, "a gauge keeps its values");
		/* The first row, the first after the gap, and the reset. */
		const nulls = found.tick!.filter((_, i) => found.wrap_0_short![i] === null);
		assert.deepEqual(nulls, [0n, 305n, 600n]);
	}
	const { schema } = readArrow(readFileSync(file("rate.arrow")));
	assert.equal(schema.fields[3]!.metadata!.get("unit"), "bytes/s");
});

test("a part of the time has the delta of its first row", async () => {
	const path = file("part.arrow");
	await exported("--stream", "wrap", "--as", "delta", "--from", "100ms", "--to", "0.2s", "-o", path);
	const found = await readers({}).arrow!(path);
	const truth = await fromRecording(
		recording,
		"SELECT tick, delta FROM deltas('wrap', 'wrap_0_short') WHERE tick BETWEEN 100 AND 199 ORDER BY tick",
	);
	assert.deepEqual(found.tick, truth.tick);
	assert.deepEqual(found.wrap_0_short, truth.delta);
	assert.equal(found.wrap_0_short![0], 700n);
});

test("times are offsets, times of day, or dates, all UTC", () => {
	/* The recording starts at 22:13:20. */
	for (const [text, offset_ns] of [
		["0", 0n],
		["0s", 0n],
		["250ms", 250_000_000n],
		["22:13:20.25", 250_000_000n],
		["22:14", 40_000_000_000n],
		["00:00:00", 6_400_000_000_000n],
		["2023-11-14T22:13:20.25Z", 250_000_000n],
		["2023-11-14 22:13:20.250000001", 250_000_001n],
		["2023-11-14T23:13:20.25+01:00", 250_000_000n],
		["2023-11-15", 6_400_000_000_000n],
	] as const)
		assert.equal(parseMoment(text, STARTED_NS, "--from") - STARTED_NS, offset_ns, text);
	for (const text of ["", "5", "25:00", "22:60", "2023-13-01", "2023-11-14T", "-1s", "1s2"])
		assert.throws(() => parseMoment(text, STARTED_NS, "--from"), /is not a valid time/, text);
});

test("a bucket has the mean rate, the sum of deltas, the first reading, or the envelope", async () => {
	const bucket = "(tick // 100)::UBIGINT";
	const queries: Record<string, [words: string[], sql: string]> = {
		rate: [
			["--as", "rate"],
			`SELECT ${bucket} AS k, sum(delta) * 1e9 / sum(dt_ns) FILTER (delta IS NOT NULL) AS a FROM deltas('wrap', 'wrap_0_short') GROUP BY k ORDER BY k`,
		],
		delta: [
			["--as", "delta"],
			`SELECT ${bucket} AS k, sum(delta)::UBIGINT AS a FROM deltas('wrap', 'wrap_0_short') GROUP BY k ORDER BY k`,
		],
		value: [
			[],
			`SELECT ${bucket} AS k, arg_min(wrap_0_short, tick) AS a, avg(wrap_0_level) AS b FROM wrap GROUP BY k ORDER BY k`,
		],
	};
	for (const [name, [words, sql]] of Object.entries(queries)) {
		const path = file(`bucket-${name}.arrow`);
		await exported("--stream", "wrap", "--rate", "10Hz", ...words, "-o", path);
		const found = await readers({}).arrow!(path);
		const truth = await fromRecording(recording, sql);
		assert.deepEqual(found.tick, truth.k, name);
		assert.deepEqual(found.wrap_0_short, truth.a, name);
		if (truth.b) assert.deepEqual(found.wrap_0_level, truth.b);
	}
	await exported(
		"--stream",
		"wrap",
		"--rate",
		"10Hz",
		"--down",
		"envelope",
		"--as",
		"rate",
		"-o",
		file("envelope.arrow"),
	);
	const found = await readers({}).arrow!(file("envelope.arrow"));
	const truth = await fromRecording(
		recording,
		`SELECT min(per_s) AS low, max(per_s) AS high FROM rate('wrap', 'wrap_0_short') GROUP BY ${bucket} ORDER BY ${bucket}`,
	);
	assert.deepEqual(found.wrap_0_short_min, truth.low);
	assert.deepEqual(found.wrap_0_short_max, truth.high);
});

test("counters are chosen by globs over their ids", async () => {
	await exported("--counters", "odd:b/*", "--counters", "wrap:0/l*", "-o", file("globs.csv"));
	const heads = ["odd", "wrap"].map((stream) => readFileSync(file(`globs.${stream}.csv`), "utf8").split("\n")[0]);
	assert.deepEqual(heads, ["ts,tick,read_ns,b_real,b_late", "ts,tick,read_ns,wrap_0_level"]);
});

test("a dataset is one table, whatever the streams", async () => {
	const root = file("dataset");
	await exported("--partition", "host,date,stream", "-o", root);
	const folder = `${root}/host=lab%2F7/date=2023-11-14/stream=odd`;
	assert.deepEqual(readdirSync(folder), ["odd-20231114T221320.000Z.parquet"]);
	const all = `read_parquet('${root}/**/*.parquet', hive_partitioning = true)`;
	const found =
		await selectFrom(`SELECT tick::UBIGINT AS tick, ts_ns, epoch_us(ts) AS us, exact::VARCHAR AS exact, value FROM ${all}
		WHERE stream = 'odd' AND host = 'lab/7' AND id = 'odd:a/wide' ORDER BY tick`);
	const truth = await fromRecording(
		recording,
		`SELECT tick, epoch_ns(ts) AS ts_ns, epoch_us(ts) AS us, a_wide::VARCHAR AS exact, a_wide::DOUBLE AS value
			FROM odd WHERE a_wide IS NOT NULL ORDER BY tick`,
	);
	assert.deepEqual(found, truth);
	const doubles = await selectFrom(`SELECT value FROM ${all} WHERE id = 'odd:b/real' ORDER BY tick`);
	const reals = await fromRecording(
		recording,
		"SELECT b_real AS value FROM odd WHERE b_real IS NOT NULL ORDER BY tick",
	);
	assert.deepEqual(doubles, reals);
	const count = await selectFrom(`SELECT count(*) AS n, count(DISTINCT stream) AS streams FROM ${all}`);
	const values = await fromRecording(
		recording,
		"SELECT (SELECT count(*) FROM odd_long) + (SELECT count(*) FROM wrap_long) AS n",
	);
	assert.deepEqual(count, { n: values.n, streams: [2n] });
});

/** One family after another, each with its samples in order of time. */
function parseOpenMetrics(text: string) {
	assert.ok(text.endsWith("\n# EOF\n"));
	const families = new Map<string, { type: string; unit?: string; samples: string[][] }>();
	let current = "";
	for (const line of text.split("\n").slice(0, -2)) {
		const [, kind, name, rest] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line) ?? [];
		if (kind === "TYPE") {
			assert.ok(!families.has(name!), `${name} occurs twice`);
			families.set(name!, { type: rest!, samples: [] });
			current = name!;
		} else if (kind) {
			assert.equal(name, current);
			if (kind === "UNIT") assert.ok(name!.endsWith(`_${rest}`));
		} else {
			const sample = /^([a-z_:A-Z0-9]+)\{(.*)\} (\S+) (\d+)\.(\d{9})$/.exec(line);
			assert.ok(sample, line);
			const family = families.get(current)!;
			assert.equal(sample[1], family.type === "counter" ? `${current}_total` : current);
			family.samples.push([sample[2]!, sample[3]!, `${sample[4]}${sample[5]}`]);
		}
	}
	return families;
}

test("OpenMetrics has each family in one piece, with every value at its time", async () => {
	const path = file("run.om");
	await exported("-o", path);
	const families = parseOpenMetrics(readFileSync(path, "utf8"));
	assert.deepEqual(
		[...families.keys()],
		[
			"countersink_odd_wide_bytes",
			"countersink_odd_signed_items",
			"countersink_odd_real_items",
			"countersink_odd_late_packets",
			"countersink_wrap_short_bytes",
			"countersink_wrap_level_items",
		],
	);
	const { type, samples } = families.get("countersink_odd_wide_bytes")!;
	assert.equal(type, "gauge");
	assert.equal(families.get("countersink_wrap_short_bytes")!.type, "counter");
	const truth = await fromRecording(
		recording,
		"SELECT a_wide::VARCHAR AS value, epoch_ns(ts)::VARCHAR AS ns FROM odd WHERE a_wide IS NOT NULL ORDER BY tick",
	);
	assert.deepEqual(
		samples.map(([, value]) => value),
		truth.value,
	);
	assert.deepEqual(
		samples.map(([, , ns]) => ns),
		truth.ns,
	);
	assert.equal(samples[0]![0], 'host="lab/7",source="odd",instance="a",stream="odd"');
});

test("the text formats give the same bytes as before", async () => {
	const part = ["--stream", "odd", "--from", "98ms", "--to", "0.112s"];
	for (const [format, golden] of Object.entries(goldens)) {
		const words = [...part, ...(format === "openmetrics" ? ["--counters", "odd:b/*"] : []), "-f", format, "-o", "-"];
		const { code, stdout } = await countersink(["export", recording, ...words]);
		assert.equal(code, 0);
		assert.equal(stdout, golden, format);
	}
});

const goldens: Record<string, string> = {
	csv: `ts,tick,read_ns,a_wide,a_signed,b_real,b_late
2023-11-14 22:13:20.098076062,98,1007,9223372036854775808,-99,-Infinity,98
2023-11-14 22:13:20.099083981,99,1008,0,0,,99
2023-11-14 22:13:20.110091900,110,1009,1,-1,0,100
2023-11-14 22:13:20.111099819,111,1010,9007199254740993,-9223372036854775808,0.1,101
`,
	ndjson: `{"ts":"2023-11-14 22:13:20.098076062","tick":98,"read_ns":1007,"a_wide":9223372036854775808,"a_signed":-99,"b_real":null,"b_late":98}
{"ts":"2023-11-14 22:13:20.099083981","tick":99,"read_ns":1008,"a_wide":0,"a_signed":0,"b_real":null,"b_late":99}
{"ts":"2023-11-14 22:13:20.110091900","tick":110,"read_ns":1009,"a_wide":1,"a_signed":-1,"b_real":0,"b_late":100}
{"ts":"2023-11-14 22:13:20.111099819","tick":111,"read_ns":1010,"a_wide":9007199254740993,"a_signed":-9223372036854775808,"b_real":0.1,"b_late":101}
`,
	openmetrics: `# TYPE countersink_odd_real_items gauge
# UNIT countersink_odd_real_items items
# HELP countersink_odd_real_items real of a made recording.
countersink_odd_real_items{host="lab/7",source="odd",instance="b",stream="odd"} -Inf 1700000000.098076062
countersink_odd_real_items{host="lab/7",source="odd",instance="b",stream="odd"} 0 1700000000.110091900
countersink_odd_real_items{host="lab/7",source="odd",instance="b",stream="odd"} 0.1 1700000000.111099819
# TYPE countersink_odd_late_packets counter
# UNIT countersink_odd_late_packets packets
# HELP countersink_odd_late_packets late of a made recording.
countersink_odd_late_packets_total{host="lab/7",source="odd",instance="b",stream="odd"} 98 1700000000.098076062
countersink_odd_late_packets_total{host="lab/7",source="odd",instance="b",stream="odd"} 99 1700000000.099083981
countersink_odd_late_packets_total{host="lab/7",source="odd",instance="b",stream="odd"} 100 1700000000.110091900
countersink_odd_late_packets_total{host="lab/7",source="odd",instance="b",stream="odd"} 101 1700000000.111099819
# EOF
`,
};

const usage: [name: string, words: string[], sentence: RegExp][] = [
	["no output", [], /no output was given; name a file with -o, as in -o run\.parquet, or - for standard output/],
	["an unknown extension", ["-o", file("x.xyz")], /does not tell the format; choose one with -f: .*parquet, arrow,/],
	["an unknown format", ["-f", "parqet", "-o", "x"], /there is no format 'parqet'; did you mean 'parquet'\?/],
	["Parquet to a pipe", ["-f", "parquet", "-o", "-"], /parquet cannot be written to a pipe, .*; name a file with -o/],
	[
		"several streams to a pipe",
		["-f", "csv", "-o", "-"],
		/carries one stream, and there are odd, wrap; choose one with --stream/,
	],
	["an unknown stream", ["--stream", "od", "-o", file("x.csv")], /there is no stream 'od' in .*; did you mean 'odd'\?/],
	[
		"no counter",
		["--counters", "odd:a/wid", "-o", file("x.csv")],
		/'odd:a\/wid' matches no selected counter; did you mean 'odd:a\/wide'\?/,
	],
	[
		"a rate of a gauge",
		["--as", "rate", "--counters", "wrap:0/level", "-o", file("x.csv")],
		/wrap:0\/level is a gauge, which has values but no rate; /,
	],
	["an invalid time", ["--from", "soon", "-o", file("x.csv")], /'soon' of --from is not a valid time; write /],
	["no time", ["--from", "2s", "--to", "1s", "-o", file("x.csv")], /--to 1s is not after --from 2s/],
	[
		"an empty part",
		["--from", "1h", "-o", file("x.csv")],
		/has no rows between --from and --to, so there is nothing to export; /,
	],
	["an invalid rate", ["--rate", "fast", "-o", file("x.csv")], /'fast' is not a valid rate; /],
	[
		"--down without buckets",
		["--down", "envelope", "-o", file("x.csv")],
		/--down applies to buckets only; give their length, too, as in --rate 10Hz/,
	],
	["an unknown key", ["--partition", "hots", "-o", file("x")], /'hots' is not a partition key; did you mean 'host'\?/],
	["a dataset of CSV", ["--partition", "host", "-f", "csv", "-o", file("x")], /--partition writes Parquet, not csv; /],
	["no folder", ["-o", file("none/x.csv")], /there is no folder .*none for .*; make it, or name another with -o/],
	[
		"the recording itself",
		["-f", "openmetrics", "--overwrite", "-o", recording],
		/is the recording itself; name another with -o/,
	],
];

for (const [name, words, sentence] of usage)
	test(`refused: ${name}`, async () => {
		const { code, stdout, stderr } = await countersink(["export", recording, ...words]);
		assert.equal(code, 2, stderr);
		assert.equal(stdout, "");
		assert.match(stderr, sentence);
		assert.match(stderr, /^countersink: [^\n]*\n$/);
	});

test("an existing file is kept unless --overwrite is given", async () => {
	const path = file("kept.csv");
	writeFileSync(path, "mine");
	const refused = await countersink(["export", recording, "--stream", "wrap", "-o", path]);
	assert.equal(refused.code, 2);
	assert.match(refused.stderr, /kept\.csv exists; name another with -o, or replace it with --overwrite/);
	assert.equal(readFileSync(path, "utf8"), "mine");
	await exported("--stream", "wrap", "--overwrite", "-o", path);
	assert.match(readFileSync(path, "utf8"), /^ts,tick/);
});

test("a reader that stops reading is not an error", async () => {
	for (const format of ["csv", "arrows"]) {
		const { stdout, stderr } = await shell(
			`$CS export ${recording} --stream odd -f ${format} -o - | head -c 20 | wc -c; echo \${PIPESTATUS[0]}`,
		);
		assert.equal(stderr, "");
		assert.equal(stdout, "20\n0\n");
	}
});

test("a file that is not a recording, or is cut off, is refused", async () => {
	writeFileSync(file("text.duckdb"), "no recording");
	const whole = readFileSync(recording);
	writeFileSync(file("cut.duckdb"), whole.subarray(0, whole.length >> 1));
	for (const [name, code, sentence] of [
		["gone.duckdb", 2, /does not exist; /],
		["text.duckdb", 2, /is not a recording: /],
		["cut.duckdb", 1, /is damaged or cut off/],
	] as const) {
		const outcome = await countersink(["export", file(name), "-o", file("never.parquet")]);
		assert.equal(outcome.code, code, outcome.stderr);
		assert.match(outcome.stderr, sentence);
	}
	assert.ok(!existsSync(file("never.parquet")));
	assert.deepEqual(
		readdirSync(file("")).filter((name) => name.startsWith(".")),
		[],
		"no incomplete file is left",
	);
});
