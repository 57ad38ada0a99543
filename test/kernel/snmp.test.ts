// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { clockAnchor } from "../../base/clock.js";
import { nanoseconds } from "../../base/units.js";
import type { TextAt } from "../../kernel/shared/text/positions.js";
import { namedLines, pairedLines, socketLines } from "../../kernel/snmp/catalogue.js";
import { snmp } from "../../kernel/snmp/index.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { assertBetween } from "../support/bracket.js";
import { sample } from "../support/sample.js";
import { fixture, textValues } from "../support/textValue.js";

/** The three formats read in another way: everything to `file Section/Name`. */
function readAll(file: string, text: string): Map<string, bigint> {
	const values = new Map<string, bigint>();
	const lines = text.trim().split("\n");
	if (file.startsWith("sockstat"))
		for (const line of lines) {
			const words = line.split(/:? /);
			for (let i = 1; i < words.length; i += 2) values.set(`${file}/${words[0]}_${words[i]}`, BigInt(words[i + 1]!));
		}
	else if (file === "snmp6")
		for (const line of lines) {
			const [name, value] = line.split(/\s+/);
			values.set(name!.replace(/^(\D+6)/, "$1/"), BigInt(value!));
		}
	else
		for (let i = 0; i < lines.length; i += 2) {
			const [names, numbers] = [lines[i]!.split(" "), lines[i + 1]!.split(" ")];
			for (let k = 1; k < names.length; k++) values.set(`${names[0]!.slice(0, -1)}/${names[k]}`, BigInt(numbers[k]!));
		}
	return values;
}

const parsers = {
	snmp: pairedLines,
	netstat: pairedLines,
	snmp6: namedLines,
	sockstat: socketLines,
	sockstat6: socketLines,
};

for (const [file, parse] of Object.entries(parsers))
	test(`every value of /proc/net/${file} is found where its name says`, () => {
		const text = fixture(`snmp/fixtures/${file}`);
		const truth = [...readAll(file, text)]
			.filter(([id]) => !id.startsWith("IcmpMsg/"))
			.map(([id, value]) => [`snmp:${id}`, String(value)]);
		assert.ok(truth.length >= 5);
		assert.deepEqual(textValues(parse(`/proc/net/${file}`, text), text), Object.fromEntries(truth));
	});

test("gauges are told from counters, and units follow the name", () => {
	const parsed = ["snmp", "netstat"].flatMap((file) =>
		pairedLines(`/proc/net/${file}`, fixture(`snmp/fixtures/${file}`)),
	);
	const all = new Map(parsed.map((c) => [counterId(c), c]));
	const table: readonly (readonly [string, Counter["unit"], Counter["semantics"], Counter["type"]])[] = [
		["Tcp/RtoMin", "ms", "gauge", "u64"],
		["Tcp/MaxConn", "items", "gauge", "i64"],
		["Tcp/CurrEstab", "items", "gauge", "u64"],
		["Tcp/RetransSegs", "segments", "counter", "u64"],
		["Ip/Forwarding", "none", "gauge", "u64"],
		["Ip/InReceives", "packets", "counter", "u64"],
		["Udp/RcvbufErrors", "errors", "counter", "u64"],
		["TcpExt/TCPTimeouts", "events", "counter", "u64"],
		["TcpExt/TCPMemoryPressuresChrono", "ms", "counter", "u64"],
		["IpExt/InOctets", "bytes", "counter", "u64"],
		["MPTcpExt/MPCurrEstab", "items", "gauge", "u64"],
	];
	for (const [id, unit, semantics, type] of table) {
		const found = all.get(`snmp:${id}`)!;
		assert.deepEqual([id, found.unit, found.semantics, found.type], [id, unit, semantics, type]);
	}
	for (const counter of all.values()) assert.match(counter.help, /^[A-Z0-9].*\.$/);
});

test("a section whose names and numbers do not pair up is left out", () => {
	assert.deepEqual(pairedLines("/x", "Tcp: A B\nTcp: 1\nUdp: A\nUdp: 2\n").map(counterId), ["snmp:Udp/A"]);
	assert.deepEqual(pairedLines("/x", "Tcp: A B\nUdp: 1 2\n"), []);
	assert.deepEqual(pairedLines("/x", ""), []);
});

