// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { packageFile } from "../../base/paths.js";
import { linkCounters } from "../../kernel/net/catalogue.js";
import { chooseMode, net } from "../../kernel/net/index.js";
import { listLinks, readName, readPiece } from "../../kernel/shared/links.js";
import { counterId } from "../../kernel/source.js";
import { sample } from "../support/sample.js";

const UAPI_HEADER = "/usr/include/linux/if_link.h";

const recorded = (name: string): Uint8Array =>
	Buffer.from(readFileSync(packageFile(`kernel/net/fixtures/${name}.hex`), "utf8").replace(/\s/g, ""), "hex");

/** Through sysfs, the kernel's other way to the same numbers. It lacks rx_otherhost_dropped. */
function sysfsValues(names: readonly string[], link: string): Map<string, bigint> {
	const files = readdirSync(`/sys/class/net/${link}/statistics`);
	const shown = names.filter((name) => files.includes(name));
	return new Map(
		shown.map((name) => [name, BigInt(readFileSync(`/sys/class/net/${link}/statistics/${name}`, "utf8").trim())]),
	);
}

test("every word of every interface lies between what sysfs shows before and after", async () => {
	const counters = net.list();
	const links = readdirSync("/sys/class/net").filter((name) => counters.some((c) => c.instance === name));
	assert.ok(links.includes("lo"));
	const names = linkCounters.map((counter) => counter.name);
	const before = new Map(links.map((link) => [link, sysfsValues(names, link)]));
	const { columns, gaps, scheduled, accounted } = await sample(net, counters);
	const after = new Map(links.map((link) => [link, sysfsValues(names, link)]));
	assert.equal(scheduled, accounted);
	assert.equal(
		gaps.some((gap) => gap.reason === "source_error"),
		false,
	);
	let compared = 0;
	counters.forEach((counter, i) => {
		const [low, high] = [before, after].map((values) => values.get(counter.instance)?.get(counter.name));
		if (low === undefined || high === undefined) return;
		compared++;
		for (const value of columns[i]!) {
			const bracketed = value !== null && low <= value && value <= high;
			assert.ok(bracketed, `${counterId(counter)}: ${low} <= ${value} <= ${high}`);
		}
	});
	assert.ok(compared >= 24 * links.length, "sysfs shows 24 counters an interface");
});

test("the catalogue names the words of the struct in the order of the kernel's header", () => {
	const struct = /struct rtnl_link_stats64 \{(.*?)\};/s.exec(readFileSync(UAPI_HEADER, "utf8"))![1]!;
	const fields = [...struct.matchAll(/__u64\s+(\w+);/g)].map((match) => match[1]);
	const names = linkCounters.map((counter) => counter.name);
	assert.deepEqual(names.slice(0, fields.length), fields.slice(0, names.length));
	assert.ok(fields.length >= 24);
});

test("a kernel with a shorter struct has fewer counters, and no counter is without help", () => {
	const words = listLinks()[0]!.statistics;
	assert.equal(net.list().filter((c) => c.instance === "lo").length, Math.min(words, linkCounters.length));
	for (const counter of linkCounters) assert.match(counter.help, /^Grows .*\.$/);
});

test("links are asked for one by one while that is cheaper than a dump of all", () => {
	const table: [wanted: number, present: number, mode: string][] = [
		[1, 1, "get"],
		[1, 2, "get"],
		[1, 1000, "get"],
		[2, 2, "dump"],
		[2, 4, "get"],
		[4, 4, "dump"],
		[8, 65, "get"],
		[16, 65, "dump"],
		[32, 65, "dump"],
		[41, 201, "get"],
		[257, 257, "dump"],
	];
	for (const [wanted, present, mode] of table)
		assert.equal(chooseMode(wanted, present), mode, `${wanted} of ${present}`);
});

test("names of any bytes survive as text and as a word of the plan", () => {
	const table: [bytes: number[], name: string, word: string][] = [
		[[0x65, 0x74, 0x68, 0x30], "eth0", "eth0"],
		[[0x61, 0x25, 0x62], "a%b", "a%25b"],
		[[0xc3, 0xa9, 0x2a, 0x22], 'é*"', '%C3%A9*"'],
		[[0xef, 0xbb, 0xbf, 0x61], "\ufeffa", "%EF%BB%BFa"],
		[[0x61, 0xff, 0x01], "a%FF%01", "a%FF%01"],
	];
	for (const [bytes, name, word] of table) assert.deepEqual(readName(Uint8Array.from(bytes)), { name, word });
});

test("a recorded dump of three links decodes", () => {
	const piece = readPiece(recorded("getlink-dump"));
	assert.deepEqual(piece, {
		links: [
			{ name: "lo", word: "lo", ifindex: 1, statistics: 25 },
			{ name: "a1", word: "a1", ifindex: 2, statistics: 25 },
			{ name: 'é*"', word: '%C3%A9*"', ifindex: 3, statistics: 25 },
		],
		done: true,
		interrupted: false,
		error: 0,
	});
});

test("a piece of a dump that is cut short, refused or interrupted says so", () => {
	const whole = recorded("getlink-dump");
	for (let length = 0; length < whole.length; length++) {
		const piece = readPiece(whole.slice(0, length));
		assert.ok(!piece.done && piece.links.length <= 3, `${length} bytes`);
	}
	const interrupted = Uint8Array.from(whole);
	interrupted[6]! |= 0x10;
	assert.equal(readPiece(interrupted).interrupted, true);
	const refusal = new Uint8Array(36);
	const view = new DataView(refusal.buffer);
	view.setUint32(0, 36, true);
	view.setUint16(4, 2, true);
	view.setInt32(16, -1, true);
	assert.deepEqual(readPiece(refusal), { links: [], done: true, interrupted: false, error: 1 });
});
