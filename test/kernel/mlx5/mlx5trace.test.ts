// SPDX-License-Identifier: Apache-2.0
/** Firmware trace events through a umem of a simulated card: every row is compared with the model, every loss is in a gap, all is put back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADDRESS, Card } from "../../support/card.js";
import { start } from "../../support/countersink.js";
import { scratch } from "../../support/folder.js";
import { File, withFile } from "../../support/judge.js";
import { childrenOf, isGone, nameOf, until } from "../../support/processes.js";
import {
	BLOCK_EVENTS as EVENTS,
	type JudgeStep,
	judgeTraced,
	type TracedRow,
	tracedRows,
} from "../../support/traced.js";

const path = scratch();
const BUFFER_BLOCKS = 4096;
const FAST = ["-d", "300ms", "--json"];
const field = (dump: string, name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(dump)?.[1] ?? "";

function judge(card: Card, rows: readonly TracedRow[], judgeStep: JudgeStep): void {
	const blocks = Number(field(card.dump(), "tracer_blocks")) + Number(field(card.dump(), "tracer_lost_blocks"));
	judgeTraced(card.traced(0, blocks), rows, judgeStep);
}

const nothingLost = (): void => assert.fail("nothing was lost");

function assertPutBack(card: Card): void {
	const dump = card.dump();
	const state = [
		"tracer_owner",
		"tracer_running",
		"pds",
		"mkeys",
		"umems",
		"leaked_pds",
		"leaked_mkeys",
		"tracer_left_running",
	];
	assert.deepEqual(
		state.map((name) => [name, field(dump, name)]),
		state.map((name) => [name, "0"]),
	);
}

function record(card: Card, name: string, event = "mlx5trace:*", ...words: string[]): string {
	const out = path(`${name}.duckdb`);
	const { status, stderr } = card.countersink("record", "-e", event, "-o", out, ...FAST, ...words);
	assert.equal(status, 0, stderr);
	return out;
}

test("list names the device, its buffer and its strings", () => {
	const { stdout, status } = new Card(path("list")).countersink("list", "mlx5trace:*");
	assert.equal(status, 0);
	const text = stdout.replace(/\s+/g, " ");
	assert.ok(text.includes(`${ADDRESS} by mlx5ctl, /dev/mlx5ctl-mlx5_core.ctl.0: traces into 1024 KiB of ours`), text);
	assert.match(text, /mlx5trace:0000:08:00\.0\/device_clock clocks counter 64/);
});

test("without mlx5ctl, list tells in one line why not", () => {
	const card = new Card(path("fwctl")).without("mlx5ctl");
	const { stderr, status } = card.countersink("record", "-e", "mlx5trace:*", "-o", path("none.duckdb"), ...FAST);
	assert.equal(status, 4);
	assert.match(stderr, /0000:08:00\.0 answers by fwctl .*, but its buffer is a umem, which only mlx5ctl has/);
	const deaf = new Card(path("deaf"), { no_tracer: 1 }).countersink("list", "mlx5trace");
	assert.match(deaf.stdout + deaf.stderr, /MTRC_CAP was refused by the firmware: BAD_OP/);
});

test("every event of the model is a row, and all is put back", async () => {
	const card = new Card(path("all"), { trace_block_ns: 200_000 });
	const rows = await tracedRows(record(card, "all", `mlx5trace:${ADDRESS}`));
	assert.ok(rows.length > 10 * EVENTS);
	judge(card, rows, nothingLost);
	assertPutBack(card);
	assert.equal(field(card.dump(), "leaked_umems"), "0");
});

test("time is that of the device, on the clock of the counters, within the residual of the recording", async () => {
	const card = new Card(path("time"), { trace_block_ns: 1_000_000 });
	const recording = record(card, "time");
	const rows = await tracedRows(recording);
	const dump = card.dump();
	const [now_ns, clock, ppb] = ["now_ns", "clock", "clock_drift_ppb"].map((name) => Number(field(dump, name)));
	const off = rows.map(({ event, monotonic_ns }) => {
		const behind = (clock! - Number(event.clock)) / (1 + ppb! / 1e9);
		return Math.abs(monotonic_ns - (now_ns! - behind));
	});
	const bound = await withFile(recording, (file) => file.number("SELECT max(residual_ns)::BIGINT FROM device_clocks"));
	assert.ok(Math.max(...off) <= bound, `${Math.max(...off)} ns, ${bound} ns are said`);
	/* A command that was held up widens the bound, but a fit that is wrong is off by 100 ms and more. */
	assert.ok(bound < 50e6, `${bound} ns`);
});

