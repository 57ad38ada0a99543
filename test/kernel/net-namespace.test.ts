// SPDX-License-Identifier: Apache-2.0
/** Interfaces that come and go, odd names and many links: in a namespace of the test's own, where nothing else moves. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import test from "node:test";
import { nanoseconds } from "../../base/units.js";
import { net } from "../../kernel/net/index.js";
import { listLinks } from "../../kernel/shared/links.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { linkTruth } from "../support/link-truth.js";
import { enterOwnNamespace, ip, ipBatch } from "../support/namespace.js";
import { type Sampled, sample } from "../support/sample.js";
import { inTurn } from "../support/steps.js";

const skip = enterOwnNamespace() ?? false;

const PAIRS = 100;
/** Frames for this address reach the other end of a pair, which is not it: they end there, uncounted by anything else. */
const NOBODY = "02:00:00:00:00:99";

const of = (...instances: string[]): Counter<never>[] =>
	net.list().filter((c) => instances.includes(c.instance)) as Counter<never>[];

const modeOf = (counters: readonly Counter<never>[]): unknown => net.plan(counters, new Map())[0]!.lines[0]![1];

const valuesOf = (sampled: Sampled, counters: readonly Counter[], link: string): (bigint | number | null)[][] =>
	sampled.columns.filter((_, i) => counters[i]!.instance === link);

const send = (socket: Socket, bytes: number, port: number, address: string): Promise<void> =>
	new Promise((resolve, reject) =>
		socket.send(Buffer.alloc(bytes), port, address, (error) => (error ? reject(error) : resolve())),
	);

async function listener(): Promise<Socket> {
	const socket = createSocket("udp4");
	socket.bind(0, "127.0.0.1");
	await once(socket, "listening");
	return socket;
}

/** Every counter that iproute2 shows too equals the value in the last row. Returns how many there were. */
function compareWithTruth({ columns }: Sampled, counters: readonly Counter<never>[]): number {
	const truth = linkTruth();
	let compared = 0;
	counters.forEach((counter, i) => {
		const { ifindex } = counter.at as { ifindex: number };
		const expected = truth.get(ifindex)!.get(counter.name);
		if (expected === undefined) return;
		assert.equal(columns[i]!.at(-1), expected, counterId(counter));
		compared++;
	});
	return compared;
}

/** Null from some row on, and never before; with at least one row of either kind. */
function assertEnds(column: readonly unknown[], what: string): void {
	const end = column.indexOf(null);
	assert.ok(end > 0, `${what} had values, then none`);
	assert.ok(
		column.slice(end).every((value) => value === null),
		`${what} stays null`,
	);
}

/** Long enough for the steps below and for rows after them, on a machine that is busy with other things. */
const duration = nanoseconds(1e9);

test("lo grows by exactly what was sent, and equals what ip shows", { skip }, async () => {
	const [from, to] = [await listener(), await listener()];
	const [bursts, packets, bytes] = [5, 40, 1000];
	const burst = async (): Promise<void> => {
		for (let i = 0; i < packets; i++) await send(from, bytes, to.address().port, "127.0.0.1");
	};
	const counters = of("lo");
	const steps = Array.from({ length: bursts }, () => burst);
	const sampled = await sample(net, counters, { duration, meanwhile: inTurn(...steps) });
	from.close();
	to.close();
	const grown = (name: string): bigint => {
		const column = sampled.columns[counters.findIndex((c) => c.name === name)] as bigint[];
		assert.ok(
			column.every((value, i) => i === 0 || column[i - 1]! <= value),
			`${name} never falls`,
		);
		return column.at(-1)! - column[0]!;
	};
	/* IP and UDP: lo counts a packet without its Ethernet header. */
	const header = 20 + 8;
	for (const direction of ["rx", "tx"]) {
		assert.equal(grown(`${direction}_packets`), BigInt(bursts * packets));
		assert.equal(grown(`${direction}_bytes`), BigInt(bursts * packets * (bytes + header)));
	}
	assert.ok(compareWithTruth(sampled, counters) >= 20);
});

