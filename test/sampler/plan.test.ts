// SPDX-License-Identifier: Apache-2.0
/** The plan and the umem as Node writes them, and what the real sampler says to those it cannot accept. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { CountersinkError } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";
import { nanoseconds } from "../../base/units.js";
import { planWord, type Source } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { Sampler } from "../../sampler/handle.js";
import { LAYOUT_HASH, layout, UMEM_MAGIC, word } from "../../sampler/layout.gen.js";
import { writePlan } from "../../sampler/plan.js";
import { refusal } from "../../sampler/ring.js";
import { nameColumns } from "../../sampler/selection.js";
import { blockBytes, blocksOffset, layOut, type RingShape, Umem } from "../../sampler/umem.js";
import { until } from "../support/processes.js";
import { syntheticCounters } from "../support/synthetic.js";

const stream = {
	name: "synthetic",
	source: synthetic as unknown as Source<never>,
	period: nanoseconds(1e6),
	columns: nameColumns(syntheticCounters("0/ramp", "1/drop")),
	options: new Map([["slow", "100:2ms"]]),
};
const schedule = { wait: "hybrid", realtime: true, cpu: -1, duration_ns: 100e6 } as const;

test("a plan is lines of words", () => {
	const rings = layOut([{ columns: 2, period_ns: 1e6 }], 1e9);
	assert.equal(
		writePlan({ ...schedule, probe: 5 }, [stream], rings),
		`countersink-plan 1
wait hybrid
realtime 1
duration_ns 100000000
probe 5
lane -1
stream synthetic 1000000 2 4096 ${rings[0]!.bytes}
reader synthetic -1
set value ramp 0 0
set value drop 8 1
set slow 100 2000000
end
`,
	);
});

test("a plan has the streams of each lane below it, wherever their rings lie", () => {
	const columns = [{ columns: 2, period_ns: 1e6 }];
	const rings = layOut([...columns, ...columns, ...columns], 1e9);
	const lines = writePlan({ ...schedule, lanes: [[2], [0, 1]] }, [stream, stream, stream], rings).split("\n");
	const heads = lines.filter((line) => /^(lane|stream)/.test(line)).map((line) => line.split(" "));
	assert.deepEqual(
		heads.map(([word, , , , offset]) => (word === "lane" ? word : Number(offset))),
		["lane", rings[2]!.offset, "lane", rings[0]!.offset, rings[1]!.offset],
	);
});

test("words of a plan survive what is in them", () => {
	const undo = (word: string) => {
		const bytes = word.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
		return new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
	};
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), (text) => {
			const word = planWord(text);
			assert.match(word, /^[\x21-\x7e]*$/);
			assert.equal(undo(word), text);
		}),
	);
	assert.equal(planWord("a b%c\n"), "a%20b%25c%0A");
});

test("rings are laid out one after another, in whole pages, and hold their depth", () => {
	const streams = fc.array(
		fc.record({ columns: fc.integer({ min: 1, max: 4096 }), period_ns: fc.integer({ min: 1000, max: 3.6e12 }) }),
		{ minLength: 1, maxLength: 5 },
	);
	fc.assert(
		fc.property(streams, fc.integer({ min: 0, max: 1e10 }), (wanted, depth) => {
			let end: number = layout.UMEM_CONTROL_BYTES;
			layOut(wanted, depth).forEach((ring, i) => {
				assert.equal(ring.offset, end);
				assert.equal(ring.offset % layout.UMEM_PAGE, 0);
				assert.equal(ring.bytes % layout.UMEM_PAGE, 0);
				assert.ok(blocksOffset(ring.gapCapacity) + ring.blocks * blockBytes(ring.columns) <= ring.bytes);
				assert.ok(ring.blocks >= 2);
				const rows = (ring.blocks - 1) * layout.BLOCK_ROWS;
				assert.ok(rows * wanted[i]!.period_ns >= depth || ring.bytes + blockBytes(ring.columns) > 2 ** 30);
				end = ring.offset + ring.bytes;
			});
		}),
	);
});

async function refused(plan: string, spoil: (umem: Umem) => void = () => {}): Promise<CountersinkError> {
	const rings = layOut([{ columns: 2, period_ns: 1e6 }], 0);
	const umem = Umem.create(rings, 0n);
	try {
		spoil(umem);
		await Sampler.start(plan, umem);
	} catch (error) {
		assert.ok(error instanceof CountersinkError);
		return error;
	} finally {
		umem.close();
	}
	return assert.fail(`accepted: ${plan}`);
}

const rings = layOut([{ columns: 2, period_ns: 1e6 }], 0);
const fine = writePlan(schedule, [stream], rings);
const badPlans: [string, string, string][] = [
	["empty", "", "plan line 0: No data available"],
	["other version", fine.replace("plan 1", "plan 2"), "plan line 1: not ours"],
	["no end", fine.replace("end\n", ""), "plan line 10: No data available"],
	["cut in a line", fine.slice(0, -3), "plan line 10: Invalid argument"],
	["more after the end", `${fine}lane -1\n`, "plan line 11: Invalid argument"],
	["unknown word", fine.replace("wait hybrid", "await hybrid"), "plan line 2: Invalid argument"],
	["unknown policy", fine.replace("hybrid", "lazy"), "plan line 2: Invalid argument"],
	["unknown reader", fine.replace("reader synthetic", "reader bananas"), "plan line 7: No such file or directory"],
	["a column twice", fine.replace("drop 8 1", "drop 8 0"), "plan line 9: Invalid argument"],
	["a column that no reader fills", fine.replace("set value drop 8 1\n", ""), "plan line 10: Invalid argument"],
	["no stream", "countersink-plan 1\nlane -1\nend\n", "plan line 3: Invalid argument"],
	["a lane without a stream", fine.replace("end", "lane -1\nend"), "plan line 12: Invalid argument"],
	[
		"another column count than the ring",
		fine.replace(/ 2 4096/, " 1 4096").replace("set value drop 8 1\n", ""),
		"synthetic: ring: Invalid argument",
	],
	["another period than the ring", fine.replace(" 1000000 ", " 1000001 "), "synthetic: ring: Invalid argument"],
	["a period of a nanosecond", fine.replace(" 1000000 ", " 1 "), "plan line 11: Numerical result out of range"],
	["a period of 999 ns", fine.replace(" 1000000 ", " 999 "), "plan line 11: Numerical result out of range"],
	[
		"two lanes that share a ring",
		fine.replace("end\n", fine.slice(fine.indexOf("lane"))),
		"plan line 12: Invalid argument",
	],
	["a ring beyond the umem", fine.replace(" 4096 ", ` ${1 << 30} `), "synthetic: ring: truncated"],
];

test("a plan that makes no sense is refused, with its line", async () => {
	for (const [name, plan, why] of badPlans) {
		const error = await refused(plan);
		assert.equal(error.message, `the sampler cannot start: ${why}`, name);
		assert.equal(error.code, "failed", name);
	}
});

/** SCHED_FIFO, of any thread (proc(5): field 41 of stat). */
const isRealtime = (pid: number): boolean =>
	readdirSync(`/proc/${pid}/task`).some((task) => {
		const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "latin1");
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38] === "1";
	});

