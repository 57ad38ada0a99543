// SPDX-License-Identifier: Apache-2.0
/**
 * Messages on a socket, in which every value stays exact. A frame:
 *
 *   0   u32   length of the message, little-endian
 *   4   ...   the message, serialized by node:v8
 *
 * v8 does not keep classes, so an object of a class of DuckDB (a value, a type) is sent as its fields with the name of
 * its class.
 */
import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";
import { assert } from "../../base/errors.js";

type Classes = Readonly<Record<string, { readonly prototype: object } | undefined>>;

/** Loaded when it is first needed: DuckDB is 70 MB. */
const classes = async (): Promise<Classes> => (await import("@duckdb/node-api")) as unknown as Classes;

const fieldsOf = (value: object, map: (part: unknown) => unknown): Record<string, unknown> =>
	Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));

const plain = [Object.prototype, null];

/** An object of a class becomes a Map of one entry. No message contains a Map otherwise. */
function pack(value: unknown): unknown {
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
	if (Array.isArray(value)) return value.map(pack);
	const fields = fieldsOf(value, pack);
	return plain.includes(Object.getPrototypeOf(value)) ? fields : new Map([[value.constructor.name, fields]]);
}

function unpack(value: unknown, api: Classes): unknown {
	if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
	if (Array.isArray(value)) return value.map((part) => unpack(part, api));
	if (!(value instanceof Map)) return fieldsOf(value, (part) => unpack(part, api));
	const [[name, fields]] = value as unknown as [[string, object]];
	const found = api[name];
	assert(found, `DuckDB has a class ${name}`);
	return Object.assign(
		Object.create(found.prototype),
		fieldsOf(fields, (part) => unpack(part, api)),
	);
}

export function frame(message: unknown): Buffer {
	const body = serialize(pack(message));
	const head = Buffer.alloc(4);
	head.writeUInt32LE(body.length);
	return Buffer.concat([head, body]);
}

/** Messages in the order in which they arrive. Ends when the other side closes the socket, also in the middle of a
 *  message. */
export async function* framesOf<T>(socket: Socket): AsyncGenerator<T> {
	let parts: Buffer[] = [];
	let bytes = 0;
	const api = await classes();
	for await (const part of socket) {
		parts.push(part as Buffer);
		bytes += (part as Buffer).length;
		/* The parts are joined only when a message is complete, so that a long one is not copied again for every part. */
		while (bytes >= 4 && bytes >= 4 + joined(parts, 4).readUInt32LE()) {
			const all = Buffer.concat(parts);
			const end = 4 + all.readUInt32LE();
			yield unpack(deserialize(all.subarray(4, end)), api) as T;
			parts = [all.subarray(end)];
			bytes = all.length - end;
		}
	}
}

/** Returns a buffer that starts with the first bytes, which may be spread over several parts. */
const joined = (parts: readonly Buffer[], bytes: number): Buffer =>
	parts[0]!.length >= bytes ? parts[0]! : Buffer.concat(parts);
