// SPDX-License-Identifier: Apache-2.0
/** The command line on a simulated card: lists, refuses, starts, joins, steals and puts back; every row is checked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DuckDBValue } from "@duckdb/node-api";
import { packageFile } from "../../../base/paths.js";
import { ADDRESS, Card, INTERFACE } from "../../support/card.js";
import { countersink } from "../../support/cli.js";
import { scratch } from "../../support/folder.js";
import { File } from "../../support/judge.js";

const path = scratch();
const FAST = ["-d", "300ms", "--json"];
const field = (dump: string, name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(dump)?.[1] ?? "";

/** Compares every row with the model's own samples; only what is in gaps may be missing. Returns the number of rows. */
async function judge(card: Card, recording: string, session: number): Promise<number> {
	const file = await File.open(recording);
	try {
		const counters = await file.rows("SELECT column_name, name FROM counters WHERE stream = 'mlx5' ORDER BY rowid");
		const columns = counters.map((c) => String(c.column_name));
		const rows = await file.rows(`SELECT tick, ${columns.join(", ")} FROM mlx5 ORDER BY tick`);
		const gapTicks = await file.number("SELECT coalesce(sum(ticks), 0)::BIGINT FROM gaps WHERE stream = 'mlx5'");
		const scheduled = await file.number("SELECT ticks_scheduled FROM streams WHERE name = 'mlx5'");
		assert.equal(rows.length + gapTicks, scheduled, "identity");
		const taken = Number(
			/ taken=(\d+)/.exec(
				card
					.dump()
					.split("\n")
					.find((l) => l.startsWith(`session ${session} `))!,
			)![1],
		);
		const model = card.samples(session, 0, taken);
		const ids = counters.map((c) => model.get(String(c.name))!);
		const value = (row: Record<string, DuckDBValue>, column: number) => row[columns[column]!] as bigint;
		const begin = ids[0]!.indexOf(value(rows[0]!, 0));
		assert.ok(begin >= 0, "the first row is a sample of the model");
		const place = new Map(model.get("number")!.map((number, i) => [number, i]));
		const offset = model.get("number")![begin]! - (rows[0]!.tick as bigint);
		for (const row of rows) {
			const i = place.get((row.tick as bigint) + offset)!;
			assert.deepEqual(
				columns.map((_, c) => value(row, c)),
				ids.map((values) => values[i]),
				`tick ${row.tick}`,
			);
		}
		return rows.length;
	} finally {
		file.close();
	}
}

