// SPDX-License-Identifier: Apache-2.0
/** Mailboxes against bytes written by hand from the published layouts, in both directions, and laws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CountersinkError } from "../../../base/errors.js";
import * as capabilities from "../../../kernel/mlx5/card/card-capabilities.js";
import { type Capabilities, decodeCapabilities, queryCapability } from "../../../kernel/mlx5/card/card-capabilities.js";
import {
	decodeParameters,
	type Parameters,
	queryParameters,
	setParameters,
} from "../../../kernel/mlx5/card/sampler-parameters.js";
import * as records from "../../../kernel/mlx5/diagnostics/records.js";
import { registerGroups } from "../../../kernel/mlx5/registers/catalogue.js";
import * as registers from "../../../kernel/mlx5/registers/read-register.js";
import { counterSetBit, readCounterRegister } from "../../../kernel/mlx5/registers/read-register.js";
import {
	bit,
	bits,
	bytesOf,
	decode,
	encode,
	type Layout,
	u8,
	u16,
	u32,
} from "../../../kernel/mlx5/transport/bit-fields.js";
import * as firmware from "../../../kernel/mlx5/transport/firmware.gen.js";
import { explainOutbox, statusName } from "../../../kernel/mlx5/transport/refusal.js";

/** Bytes from hex with blanks, to `length` with zeros. */
function bytes(text: string, length?: number): Uint8Array {
	const written = Buffer.from(text.replace(/\s/g, ""), "hex");
	const all = new Uint8Array(length ?? written.length);
	all.set(written);
	return all;
}

/** Bytes of zero but for some, by offset. */
function scattered(length: number, some: Record<number, string>): Uint8Array {
	const all = new Uint8Array(length);
	for (const [at, text] of Object.entries(some)) all.set(bytes(text), Number(at));
	return all;
}

const same = (actual: Uint8Array, expected: Uint8Array): void =>
	assert.equal(Buffer.from(actual).toString("hex"), Buffer.from(expected).toString("hex"));

const repetitive: Parameters = {
	counters: [0x0401, 0x2006, 0x040b],
	log_num_of_samples: 10,
	log_sample_period: 4,
	single: 0,
	repetitive: 1,
	sync: 1,
	clear: 1,
	on_demand: 0,
	enable: 1,
	tracer_dump: 0,
};

test("inboxes are the published bytes", () => {
	same(queryCapability("general").inbox, bytes("0100 0000 0000 0001 0000 0000 0000 0000"));
	same(queryCapability("debug").inbox, bytes("0100 0000 0000 001b 0000 0000 0000 0000"));
	same(queryParameters.inbox, bytes("0819 0000 0000 0000 0000 0000 0000 0000"));
	same(records.queryCounters(256, 128).inbox, bytes("0821 0000 0000 0000 0100 0080 0000 0000"));
	same(
		setParameters(repetitive).inbox,
		bytes(`0820 0000 0000 0000
			0003 00 0a  74 0000 04
			0000 0000 0000 0000 0000 0000 0000 0000
			0000 0401  0000 2006  0000 040b`),
	);
	same(
		readCounterRegister("PPCNT", 0x10, 5).inbox,
		scattered(272, { 0: "0805", 6: "0001", 10: "5008", 17: "01", 19: "10", 23: "05" }),
	);
	same(readCounterRegister("MPCNT", 0).inbox, scattered(272, { 0: "0805", 6: "0001", 10: "9051" }));
});

test("answers have room for what is asked", () => {
	assert.equal(records.queryCounters(256, 128).outBytes, 16 + 256 * 16);
	assert.equal(records.queryCounters(2, 0, 18).outBytes, 16 + 2 * 18 * 16);
	assert.equal(queryCapability("debug").outBytes, 16 + 4096);
	assert.equal(readCounterRegister("PPCNT", 1).outBytes, 16 + 256);
});

test("scopes: reading needs DEBUG_READ_ONLY, only starting needs DEBUG_WRITE", () => {
	const reads = [
		queryCapability("debug"),
		queryParameters,
		records.queryCounters(1, 0),
		readCounterRegister("PPCNT", 1),
	];
	assert.deepEqual(
		reads.map(({ scope }) => scope),
		[1, 1, 1, 1],
	);
	assert.equal(setParameters(repetitive).scope, 2);
});