test("events that the device lost are a gap of at least one", async () => {
	const card = new Card(path("lost"), { trace_block_ns: 200_000, trace_lost_every: 10, trace_lost_run: 2 });
	const rows = await tracedRows(record(card, "lost"));
	let losses = 0;
	judge(card, rows, (ticks, events, lost) => {
		losses++;
		assert.deepEqual([ticks, events, lost], [2, 2 * EVENTS + 1, 1]);
	});
	assert.ok(losses > 5);
	assertPutBack(card);
});

test("a buffer that is overwritten before it is read: lost blocks are counted, except for whole laps", async () => {
	const card = new Card(path("overrun"), { trace_block_ns: 15_000 });
	const rows = await tracedRows(record(card, "overrun", "mlx5trace:*@10Hz"));
	let overruns = 0;
	judge(card, rows, (ticks, events, lost) => {
		overruns++;
		assert.equal(lost, 2);
		assert.ok(ticks > EVENTS && ticks <= events, `${ticks} ticks for ${events} events`);
		assert.equal((events - ticks) % (BUFFER_BLOCKS * EVENTS), 0);
	});
	assert.ok(overruns > 0);
	assertPutBack(card);
});

test("messages() joins events to text", async () => {
	const card = new Card(path("messages"), { trace_block_ns: 200_000, trace_lost_every: 50, trace_lost_run: 1 });
	const file = await File.open(record(card, "messages"));
	try {
		const held = await file.rows("SELECT message, complete FROM messages('mlx5trace')");
		const texts = held.filter(({ complete }) => complete).map(({ message }) => String(message));
		for (const pattern of [
			/^port up$/,
			/^port down, 100% of lanes$/,
			/^temperature -?\d+ mC$/,
			/^mkey 0x[0-9a-f]{8} len \d+ at 0x/,
		])
			assert.ok(
				texts.some((text) => pattern.test(text)),
				`${pattern}`,
			);
		assert.ok(texts.length > 100 && texts.every((text) => !/[%[]/.test(text.replace("100%", ""))));
		/* The first, the last, and what was cut by a loss. */
		assert.ok(held.length - texts.length <= 2 + 2 * Math.ceil(held.length / 200));
		const events = await file.number("SELECT count(*) FROM mlx5trace WHERE tdsn = 0");
		const begun = await file.number("SELECT count(*) FROM messages('mlx5trace') WHERE NOT starts_with(message, '?')");
		assert.equal(begun, events);
	} finally {
		file.close();
	}
});

test("someone else's tracer is left alone, and nothing is left behind", () => {
	const card = new Card(path("owned"), { foreign_tracer: 1 });
	const { status, stderr } = card.countersink("record", "-e", "mlx5trace:*", "-o", path("owned.duckdb"), ...FAST);
	assert.equal(status, 4);
	assert.match(stderr, /the tracer of .* belongs to someone else.*mlx5:mlx5_fw.*no published way to take it over\n/);
	const dump = card.dump();
	assert.deepEqual(
		["tracer_owner", "tracer_starts", "pds", "mkeys", "umems", "leaked_pds", "leaked_mkeys"].map((name) =>
			field(dump, name),
		),
		["65535", "0", "0", "0", "0", "0", "0"],
	);
});

const failures: readonly (readonly [name: string, settings: Record<string, number>, message: RegExp])[] = [
	[
		"pd",
		{ fail_opcode: 0x800, fail_status: 15 },
		/ALLOC_PD: the firmware refused: NO_RESOURCES \(status 0xf, syndrome 0x0\)\n/,
	],
	["mkey", { fail_opcode: 0x200, fail_status: 3, fail_syndrome: 0x77 }, /CREATE_MKEY: .*BAD_PARAM.*0x77/],
	["conf", { fail_opcode: 0x805, fail_register: 0x9041, fail_status: 3 }, /MTRC_CONF: .*BAD_PARAM/],
];

test("a step that fails is named, and the steps before it are undone", () => {
	for (const [name, settings, message] of failures) {
		const card = new Card(path(name), { ...settings, fail_count: 1 });
		const { status, stderr } = card.countersink("record", "-e", "mlx5trace:*", "-o", path(`${name}.duckdb`), ...FAST);
		assert.equal(status, 4, name);
		assert.match(stderr, message, name);
		assertPutBack(card);
	}
});

test("a tracer that cannot be stopped is reported after the reason why the stream ended", async () => {
	/* Eight readings of the clock and the start come before the first that fails. */
	const settings = { fail_opcode: 0x805, fail_register: 0x9043, fail_skip: 9, fail_count: 0xffffffff, fail_errno: 110 };
	new Card(path("stuck"), settings).countersink("record", "-e", "mlx5trace:*", "-o", path("stuck.duckdb"), ...FAST);
	const file = await File.open(path("stuck.duckdb"));
	const { detail } = await file.row("SELECT detail FROM recording");
	file.close();
	assert.match(
		String(detail),
		/MTRC_CTRL \(reading the clock\): Connection timed out; the tracer could not be put back as it was found \(Connection timed out\)/,
	);
});

test("a device that goes away ends its stream, not the recording", async () => {
	const card = new Card(path("unplug"), { trace_block_ns: 1_000_000 });
	record(card, "plugged");
	const commands = Number(field(card.dump(), "commands"));
	/* Four to put back, and then one that reads the clock. */
	card.set({ unplug_after: commands - 4 });
	const rows = await tracedRows(record(card, "unplug", "mlx5trace:*", "-e", "synthetic:0/ramp@1kHz"));
	assert.ok(rows.length > 0);
	const file = await File.open(path("unplug.duckdb"));
	const gaps = await file.rows("SELECT reason, ticks FROM gaps WHERE stream = 'mlx5trace'");
	const { ended, detail } = await file.row("SELECT ended, detail FROM recording");
	file.close();
	assert.deepEqual(gaps, [{ reason: "source_error", ticks: 1n }]);
	assert.equal(ended, "complete");
	assert.match(String(detail), /MTRC_CTRL \(reading the clock\): the device is gone/);
});

const childNamed = (parent: number, name: string): number | undefined =>
	childrenOf(parent).find((child) => nameOf(child) === name);

for (const victim of ["sampler", "recorder"] as const)
	test(`SIGKILL of the ${victim}: the tracer is stopped and given back all the same`, async () => {
		const card = new Card(path(`kill-${victim}`), { trace_block_ns: 1_000_000 });
		const out = path(`kill-${victim}.duckdb`);
		const env = { ...process.env, ...card.env };
		const { child, outcome } = start(["record", "-e", "mlx5trace:*", "-o", out], { env });
		let sampler: number | undefined;
		let guard: number | undefined;
		await until("the tracer runs", () => {
			sampler = childNamed(child.pid!, "countersink-sam");
			guard = sampler && childNamed(sampler, "countersink-put");
			return guard !== undefined && field(card.dump(), "tracer_running") === "1";
		});
		process.kill(victim === "sampler" ? sampler! : child.pid!, "SIGKILL");
		await until("the guard has done its work", () => isGone(guard!) && isGone(sampler!));
		/* The kernel closes the descriptor of a process that died; the shim, of one that is no more. */
		await until("the memory is unregistered", () => field(card.dump(), "umems") === "0");
		assertPutBack(card);
		await outcome;
	});
