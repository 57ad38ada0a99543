// SPDX-License-Identifier: Apache-2.0
/** Drivers that change while they are read: veth, whose counters are as many as its queues. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { nanoseconds } from "../../base/units.js";
import { ethtool } from "../../kernel/ethtool/index.js";
import type { Counter } from "../../kernel/source.js";
import { enterOwnNamespace, ip } from "../support/namespace.js";
import { needs } from "../support/needs.js";
import { type Sampled, sample } from "../support/sample.js";
import { inTurn } from "../support/steps.js";

const skip = enterOwnNamespace() ?? false;
/** Only the ethtool program changes the number of a veth's queues. */
const skipQueues = skip || needs("ethtool");

const duration = nanoseconds(1e9);
/** So many counters that the answer outgrows the memory that was laid out for the few. */
const QUEUES = 64;

const addVeth = (name: string, peer: string): string =>
	ip(
		"link",
		"add",
		"name",
		name,
		"numrxqueues",
		`${QUEUES}`,
		"numtxqueues",
		`${QUEUES}`,
		"type",
		"veth",
		"peer",
		"name",
		peer,
	);

const setQueues = (name: string, queues: number): string =>
	execFileSync("ethtool", ["-L", name, "rx", `${queues}`, "tx", `${queues}`], { encoding: "utf8" });

/** A few of the hundreds: one that is not 0, and the first and the last of the rest. */
const chosen = ["peer_ifindex", "rx_queue_0_xdp_packets", "tx_queue_1_xdp_xmit_errors"];

const of = (...instances: string[]): Counter<never>[] =>
	(ethtool.list() as Counter<never>[]).filter((c) => instances.includes(c.instance) && chosen.includes(c.name));

const columnOf = ({ columns }: Sampled, counters: readonly Counter[], link: string, name: string): unknown[] =>
	columns[counters.findIndex((c) => c.instance === link && c.name === name)]!;

/** The value in words: where it was there, where it was null. */
const phases = (column: readonly unknown[]): string =>
	column
		.map((value) => (value === null ? "null" : "value"))
		.filter((word, i, words) => word !== words[i - 1])
		.join(" ");

const sourceErrors = ({ gaps }: Sampled): boolean => gaps.some((gap) => gap.reason === "source_error");

test("a driver whose counters become more or fewer is null until they are as before", {
	skip: skipQueues,
}, async () => {
	addVeth("e0", "e1");
	addVeth("e2", "e3");
	setQueues("e0", 4);
	const counters = of("e0", "e2");
	const sampled = await sample(ethtool, counters, {
		duration,
		meanwhile: inTurn(
			() => setQueues("e0", 2),
			() => setQueues("e0", QUEUES),
			() => setQueues("e0", 4),
		),
	});
	assert.equal(sampled.scheduled, sampled.accounted);
	assert.ok(!sourceErrors(sampled));
	for (const [i, counter] of counters.entries())
		assert.equal(phases(sampled.columns[i]!), counter.instance === "e0" ? "value null value" : "value", counter.name);
	for (const link of ["e1", "e3"]) ip("link", "del", link);
});

test("a driver alone that has changed leaves gaps with the reason, and no row of wrong values", {
	skip: skipQueues,
}, async () => {
	addVeth("e0", "e1");
	setQueues("e0", 2);
	const counters = of("e0");
	const sampled = await sample(ethtool, counters, {
		duration,
		meanwhile: inTurn(
			() => setQueues("e0", QUEUES),
			() => setQueues("e0", 2),
		),
	});
	assert.equal(sampled.scheduled, sampled.accounted);
	assert.ok(sourceErrors(sampled));
	const peer = columnOf(sampled, counters, "e0", "peer_ifindex");
	assert.ok(peer.length > 0 && peer.every((value) => value === peer[0]));
	ip("link", "del", "e0");
});

test("a device that goes is null, also when another takes its name", { skip }, async () => {
	for (const i of [0, 2, 4]) addVeth(`e${i}`, `e${i + 1}`);
	const counters = of("e0", "e2", "e4");
	const sampled = await sample(ethtool, counters, {
		duration,
		meanwhile: inTurn(
			() => ip("link", "del", "e0"),
			() => ip("link", "set", "e2", "name", "e9"),
			() => addVeth("e0", "e1"),
			() => addVeth("e2", "e8"),
		),
	});
	assert.ok(!sourceErrors(sampled));
	for (const [i, counter] of counters.entries())
		assert.equal(phases(sampled.columns[i]!), counter.instance === "e4" ? "value" : "value null", counter.instance);
	for (const link of ["e0", "e2", "e9", "e4"]) ip("link", "del", link);
});

test("with every device gone the ticks are gaps with the reason", { skip }, async () => {
	addVeth("e0", "e1");
	const sampled = await sample(ethtool, of("e0"), { duration, meanwhile: inTurn(() => ip("link", "del", "e0")) });
	assert.equal(sampled.scheduled, sampled.accounted);
	assert.ok(sampled.ts.length > 0 && sourceErrors(sampled));
	assert.ok(!sampled.columns.flat().includes(null));
});

test("each column holds the counter of its name, under odd names of interfaces too", { skip }, async () => {
	addVeth("é*,[x]", "plain");
	execFileSync("sh", ["-c", `ip link add name "$(printf 'x\\377%sy' '"')" type veth peer name other`]);
	const links = JSON.parse(ip("-j", "link", "show")) as { ifindex: number; ifname: string }[];
	const numberOf = (name: string): bigint => BigInt(links.find((link) => link.ifname === name)!.ifindex);
	const counters = of("é*,[x]", "plain", 'x%FF"y', "other")
		.filter((c) => c.name === "peer_ifindex")
		.reverse();
	const sampled = await sample(ethtool, counters);
	assert.equal(counters.length, 4);
	assert.equal(columnOf(sampled, counters, "é*,[x]", "peer_ifindex").at(-1), numberOf("plain"));
	assert.equal(columnOf(sampled, counters, "plain", "peer_ifindex").at(-1), numberOf("é*,[x]"));
	const odd = columnOf(sampled, counters, 'x%FF"y', "peer_ifindex").at(-1);
	assert.equal(odd, numberOf("other"));
	for (const link of ["plain", "other"]) ip("link", "del", link);
});