test("answers are understood from the published bytes", () => {
	/* 1 GHz, 3 counters; 2^14 values, 2^3 clocks, single and repetitive and tracer_dump; 0x401 and 0x2006 in sync. */
	const general = scattered(4112, { 16: "00", 64: "10", 96: "0003", 172: "000f4240" });
	const debug = scattered(4112, { 16: "8000000e", 20: "d0000003", 80: "80000401", 84: "80002006", 88: "00001c02" });
	const expected: Capabilities = {
		frequency_khz: 1_000_000,
		logMaxSamples: 14,
		logMinPeriod: 3,
		single: true,
		repetitive: true,
		tracerDump: true,
		counters: [
			{ id: 0x401, sync: true },
			{ id: 0x2006, sync: true },
			{ id: 0x1c02, sync: false },
		],
	};
	assert.deepEqual(decodeCapabilities(general, debug), expected);
	assert.equal(decodeCapabilities(scattered(4112, { 96: "0003", 172: "000f4240" }), debug), null, "no debug bit");
	assert.deepEqual(decodeParameters(setParameters(repetitive).inbox), repetitive);
	const flags = { 128: "single", 64: "repetitive", 32: "sync", 16: "clear", 8: "on_demand", 4: "enable" };
	for (const [value, name] of Object.entries({ ...flags, 2: "tracer_dump" })) {
		const { counters, log_num_of_samples, log_sample_period, ...set } = decodeParameters(
			scattered(32, { 12: Number(value).toString(16).padStart(2, "0") }),
		);
		assert.deepEqual(
			Object.entries(set).filter(([, on]) => on),
			[[name, 1]],
		);
	}
});

test("records: two counters of one sample, all 64 bits of a value", () => {
	const outbox = bytes(`0000 0000 0000 0000 0000 0000 0000 0000
		2006 ffff fedcba98 80000001 ffffffff
		0401 0000 00000010 00000000 0000002a`);
	assert.deepEqual(records.decodeRecords(outbox, firmware.firmware.RECORDS_START), [
		{ counter: 0x2006, sample: 65_535, clock: 0xfedcba98, value: 0x8000_0001_ffff_ffffn },
		{ counter: 0x0401, sample: 0, clock: 16, value: 42n },
	]);
	assert.ok(records.legacyDecoder.experimentalInMemory);
	assert.equal(bytesOf(firmware.sampleRecord), records.legacyDecoder.bytes);
});

test("a refusal is named", () => {
	assert.match(
		explainOutbox(bytes("06000000 001f3a21", 16)),
		/^RESOURCE_BUSY \(someone else .*\), syndrome 0x001f3a21$/,
	);
	assert.equal(explainOutbox(bytes("77000000 00000000", 16)), "status 0x77, syndrome 0x00000000");
	assert.equal(statusName(0x03), "BAD_PARAM");
});

/** Where the reserved rest of a group starts by the published layouts, in bits. */
const groupEnds: Record<string, number> = {
	"ppcnt.ieee8023": 0x4c0,
	"ppcnt.rfc2863": 0x340,
	"ppcnt.rfc2819": 0x540,
	"ppcnt.rfc3635": 0x400,
	"ppcnt.extended": 0x200,
	"ppcnt.discard": 8 * 0x78,
	"ppcnt.prio7": 0x480,
	"ppcnt.tc0": 0x80,
	"ppcnt.phy": 0x640,
	"ppcnt.tc0_congestion": 0x80,
	"ppcnt.phy_statistical": 0x200,
	"mpcnt.pcie": 0x200,
};

/** Single counters, by the published offset in bits. */
const places: readonly (readonly [string, number, number])[] = [
	["ppcnt.ieee8023.a_octets_received_ok", 0x140, 64],
	["ppcnt.rfc2863.if_out_octets", 0x140, 64],
	["ppcnt.rfc2819.ether_stats_pkts64octets", 0x2c0, 64],
	["ppcnt.extended.rx_buffer_almost_full", 0x140, 64],
	["ppcnt.discard.egress_hoq", 8 * 0x40, 64],
	["ppcnt.discard.egress_sll", 8 * 0x70, 64],
	["ppcnt.prio3.tx_octets", 0x140, 64],
	["ppcnt.prio3.rx_pause", 0x280, 64],
	["ppcnt.phy.rs_fec_corrected_blocks", 0x3c0, 64],
	["ppcnt.phy.link_down_events", 0x600, 32],
	["mpcnt.pcie.crc_error_tlp", 0x120, 32],
	["mpcnt.pcie.tx_overflow_buffer_pkt", 0x140, 64],
	["mpcnt.pcie.outbound_stalled_writes_events", 0x1e0, 32],
];

