// SPDX-License-Identifier: Apache-2.0
/** CSV and NDJSON that are deep, long, compressed, or no text. */
import { gzipSync } from "node:zlib";
import { ESCAPES } from "../hostile-values.js";
import { type HostileImport, written } from "./hostile-import.js";

/** Compressed so that its first bytes hold no zero: a time and a name stand in the head. */
function gzipWithName(bytes: Buffer): Buffer {
	const plain = gzipSync(bytes, { level: 9 });
	const head = Buffer.from([0x1f, 0x8b, 8, 8, 1, 1, 1, 1, 2, 3, ...Buffer.from("bomb.csv"), 0]);
	return Buffer.concat([head, plain.subarray(10)]);
}

const line = "1764000000,1\n";

export function texts(): HostileImport[] {
	const csv = (name: string, text: () => string | Buffer, file = "case.csv"): HostileImport => ({
		name: `csv-${name}`,
		make: (sandbox) => written(sandbox, file, text()),
	});
	const json = (name: string, text: () => string): HostileImport => ({
		name: `ndjson-${name}`,
		make: (sandbox) => written(sandbox, "case.ndjson", text()),
	});
	const deep = (open: string, close: string, n: number): string =>
		`{"ts":1764000000,"a":${open.repeat(n)}1${close.repeat(n)}}\n`;
	return [
		csv("bomb", () => gzipWithName(Buffer.from(`time,a\n${line.repeat(6_000_000)}`)), "case.csv.gz"),
		csv(
			"bomb-of-one-line",
			() => gzipWithName(Buffer.concat([Buffer.from("time,a\n"), Buffer.alloc(200_000_000, "1")])),
			"case.csv.gz",
		),
		csv("names-are-sql", () => 'time,"a""); COPY (SELECT 1) TO \'/written\'; --"\n1764000000,1\n1764000001,2\n'),
		csv("names-are-escapes", () => `time,"${ESCAPES}"\n1764000000,1\n1764000001,2\n`),
		csv(
			"ten-thousand-columns",
			() =>
				`time,${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(",")}\n${`1764000000${",1".repeat(10_000)}\n`.repeat(2)}`,
		),
		csv("one-long-cell", () => `time,a\n1764000000,${"9".repeat(5_000_000)}\n`),
		csv("open-quote", () => `time,a\n1764000000,"${"x\n".repeat(200_000)}`),
		csv("zeros", () => Buffer.concat([Buffer.from("time,a\n"), Buffer.alloc(100_000)])),
		csv("no-utf8", () => Buffer.from("time,a\xff\xfe\n1764000000,\xc3\x28\n", "latin1")),
		csv("marks-of-byte-order", () => Buffer.from("fffe740069006d0065002c0061000a00", "hex")),
		csv("far-times", () => "time,a\n1,1\n9223372036854775807,2\n"),
		csv("far-ticks", () => "time,a\n2000-01-01 00:00:00.000000001,1\n2000-01-01 00:00:00.000000002,2\n2200-01-01,3\n"),
		csv("numbers-beyond-64-bits", () => `time,a\n1764000000,${"9".repeat(38)}\n1764000001,${"9".repeat(39)}\n`),
		csv("formulas", () => "time,=1+1,@x\n1764000000,\"=cmd|'/C calc'!A0\",1\n1764000001,+1,2\n"),
		...[100, 18_000, 1_000_000].flatMap((n) => [
			json(`nested-lists-${n}`, () => deep("[", "]", n)),
			json(`nested-objects-${n}`, () => deep('{"a":', "}", n)),
		]),
		json("one-long-line", () => `{"ts":1764000000,"a":"${"x".repeat(20_000_000)}"}\n`),
		json(
			"many-keys",
			() =>
				`${[0, 1].map((i) => `{"ts":${1764000000 + i},${Array.from({ length: 5000 }, (_, k) => `"k${k}":1`).join(",")}}`).join("\n")}\n`,
		),
		json("different-keys", () =>
			Array.from({ length: 1000 }, (_, i) => `{"ts":${1764000000 + i},"k${i}":1}\n`).join(""),
		),
		json("same-key-twice", () => '{"ts":1764000000,"a":1,"a":2}\n{"ts":1764000001,"A":1,"a":2}\n'),
		json(
			"prototype",
			() =>
				'{"ts":1764000000,"__proto__":{"a":1},"constructor":1}\n{"ts":1764000001,"__proto__":{"a":1},"constructor":2}\n',
		),
		json(
			"names-are-types",
			() =>
				'{"ts":1764000000,"a\'; DROP TABLE x; --":{"b\'":1}}\n{"ts":1764000001,"a\'; DROP TABLE x; --":{"b\'":1}}\n',
		),
	];
}