test("list: address, interface, driver, what it samples, how fast", () => {
	const card = new Card(path("list"));
	const { stdout, status } = card.countersink("list", "mlx5:*");
	assert.equal(status, 0);
	const text = stdout.replace(/\s+/g, " ");
	assert.ok(
		text.includes(`${ADDRESS} (${INTERFACE}) by fwctl, /dev/fwctl/fwctl0: samples 20 counters by itself`),
		text,
	);
	assert.match(
		text,
		/repetitive, single, on demand.*from 1 ns on, ring of 16,384 values; nobody samples now; to start it, --allow-taint/,
	);
	assert.match(text, /tracer_dump \(experimental/);
	assert.match(
		text,
		/mlx5:0000:08:00\.0\/0x2006 packets counter 64 tx_packets: Packets sent\. It can be started in sync\./,
	);
	const one = JSON.parse(card.countersink("list", "mlx5:*/tx_packets", "--json").stdout);
	assert.deepEqual(
		one.map((c: { id: string }) => c.id),
		["mlx5:0000:08:00.0/0x2006"],
	);
});

test("through fwctl, starting needs --allow-taint: without it nothing is changed", () => {
	const card = new Card(path("taint"));
	const { status, stderr } = card.countersink("record", "-e", "mlx5:*@10us", "-o", path("taint.duckdb"), ...FAST);
	assert.equal(status, 4);
	assert.match(
		stderr,
		/SET_DIAGNOSTIC_PARAMS, which the kernel admits only at scope DEBUG_WRITE, and that taints the kernel .*--allow-taint/,
	);
	assert.deepEqual([field(card.dump(), "sets"), field(card.dump(), "tainted")], ["0", "0"]);
});

test("sampled by fwctl: every row is the model's, and the card is put back", async () => {
	const card = new Card(path("rows"));
	const out = path("rows.duckdb");
	const { status, stderr } = card.countersink("record", "-e", "mlx5:*@10us", "--allow-taint", "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	assert.match(stderr, /you said --allow-taint/);
	assert.ok((await judge(card, out, 1)) > 1000);
	assert.match(field(card.dump(), "params"), /^enable=0 .*counters=-$/);
	assert.match(card.dump(), /^session 1 .* log_samples=9 log_period=13 mode=repetitive/m);
});

test("through mlx5ctl nothing is tainted; columns have the published names", async () => {
	const card = new Card(path("ctl")).without("fwctl");
	const out = path("ctl.duckdb");
	const event = "mlx5:*/{tx_packets,0x7f01}@20us?mode=repetitive";
	const { status, stderr } = card.countersink("record", "-e", event, "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	assert.ok((await judge(card, out, 1)) > 1000);
	assert.equal(field(card.dump(), "tainted"), "0");
	const file = await File.open(out);
	const names = (await file.rows("SELECT column_name FROM counters ORDER BY rowid")).map((row) => row.column_name);
	file.close();
	assert.deepEqual(names, ["tx_packets", "mlx5_0x7f01"]);
});

test("skipped samples are gaps of the device", async () => {
	const card = new Card(path("skip"), { skip_every: 500, skip_run: 7 });
	const out = path("skip.duckdb");
	const { status, stderr } = card.countersink("record", "-e", "mlx5:*@20us", "--allow-taint", "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	await judge(card, out, 1);
	const file = await File.open(out);
	const gaps = await file.rows("SELECT reason, ticks FROM gaps ORDER BY first_tick");
	file.close();
	assert.ok(gaps.length > 5);
	assert.ok(gaps.some(({ reason, ticks }) => reason === "device_skipped" && ticks === 7n));
});

for (const options of ["sync=1", "sync=1&clear=1", "sync=1&clear=1&mode=single"])
	test(`${options}: the card is told so, and every row is the model's`, async () => {
		const card = new Card(path(options));
		const out = path(`${options}.duckdb`);
		const event = `mlx5:*/{0x0401,tx_packets}@20us?${options}`;
		const { status, stderr } = card.countersink("record", "-e", event, "--allow-taint", "-o", out, ...FAST);
		assert.equal(status, 0, stderr);
		assert.ok((await judge(card, out, 1)) > 1000);
		const [mode, clear] = [/single/.exec(options)?.[0] ?? "repetitive", options.includes("clear") ? 1 : 0];
		assert.match(card.dump(), new RegExp(`^session 1 .* mode=${mode} sync=1 clear=${clear} `, "m"));
	});

interface Once {
	readonly name: string;
	readonly settings: Readonly<Record<string, number>>;
	readonly rate: string;
	/** Samples, and those that the card skipped among them. */
	readonly rows: number;
	readonly skipped: number;
}

/* 20 counters leave room for 512 samples. At 4 us they are there before the first look, at 8 us during it, at 100 us long after. */
const once: readonly Once[] = [
	{ name: "late", settings: {}, rate: "4us", rows: 512, skipped: 0 },
	{ name: "too fast for anything else", settings: {}, rate: "1us", rows: 512, skipped: 0 },
	{ name: "meanwhile", settings: {}, rate: "8us", rows: 512, skipped: 0 },
	{ name: "slower than granted", settings: { period_factor: 23 }, rate: "1us", rows: 512, skipped: 0 },
	{ name: "slow", settings: { first_sample_id: 65400, jitter_clocks: 30000 }, rate: "100us", rows: 512, skipped: 0 },
	{ name: "late and skipping", settings: { skip_every: 10, skip_run: 7 }, rate: "4us", rows: 512, skipped: 1190 },
	{ name: "skipping", settings: { skip_every: 100, skip_run: 60 }, rate: "100us", rows: 512, skipped: 720 },
];

for (const { name, settings, rate, rows, skipped } of once)
	test(`single, ${name}: the samples of one ring, then the stream ends in peace and the others go on`, async () => {
		const card = new Card(path(`once-${name}`), settings);
		const out = path(`once-${name}.duckdb`);
		const words = ["-e", `mlx5:*@${rate}?mode=single`, "-e", "synthetic:0/ramp@1kHz", "--allow-taint", "-o", out];
		const { status, stderr } = card.countersink("record", ...words, ...FAST);
		assert.equal(status, 0, stderr);
		assert.equal(await judge(card, out, 1), rows);
		const file = await File.open(out);
		const gaps = await file.rows("SELECT DISTINCT reason FROM gaps WHERE stream = 'mlx5'");
		const ticks = await file.number("SELECT ticks_scheduled FROM streams WHERE name = 'mlx5'");
		const { ended, detail } = await file.row("SELECT ended, detail FROM recording");
		const others = await file.number("SELECT ticks_scheduled FROM streams WHERE name = 'synthetic'");
		const { first_ns, residual_ns } = await file.row(
			`SELECT (SELECT min(epoch_ns(ts)) FROM mlx5) - wall_offset_ns AS first_ns,
				(SELECT max(residual_ns) FROM device_clocks)::BIGINT AS residual_ns FROM recording`,
		);
		file.close();
		assert.deepEqual([ended, detail], ["complete", "mlx5: single: the device has filled its ring of 512 samples"]);
		assert.deepEqual(gaps, skipped ? [{ reason: "device_skipped" }] : []);
		assert.deepEqual([ticks, others], [rows + skipped, 300]);
		/* The first sample is a period after the start. */
		const begin_ns = BigInt(/^session 1 begin_ns=(\d+)/m.exec(card.dump())![1]!);
		const error_ns = (first_ns as bigint) - begin_ns;
		assert.ok(
			(error_ns < 0n ? -error_ns : error_ns) < (residual_ns as bigint) + 200_000n,
			`${error_ns} of ${residual_ns}`,
		);
		assert.match(card.dump(), /^session 1 .* mode=single .* taken=512 /m);
		assert.match(field(card.dump(), "params"), /^enable=0 .*counters=-$/);
	});

test("single: a recording that ends before the ring is full has the samples so far", async () => {
	const card = new Card(path("part"));
	const out = path("part.duckdb");
	const { status, stderr } = card.countersink(
		"record",
		"-e",
		"mlx5:*@1ms?mode=single",
		"--allow-taint",
		"-o",
		out,
		...FAST,
	);
	assert.equal(status, 0, stderr);
	assert.ok((await judge(card, out, 1)) > 0);
	const file = await File.open(out);
	const gaps = await file.number("SELECT count(*) FROM gaps");
	const detail = (await file.row("SELECT detail FROM recording")).detail;
	const first = (await file.row("SELECT tick, tx_packets FROM mlx5 ORDER BY tick LIMIT 1")) as {
		tick: bigint;
		tx_packets: bigint;
	};
	file.close();
	assert.deepEqual([gaps, detail], [0, null]);
	assert.deepEqual([first.tick, first.tx_packets], [0n, card.samples(1, 0, 1).get("0x2006")![0]]);
});

test("someone else samples: countersink reads along and changes nothing", async () => {
	const card = new Card(path("along"), { foreign_sampling: 1 });
	card.countersink("list", "mlx5");
	const sampled = field(card.dump(), "params");
	const out = path("along.duckdb");
	const { status, stderr } = card.countersink("record", "-e", "mlx5:*@10us", "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	assert.match(
		stderr,
		/is being sampled by someone else \(\d+ counters every .*\); countersink reads along and changes nothing/,
	);
	assert.match(stderr, /of 20 asked counters .* are not sampled and are left out/);
	assert.ok((await judge(card, out, 1)) > 0);
	assert.deepEqual([field(card.dump(), "params"), field(card.dump(), "sets")], [sampled, "0"]);
	const other = card.countersink("record", "-e", "mlx5:*/0x7f01@10us", "-o", path("other.duckdb"), ...FAST);
	assert.equal(other.status, 4);
	assert.match(other.stderr, /none of the asked counters is among 0x/);
});

test("--steal takes over, and puts the other's parameters back", async () => {
	const card = new Card(path("steal"), { foreign_sampling: 1 });
	card.countersink("list", "mlx5");
	const sampled = field(card.dump(), "params");
	const out = path("steal.duckdb");
	const words = ["record", "-e", "mlx5:*@20us", "-o", out, "--steal", ...FAST];
	assert.match(card.countersink(...words).stderr, /--allow-taint, .*, or leave out --steal to read along/);
	const { status, stderr } = card.countersink(...words, "--allow-taint");
	assert.equal(status, 0, stderr);
	assert.match(stderr, /that is interrupted, and its parameters are put back/);
	await judge(card, out, 2);
	assert.equal(field(card.dump(), "params"), sampled);
});

const refusals: readonly (readonly [name: string, event: string, message: RegExp])[] = [
	["overrun", "mlx5:*@1us", /20 counters leave room for 2\^9 = 512 samples, at 1\.024 us that is 524\.3 us/],
	["mode", "mlx5:*@1ms?mode=sometimes", /mode=sometimes is not a known mode/],
	["sync", "mlx5:*@1ms?sync=1", /sync=1 is not possible with 0x1401, 0x1c02, 0x7f01/],
	["driver", "mlx5:*@1ms?driver=devlink", /driver=devlink is not a known driver; choose fwctl or mlx5ctl/],
	["slow", "mlx5:*@10s", /too long for the device, whose 32-bit time stamps wrap every 4\.295 s/],
];

test("what cannot be sampled is refused with the reason", () => {
	const card = new Card(path("refusals"));
	for (const [name, event, message] of refusals) {
		const { status, stderr } = card.countersink(
			"record",
			"-e",
			event,
			"--allow-taint",
			"-o",
			path("r.duckdb"),
			...FAST,
		);
		assert.equal(status, 2, name);
		assert.match(stderr, message, name);
	}
	const twice = ["record", "-e", "mlx5:*/0x2006@1ms", "-e", "mlx5:*/0x0401@2ms", "--allow-taint", ...FAST];
	assert.match(card.countersink(...twice).stderr, /samples by itself, at one rate, so not at 1 kHz and 500 Hz/);
	assert.equal(field(card.dump(), "sets"), "0");
});

test("errors of the firmware and of the kernel are named", () => {
	const failing = new Card(path("busy"), {
		fail_opcode: 0x819,
		fail_count: 99,
		fail_status: 6,
		fail_syndrome: 0x1f3a21,
	});
	const { stderr } = failing.countersink("record", "-e", "mlx5:*@1ms", "--allow-taint", ...FAST);
	assert.match(
		stderr,
		/QUERY_DIAGNOSTIC_PARAMS was refused by the firmware: RESOURCE_BUSY \(.*\), syndrome 0x001f3a21/,
	);
	const silent = new Card(path("silent"), { fail_opcode: 0x100, fail_count: 99, fail_errno: 110 });
	assert.match(
		silent.countersink("list", "mlx5").stderr,
		/fwctl0: QUERY_HCA_CAP: ETIMEDOUT: the firmware did not answer/,
	);
	const forbidden = new Card(path("forbidden")).without("fwctl");
	const env = { ...forbidden.env, COUNTERSINK_FAKE_UNPRIVILEGED: "1" };
	assert.match(countersink(["list", "mlx5"], { env }).stderr, /INFO: EPERM: mlx5ctl asks for CAP_SYS_ADMIN/);
});

test("someone else samples on demand: there is nothing to join, and no period to tell", () => {
	const card = new Card(path("asked"));
	const out = path("asked.duckdb");
	const words = ["-e", "mlx5:*/0x2006@5ms?mode=on_demand&driver=mlx5ctl", "-o", out];
	const inner = JSON.stringify(["record", "-e", "mlx5:*/0x2006@1ms", "-d", "100ms", "-o", path("joined.duckdb")]);
	const script = `const r = require("node:child_process").spawnSync(process.execPath, [${JSON.stringify(packageFile("dist/cli/main.js"))}, ...${inner}], {stdio: "inherit"}); process.exit(r.status)`;
	const { status, stderr } = card.countersink("record", ...words, "--", process.execPath, "-e", script);
	assert.equal(status, 4);
	assert.match(stderr, /is being sampled by someone else \(1 counter on demand\), so there is nothing to join/);
});

test("a card that refuses to start: status 4, and why", () => {
	const card = new Card(path("start"), { fail_opcode: 0x820, fail_count: 1, fail_status: 6, fail_syndrome: 0x77 });
	const event = "mlx5:*@5ms?mode=on_demand";
	const { status, stderr } = card.countersink("record", "-e", event, "--allow-taint", "-o", path("s.duckdb"), ...FAST);
	assert.equal(status, 4, stderr);
	assert.match(
		stderr,
		/cannot start: mlx5: SET_DIAGNOSTIC_PARAMS: the firmware refused: RESOURCE_BUSY \(status 0x6, syndrome 0x77\)\n/,
	);
});

test("fwctl taints: where mlx5ctl is there too, it is named as the way without a taint", () => {
	const both = new Card(path("both"));
	const words = ["record", "-e", "mlx5:*", "-o", path("both.duckdb"), ...FAST];
	assert.match(
		both.countersink(...words).stderr,
		/say --allow-taint, or choose \?driver=mlx5ctl, which taints nothing, or/,
	);
	assert.match(both.countersink("list", "mlx5").stdout.replace(/\s+/g, " "), /--allow-taint or \?driver=mlx5ctl/);
	const one = new Card(path("one")).without("mlx5ctl");
	assert.match(one.countersink(...words).stderr, /say --allow-taint, or have someone else start it/);
});

test("mlx5reg: groups that the firmware has, in its own names", () => {
	const card = new Card(path("registers"));
	const listed = JSON.parse(card.countersink("list", "mlx5reg", "--json").stdout) as { name: string; unit: string }[];
	const units = new Map(listed.map(({ name, unit }) => [name, unit]));
	assert.equal(units.get("ppcnt.rfc2863.if_in_octets"), "bytes");
	assert.equal(units.get("ppcnt.prio7.rx_pause_duration"), "us");
	assert.equal(units.get("mpcnt.pcie.outbound_stalled_reads"), "percent");
	const fewer = new Card(path("fewer"), { fail_opcode: 0x805, fail_register: 0x9051, fail_count: 99, fail_status: 3 });
	const names = JSON.parse(fewer.countersink("list", "mlx5reg", "--json").stdout) as { name: string }[];
	assert.ok(names.length > 200 && names.every(({ name }) => name.startsWith("ppcnt.")));
});

test("on demand: one command a row, at a rate of ours", async () => {
	const card = new Card(path("demand"));
	const out = path("demand.duckdb");
	const event = "mlx5:*/{0x0401,tx_packets}@5ms?mode=on_demand";
	const { status, stderr } = card.countersink("record", "-e", event, "--allow-taint", "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	const file = await File.open(out);
	const rows = await file.rows("SELECT tx_packets, pcie_back_pressure FROM mlx5 ORDER BY tick");
	const lines = await file.number("SELECT rows_stored + gap_ticks FROM streams");
	file.close();
	assert.equal(lines, 60);
	assert.match(card.dump(), new RegExp(`^session 1 .* mode=on_demand .* taken=${rows.length} `, "m"));
	const model = card.samples(1, 0, rows.length);
	assert.deepEqual(
		rows.map(({ tx_packets, pcie_back_pressure }) => [tx_packets, pcie_back_pressure]),
		rows.map((_, i) => [model.get("0x2006")![i], model.get("0x0401")![i]]),
	);
	assert.match(field(card.dump(), "params"), /^enable=0 /);
	const fast = card.countersink("record", "-e", "mlx5:*@100us?mode=on_demand", "--allow-taint", ...FAST);
	assert.match(fast.stderr, /on demand, every sample takes a command, so 100 us is too short; ask for 512 us or more/);
});

/** The model's rule (registers.c): microseconds of CLOCK_MONOTONIC times (word + 1) above a tag of group, priority and word. */
const registerValue = (tag: bigint, words: bigint, ns: bigint): bigint => (tag << 32n) + (ns / 1000n) * words;

const readings: readonly (readonly [column: string, tag: bigint, words: bigint])[] = [
	["ppcnt_rfc2863_if_in_octets", 0x010000n, 1n],
	["ppcnt_prio5_tx_octets", 0x100505n, 6n],
	["ppcnt_phy_rs_fec_corrected_blocks", 0x12000fn, 16n],
	["mpcnt_pcie_tx_overflow_buffer_pkt", 10n, 11n],
];

test("mlx5reg: every value lies within the window in which it was read; nothing is written", async () => {
	const card = new Card(path("registers-read"));
	const out = path("registers.duckdb");
	const globs = ["ppcnt.rfc2863.if_in_octets", "ppcnt.prio5.*", "ppcnt.phy.*", "mpcnt.*"];
	const words = globs.flatMap((glob) => ["-e", `mlx5reg:*/${glob}@1kHz`]);
	const { status, stderr } = card.countersink("record", ...words, "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	const file = await File.open(out);
	const prefix = "mlx5reg_0000_08_00_0_";
	for (const [column, tag, words] of readings) {
		const rows = await file.rows(
			`SELECT epoch_ns(ts) - (SELECT wall_offset_ns FROM recording) AS begin, read_ns, ${prefix}${column} AS value FROM mlx5reg`,
		);
		assert.ok(rows.length > 100);
		for (const { begin, read_ns, value } of rows) {
			const [from, length] = [begin as bigint, BigInt(read_ns as number)];
			assert.ok((value as bigint) >= registerValue(tag, words, from), `${column}: ${value} is too low`);
			assert.ok((value as bigint) <= registerValue(tag, words, from + length), `${column}: ${value} is too high`);
		}
	}
	file.close();
	assert.equal(field(card.dump(), "register_writes"), "0");
});

test("mlx5reg: a group that stops answering is null, the others go on", async () => {
	const card = new Card(path("registers-null"));
	card.countersink("list", "mlx5");
	card.set({ fail_opcode: 0x805, fail_register: 0x9051, fail_skip: 60, fail_count: 0xffffffff, fail_status: 1 });
	const out = path("nulls.duckdb");
	const words = ["-e", "mlx5reg:*/ppcnt.rfc2863.*@1kHz", "-e", "mlx5reg:*/mpcnt.*@1kHz"];
	const { status, stderr } = card.countersink("record", ...words, "-o", out, ...FAST);
	assert.equal(status, 0, stderr);
	const file = await File.open(out);
	const [name, other] = ["mpcnt_pcie_rx_errors", "ppcnt_rfc2863_if_in_octets"].map((n) => `mlx5reg_0000_08_00_0_${n}`);
	const row = await file.row(
		`SELECT count(*) > count(${name}) AS some, count(*) = count(${other}) AS all_others FROM mlx5reg`,
	);
	file.close();
	assert.deepEqual({ ...row }, { some: true, all_others: true });
});