test("counters of registers stand where the published layouts put them", () => {
	const all = registerGroups.flatMap(({ name, counters }) => counters.map((c) => ({ ...c, id: `${name}.${c.name}` })));
	for (const [id, place, count] of places) {
		const counter = all.find((one) => one.id === id);
		assert.deepEqual([id, counter?.bit, counter?.bits], [id, place, count]);
	}
	for (const [name, end] of Object.entries(groupEnds)) {
		const { counters } = registerGroups.find((group) => group.name === name)!;
		assert.equal(Math.max(...counters.map((c) => c.bit + c.bits)), end, name);
	}
	assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
	assert.equal(counterSetBit(0), 8 * 24, "the values begin 8 bytes into the register, which begins at byte 16");
	for (const { counters } of registerGroups) {
		const sorted = counters.toSorted((a, b) => a.bit - b.bit);
		for (const [i, { bit: first, name }] of sorted.entries())
			assert.ok(i === 0 || first >= sorted[i - 1]!.bit + sorted[i - 1]!.bits, name);
	}
});

const isField = (value: unknown): boolean => Array.isArray(value) && value.every(Number.isInteger);
const isLayout = (value: unknown): value is Layout =>
	typeof value === "object" && value !== null && Object.values(value).every(isField);
const every = [firmware, capabilities, registers]
	.flatMap((module): unknown[] => Object.values(module))
	.filter(isLayout);

test("no two fields of a layout share a bit", () => {
	assert.ok(every.length >= 12);
	for (const layout of every) {
		const taken = Object.values(layout).flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
		assert.equal(new Set(taken).size, taken.length, JSON.stringify(layout));
	}
});

test("helpers name bits as documents do", () => {
	assert.deepEqual(
		[u8(3), u16(2), u32(4)],
		[
			[24, 8],
			[16, 16],
			[32, 32],
		],
	);
	assert.deepEqual(
		[bit(4, 31), bits(0, 5, 0), bits(0, 27, 23)],
		[
			[32, 1],
			[26, 6],
			[4, 5],
		],
	);
});

test("law: decode(encode(x)) = x, and nothing else is touched", () => {
	fc.assert(
		fc.property(
			fc.nat(every.length - 1),
			fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
			fc.nat(40),
			fc.boolean(),
			(which, random, at, ones) => {
				const layout = every[which]!;
				const values = Object.fromEntries(
					Object.entries(layout).map(([name, [, count]]) => {
						const share: number = random.next().value;
						return [name, Math.floor(share * (2 ** count - 1))];
					}),
				);
				const mailbox = new Uint8Array(at + bytesOf(layout) + 3).fill(ones ? 255 : 0);
				encode(layout, values, mailbox, at);
				assert.deepEqual(decode(layout, mailbox, at), values);
				const blank = Object.fromEntries(
					Object.entries(layout).map(([name, [, count]]) => [name, ones ? 2 ** count - 1 : 0]),
				);
				encode(layout, blank, mailbox, at);
				assert.ok(mailbox.every((byte) => byte === (ones ? 255 : 0)));
			},
		),
	);
});

const u = (max: number) => fc.integer({ min: 0, max });
const flagValue = u(1);
const anyParameters: fc.Arbitrary<Parameters> = fc.record(
	{
		counters: fc.array(u(0xffff), { maxLength: 200 }),
		log_num_of_samples: u(255),
		log_sample_period: u(255),
		single: flagValue,
		repetitive: flagValue,
		sync: flagValue,
		clear: flagValue,
		on_demand: flagValue,
		enable: flagValue,
		tracer_dump: flagValue,
	},
	{ noNullPrototype: true },
);

test("law: parameters read back as they were set", () => {
	fc.assert(fc.property(anyParameters, (p) => assert.deepEqual(decodeParameters(setParameters(p).inbox), p)));
});

test("law: random answers throw nothing but a CountersinkError", () => {
	const decoders: readonly ((bytes: Uint8Array) => unknown)[] = [
		decodeParameters,
		explainOutbox,
		(answer) => records.decodeRecords(answer, 16),
		(answer) => decodeCapabilities(answer, answer),
	];
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(decoders.length - 1), (answer, which) => {
			try {
				decoders[which]!(answer);
			} catch (error) {
				assert.ok(error instanceof CountersinkError, String(error));
			}
		}),
		{ numRuns: 2000 },
	);
});

test("a value that does not fit is refused, not cut", () => {
	assert.throws(
		() => setParameters({ ...repetitive, counters: [0x10000] }),
		/65536 does not fit the 16 bits of counter_id/,
	);
	assert.throws(() => encode(firmware.parametersContext, { single: 2 }, new Uint8Array(32)), /1 bits of single/);
});