test("a selection of Tcp reads /proc/net/snmp alone", () => {
	const chosen = snmp.list().filter((c) => c.instance === "Tcp");
	assert.ok(chosen.length > 10);
	assert.deepEqual([...new Set(chosen.map((c) => c.at.path))], ["/proc/net/snmp"]);
});

/** A TCP connection to this machine itself, which is sent a byte by each call. */
async function loopback(): Promise<{ send: () => void; close: () => void }> {
	const server = createServer((socket) => socket.resume());
	await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
	const { port } = server.address() as { port: number };
	const socket = await new Promise<Socket>((ready) => {
		const made: Socket = connect(port, "127.0.0.1", () => ready(made));
	});
	const close = () => {
		socket.destroy();
		server.close();
	};
	return { send: () => socket.write("x"), close };
}

const read = (): Map<string, bigint> =>
	new Map(
		Object.keys(parsers).flatMap((file) => {
			try {
				return [...readAll(file, readFileSync(`/proc/net/${file}`, "utf8"))];
			} catch {
				return [];
			}
		}),
	);

/** Samples every counter while TCP runs; again if a kind of ICMP message was seen for the first time, which moves lines. */
async function sampleAll(counters: Counter<TextAt>[], meanwhile: () => void) {
	for (;;) {
		const before = read();
		const how = { duration: nanoseconds(200e6), period: nanoseconds(2e6), meanwhile };
		const { columns } = await sample(snmp, counters, how);
		const after = read();
		if ([...before.keys()].join() === [...after.keys()].join()) return { before, columns, after };
	}
}

test("sampled protocol counters lie between two readings, and TCP is seen to move", async (t) => {
	if (snmp.absence() !== null) return t.skip(snmp.absence()!);
	const connection = await loopback();
	try {
		const counters = snmp.list();
		const { before, columns, after } = await sampleAll(counters, connection.send);
		counters.forEach((counter, i) => {
			const id = `${counter.instance}/${counter.name}`;
			assert.ok(columns[i]!.length > 0);
			if (counter.semantics === "counter") assertBetween(id, before.get(id)!, columns[i]!, after.get(id)!);
			else for (const value of columns[i]!) assert.equal(typeof value, "bigint", id);
		});
		const moved = (id: string) => new Set(columns[counters.findIndex((c) => counterId(c) === id)]).size > 1;
		assert.ok(moved("snmp:Tcp/OutSegs"));
		assert.ok(moved("snmp:IpExt/OutOctets"));
	} finally {
		connection.close();
	}
});

test("values become null, never another counter's, when lines move", async () => {
	const folder = mkdtempSync(join(tmpdir(), "countersink-snmp-"));
	try {
		const path = join(folder, "snmp");
		const whole = fixture("snmp/fixtures/snmp");
		const moved = whole.replace(/^IcmpMsg:.*\n/gm, "");
		assert.notEqual(moved, whole);
		writeFileSync(path, whole);
		const counters: Counter<TextAt>[] = pairedLines(path, whole);
		const truth = readAll("snmp", whole);
		let [looks, movedAt] = [0, 0n];
		const meanwhile = () => {
			if (++looks !== 3) return;
			writeFileSync(path, moved);
			movedAt = clockAnchor().realtime_ns;
		};
		const { ts, columns } = await sample(snmp, counters, { duration: nanoseconds(300e6), meanwhile });
		const later = ts.map((_, row) => row).filter((row) => ts[row]! > movedAt + 5_000_000n);
		assert.ok(movedAt > 0n && later.length > 0);
		counters.forEach((counter, i) => {
			const id = `${counter.instance}/${counter.name}`;
			for (const value of columns[i]!) assert.ok(value === null || value === truth.get(id), `${id}: ${value}`);
			for (const row of later) assert.equal(columns[i]![row], null, id);
		});
	} finally {
		rmSync(folder, { recursive: true });
	}
});