for (const mode of ["get", "dump"])
	test(`an interface that goes is null from then on, also when its name comes back (${mode})`, { skip }, async () => {
		for (const i of [0, 1]) ip("link", "add", `go${i}`, "type", "veth", "peer", "name", `back${i}`);
		const stays = listLinks().map((link) => link.name);
		const counters = mode === "get" ? of("go0", "lo") : of(...stays);
		assert.equal(modeOf(counters), mode);
		const sampled = await sample(net, counters, {
			duration,
			meanwhile: inTurn(
				() => ip("link", "del", "go0"),
				() => ip("link", "add", "go0", "type", "veth", "peer", "name", "back0"),
			),
		});
		assert.equal(sampled.scheduled, sampled.accounted);
		assert.ok(!sampled.gaps.some((gap) => gap.reason === "source_error"));
		for (const column of valuesOf(sampled, counters, "go0")) assertEnds(column, "go0");
		for (const link of ["lo", "go1", "back1"])
			for (const column of valuesOf(sampled, counters, link)) assert.ok(!column.includes(null), link);
		for (const i of [0, 1]) ip("link", "del", `go${i}`);
	});

test("with every interface gone the ticks are gaps with the reason", { skip }, async () => {
	ip("link", "add", "alone0", "type", "veth", "peer", "name", "alone1");
	const counters = of("alone0");
	const sampled = await sample(net, counters, {
		duration,
		meanwhile: inTurn(() => ip("link", "del", "alone0")),
	});
	assert.equal(sampled.scheduled, sampled.accounted);
	assert.ok(sampled.ts.length > 0, "there were rows before");
	assert.ok(!sampled.columns.flat().includes(null), "no row is all null");
	assert.ok(sampled.gaps.some((gap) => gap.reason === "source_error"));
});

test("odd names, even such as are no text, name different counters that can be read", { skip }, async () => {
	const names = ['a*b"c', "é,[x]", "{a}?", "-dash", "tab\\t"];
	for (const [i, name] of names.entries()) ip("link", "add", "name", name, "type", "veth", "peer", "name", `odd${i}`);
	execFileSync("sh", ["-c", `ip link add name "$(printf 'x\\377y')" type veth peer name oddx`]);
	const counters = of(...names, "x%FFy").filter((c) => c.name === "rx_bytes");
	assert.equal(counters.length, names.length + 1);
	assert.equal(new Set(net.list().map(counterId)).size, net.list().length);
	const { columns } = await sample(net, counters);
	for (const column of columns) assert.ok(column.length > 0 && column.every((value) => value === 0n));
	for (const i of names.keys()) ip("link", "del", `odd${i}`);
	ip("link", "del", "oddx");
});

/** Sends i + 1 packets of 100 bytes into pair i, so that no two links have the same counters. */
async function fillPairs(): Promise<void> {
	const pairs = Array.from({ length: PAIRS }, (_, i) => i);
	ipBatch(
		pairs.flatMap((i) => [
			`link add p${i} type veth peer name q${i}`,
			`link set p${i} up`,
			`link set q${i} up`,
			`addr add 10.77.${i}.1/24 dev p${i}`,
			`neigh add 10.77.${i}.2 lladdr ${NOBODY} dev p${i}`,
		]),
	);
	const socket = createSocket("udp4");
	for (const i of pairs) for (let n = 0; n <= i; n++) await send(socket, 100, 9, `10.77.${i}.2`);
	socket.close();
}

test("a dump of many pieces, and gets of several batches, give every link its own counters", { skip }, async () => {
	await fillPairs();
	const names = ["rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_otherhost_dropped", "rx_nohandler"];
	const all = (net.list() as Counter<never>[]).filter((c) => names.includes(c.name));
	const some = all.filter((c) => /^q[1-4][0-9]$/.test(c.instance));
	const period = { period: nanoseconds(2e6), duration: nanoseconds(100e6) };
	for (const [mode, counters] of [
		["dump", all],
		["get", some],
	] as const) {
		assert.equal(modeOf(counters), mode);
		const sampled = await sample(net, counters, period);
		assert.ok(sampled.ts.length > 0 && !sampled.gaps.some((gap) => gap.reason === "source_error"));
		assert.ok(!sampled.columns.flat().includes(null));
		assert.ok(compareWithTruth(sampled, counters) >= new Set(counters.map((c) => c.instance)).size * 4);
		const ends = counters.map((c, i) => ({ ...c, last: sampled.columns[i]!.at(-1) }));
		for (const { name, instance, last } of ends)
			if (/^q/.test(instance) && (name === "rx_packets" || name === "rx_otherhost_dropped"))
				assert.equal(last, BigInt(instance.slice(1)) + 1n, `${instance}/${name}`);
	}
});