test("a plan that would take a CPU whole at real-time priority loses that priority, and goes on", async (t) => {
	/* Each alone is slow enough for real-time priority; together they never let the loop sleep. */
	const periods = Array.from({ length: 16 }, (_, i) => 41_000 + 1300 * i);
	const rings = layOut(
		periods.map((period_ns) => ({ columns: 2, period_ns })),
		1e8,
	);
	const umem = Umem.create(rings, 0n);
	const hostile = { ...schedule, wait: "hybrid", realtime: true, duration_ns: null } as const;
	const streams = periods.map((period, i) => ({ ...stream, name: `s${i}`, period: nanoseconds(period) }));
	const sampler = await Sampler.start(writePlan(hostile, streams, rings), umem);
	const { realtime } = sampler.grants;
	try {
		if (!realtime) return t.skip("real-time priority is not granted here");
		await until("no thread has real-time priority", () => !isRealtime(sampler.pid));
		const begun = sampler.cpu_ns;
		await until("it goes on", () => sampler.cpu_ns > begun);
	} finally {
		const { code, message } = await sampler.stop();
		umem.close();
		assert.equal(code, 0, message);
		if (realtime) assert.match(message, /a loop took nearly all of its CPU, so it went on without real-time priority/);
	}
});

test("one that sleeps between its ticks keeps it", async (t) => {
	const rings = layOut([{ columns: 2, period_ns: 1e6 }], 1e8);
	const umem = Umem.create(rings, 0n);
	const modest = { ...schedule, wait: "hybrid", realtime: true, duration_ns: 1e9 } as const;
	const sampler = await Sampler.start(writePlan(modest, [stream], rings), umem);
	const { code, message } = await sampler.exited;
	const { realtime } = sampler.grants;
	umem.close();
	if (!realtime) return t.skip("real-time priority is not granted here");
	assert.deepEqual([code, message], [0, ""]);
});

