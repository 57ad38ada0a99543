// SPDX-License-Identifier: Apache-2.0
/**
 * The interfaces of this process's network namespace, from an RTM_GETLINK dump: the list of the kernel, with the
 * numbers that the reader asks by. /sys/class/net is not used, because it shows the namespace in which sysfs was
 * mounted.
 *
 *   message    u32 length | u16 type | u16 flags | u32 sequence | u32 port | body, to the next multiple of 4
 *   link body  u8 family | u8 0 | u16 device type | i32 ifindex | u32 flags | u32 change | attributes
 *   attribute  u16 length | u16 type | value, to the next multiple of 4
 */
import { getSystemErrorName } from "node:util";
import { unavailable } from "../../base/errors.js";
import { call, errno } from "../../base/ffi.js";

export interface Link {
	/** The name as text; a name that is not UTF-8 is written as in a plan. */
	readonly name: string;
	/** The name as a word of a plan: '%' and every byte that is not printable ASCII are written as %XX. */
	readonly word: string;
	readonly ifindex: number;
	/** 8-byte words in this kernel's struct rtnl_link_stats64. */
	readonly statistics: number;
}

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const MSG_DONTWAIT_TRUNC = 0x40 | 0x20;
const header = { bytes: 16, length: 0, type: 4, flags: 6 } as const;
const link = { bytes: 16, ifindex: 4 } as const;
const messageType = { error: 2, done: 3, newLink: 16, getLink: 18 } as const;
const attributeType = { name: 3, statistics: 23 } as const;
const requestFlags = { request: 0x1, dump: 0x300, interrupted: 0x10 } as const;
const MAX_BYTES = 65536;
/** Interfaces come and go in bursts. After this number of interrupted lists the kernel is not asked again. */
const ATTEMPTS = 20;

const align = (bytes: number): number => (bytes + 3) & ~3;

const escapeBytes = (bytes: Uint8Array): string =>
	Array.from(bytes, (b) =>
		b > 0x20 && b < 0x7f && b !== 0x25 ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, "0")}`,
	).join("");

/** A name may have every byte but '/', ':' and white space. */
export function readName(bytes: Uint8Array): Pick<Link, "name" | "word"> {
	const word = escapeBytes(bytes);
	try {
		return { name: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), word };
	} catch {
		return { name: word, word };
	}
}

function* attributes(body: Uint8Array): Generator<[type: number, value: Uint8Array]> {
	const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
	for (let at = 0; at + 4 <= body.length; ) {
		const length = view.getUint16(at, true);
		if (length < 4 || at + length > body.length) return;
		yield [view.getUint16(at + 2, true), body.subarray(at + 4, at + length)];
		at += align(length);
	}
}

function readLink(body: Uint8Array): Link {
	const found = new Map(attributes(body.subarray(link.bytes)));
	const name = found.get(attributeType.name) ?? new Uint8Array();
	const end = name.indexOf(0);
	return {
		...readName(end < 0 ? name : name.subarray(0, end)),
		ifindex: new DataView(body.buffer, body.byteOffset).getInt32(link.ifindex, true),
		statistics: (found.get(attributeType.statistics)?.length ?? 0) >> 3,
	};
}

export interface Piece {
	readonly links: Link[];
	/** The dump ends with this piece. */
	readonly done: boolean;
	/** The list changed while the kernel wrote it. */
	readonly interrupted: boolean;
	/** errno, or 0. */
	readonly error: number;
}

/** Decodes one datagram of a dump. */
export function readPiece(bytes: Uint8Array): Piece {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const links: Link[] = [];
	let interrupted = false;
	for (let at = 0; at + header.bytes <= bytes.length; ) {
		const length = view.getUint32(at + header.length, true);
		if (length < header.bytes || at + length > bytes.length) break;
		const type = view.getUint16(at + header.type, true);
		interrupted ||= (view.getUint16(at + header.flags, true) & requestFlags.interrupted) !== 0;
		if (type === messageType.done || type === messageType.error) {
			const error = length >= header.bytes + 4 ? Math.abs(view.getInt32(at + header.bytes, true)) : 0;
			return { links, done: true, interrupted, error };
		}
		if (type === messageType.newLink) links.push(readLink(bytes.subarray(at + header.bytes, at + length)));
		at += align(length);
	}
	return { links, done: false, interrupted, error: 0 };
}

function getLinkRequest(): Uint8Array {
	const bytes = new Uint8Array(header.bytes + link.bytes);
	const view = new DataView(bytes.buffer);
	view.setUint32(header.length, bytes.length, true);
	view.setUint16(header.type, messageType.getLink, true);
	view.setUint16(header.flags, requestFlags.request | requestFlags.dump, true);
	return bytes;
}

const refused = (what: string, error = errno()): Error =>
	unavailable(
		`the kernel does not list network interfaces (${what}: ${getSystemErrorName(-error)}); allow AF_NETLINK sockets in this sandbox or container`,
	);

/** null when the list changed meanwhile. */
function dumpLinks(fd: number): Link[] | null {
	const request = getLinkRequest();
	if (call("send", fd, request, request.length, 0) < 0) throw refused("send");
	const links: Link[] = [];
	const buffer = new Uint8Array(MAX_BYTES);
	for (let interrupted = false; ; ) {
		const length = call("recv", fd, buffer, buffer.length, MSG_DONTWAIT_TRUNC);
		if (length < 0) throw refused("recv");
		const piece = readPiece(buffer.slice(0, length));
		if (piece.error) throw refused("dump", piece.error);
		links.push(...piece.links);
		interrupted ||= piece.interrupted;
		if (piece.done) return interrupted ? null : links;
	}
}

/** All links, in the order of their numbers. */
export function listLinks(): Link[] {
	const fd = call("socket", AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
	if (fd < 0) throw refused("socket");
	try {
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const links = dumpLinks(fd);
			if (links) return links.sort((a, b) => a.ifindex - b.ifindex);
		}
	} finally {
		call("close", fd);
	}
	throw unavailable("network interfaces come and go faster than they can be listed; try again when that has settled");
}