const setControl = (offset: number, value: bigint) => (umem: Umem) => {
	new BigUint64Array(umem.ring({ offset: 0, bytes: layout.UMEM_CONTROL_BYTES }))[offset / 8] = value;
};
const badMemory: [string, (umem: Umem) => void, string][] = [
	["not ours", setControl(word.control_magic, 1n), "umem: fd 4: not ours"],
	[
		"other layout",
		setControl(word.control_hash, 1n),
		"umem: fd 4: of another layout; build the sampler and the rest together",
	],
	["other size", setControl(word.control_bytes, 4096n), "umem: fd 4: truncated"],
];

test("a umem that the sampler was not built for is refused", async () => {
	for (const [name, spoil, why] of badMemory)
		assert.equal((await refused(fine, spoil)).message, `the sampler cannot start: ${why}`, name);
});

test("a sampler that is not there says how to make it", async () => {
	const before = process.env.COUNTERSINK_SAMPLER;
	process.env.COUNTERSINK_SAMPLER = "/nowhere/sampler";
	try {
		const error = await refused(fine);
		assert.equal(
			error.message,
			"the sampler binary /nowhere/sampler is missing or not executable; run 'npm run build' (needs gcc and make)",
		);
	} finally {
		if (before === undefined) delete process.env.COUNTERSINK_SAMPLER;
		else process.env.COUNTERSINK_SAMPLER = before;
	}
});

/* --- the consumer's own refusals --- */

const shape: RingShape = { columns: 3, period_ns: 1000, blocks: 2, gapCapacity: 16, offset: 0, bytes: 0 };
const whole = blocksOffset(shape.gapCapacity) + shape.blocks * blockBytes(shape.columns);

function header(bytes = whole): BigUint64Array {
	const words = new BigUint64Array(bytes / 8);
	const fields = { magic: UMEM_MAGIC, hash: LAYOUT_HASH, columns: 3n, blocks: 2n, gap_capacity: 16n, period_ns: 1000n };
	for (const [name, value] of Object.entries(fields)) words[word[`ring_${name}` as keyof typeof word] / 8] = value;
	return words;
}

test("a ring that is not acceptable is refused for the reason that comes first", () => {
	const spoilt = (changes: Partial<Record<keyof typeof word, bigint>>) => {
		const words = header();
		for (const [name, value] of Object.entries(changes)) words[word[name as keyof typeof word] / 8] = value;
		return refusal(words.buffer as ArrayBuffer, shape);
	};
	assert.equal(spoilt({}), null);
	assert.equal(spoilt({ ring_magic: 0n }), "not ready");
	assert.equal(spoilt({ ring_magic: 0n, ring_hash: 1n }), "not ready");
	assert.equal(spoilt({ ring_magic: UMEM_MAGIC + 1n }), "not ours");
	assert.equal(spoilt({ ring_hash: LAYOUT_HASH ^ 1n }), "other layout");
	for (const name of ["ring_columns", "ring_blocks", "ring_gap_capacity"] as const)
		for (const value of [0n, 1n, 4n, 2n ** 32n + 2n, 2n ** 64n - 1n])
			assert.equal(spoilt({ [name]: value }), "bad shape", name);
	assert.equal(refusal(header(whole - 8).buffer as ArrayBuffer, shape), "truncated");
	assert.equal(refusal(new ArrayBuffer(layout.RING_GAPS - 8), shape), "truncated");
	assert.equal(refusal(new ArrayBuffer(0), shape), "truncated");
});

test("only a header whose every checked word is right is accepted", () => {
	const checked = ["ring_magic", "ring_hash", "ring_columns", "ring_blocks", "ring_gap_capacity"] as const;
	const changes = fc.array(fc.tuple(fc.constantFrom(...checked), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })));
	fc.assert(
		fc.property(changes, (all) => {
			const words = header();
			const right = header();
			for (const [name, value] of all) words[word[name] / 8] = value;
			const same = checked.every((name) => words[word[name] / 8] === right[word[name] / 8]);
			assert.equal(refusal(words.buffer as ArrayBuffer, shape) === null, same);
		}),
	);
});

test("every reader of the build has a plan that the fuzzer starts from", () => {
	const under = (folder: string, end: RegExp) =>
		readdirSync(packageFile(folder), { recursive: true })
			.map((path) => `${folder}/${path}`)
			.filter((path) => end.test(path))
			.map((path) => readFileSync(packageFile(path), "utf8"))
			.join("\n");
	const readers = [...under("kernel", /\.c$/).matchAll(/reader_ops \w+_reader = \{\s*\.name = "(\w+)"/g)];
	const planned = new Set(
		[...under("test/native/plans", /\.plan$/).matchAll(/^reader (\w+)/gm)].map(([, name]) => name),
	);
	assert.ok(readers.length > 0);
	for (const [, name] of readers) assert.ok(planned.has(name), `test/native/plans has none for '${name}'`);
});
