// SPDX-License-Identifier: Apache-2.0
/**
 * The names that drivers give their counters, from ioctl(SIOCETHTOOL).
 *
 *   struct ifreq            char name[16] | pointer to one of the structs below
 *   ethtool_gstrings        u32 command | u32 set | u32 count, by the kernel | char names[count][32]
 *   ethtool_drvinfo         u32 command | char driver[32] | ...
 *
 * The kernel writes all names that the driver has, without a check of the room. So the structs lie before a page that
 * cannot be written, and the call of a driver with more names fails (EFAULT).
 */

import { failure } from "../../base/errors.js";
import { call, viewMemory } from "../../base/ffi.js";
import { distinct } from "../../base/text.js";
import { type Link, listLinks } from "../shared/links.js";

export interface DriverCounters {
	readonly link: Link;
	readonly driver: string;
	/** In the order of the values; all are different. */
	readonly names: readonly string[];
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCETHTOOL = 0x8946;
const command = { driver: 0x03, strings: 0x1b } as const;
const COUNTER_NAMES = 1;
const NAME_BYTES = 32;
const ifreq = { bytes: 40, name: 0, pointer: 16 } as const;
const strings = { set: 4, count: 8, names: 12 } as const;
const driverInfo = { name: 4, nameBytes: 32 } as const;

/** Offset of the struct that follows the ifreq. */
const STRUCT = 64;
const PAGE = 65536;
/** Room for 131,000 names; unused pages are never touched. */
const ROOM = 64 * PAGE;

const protection = { none: 0, readWrite: 3 } as const;
const mapFlags = { private: 0x02, fixed: 0x10, anonymous: 0x20 } as const;

/** Memory at a known address, since an ifreq points to another struct. */
class Arguments {
	readonly #address: number;
	readonly bytes: Uint8Array;
	readonly view: DataView;

	constructor() {
		const flags = mapFlags.private | mapFlags.anonymous;
		this.#address = call("mmap", 0, ROOM + PAGE, protection.none, flags, -1, 0);
		if (this.#address === -1) throw failure("no memory for the names of driver counters; free some and try again");
		const room = call("mmap", this.#address, ROOM, protection.readWrite, flags | mapFlags.fixed, -1, 0);
		if (room === -1) throw failure("no memory for the names of driver counters; free some and try again");
		const memory = viewMemory(this.#address, ROOM);
		this.bytes = new Uint8Array(memory);
		this.view = new DataView(memory);
	}

	/** True when the driver answered. It does not when the interface is gone, or when its driver counts nothing. */
	ask(socket: number, link: Link, number: number): boolean {
		this.bytes.fill(0, 0, ifreq.bytes);
		this.bytes.set(unescapeName(link.word), ifreq.name);
		this.view.setBigUint64(ifreq.pointer, BigInt(this.#address + STRUCT), true);
		this.view.setUint32(STRUCT, number, true);
		return call("ioctl", socket, SIOCETHTOOL, BigInt(this.#address)) === 0;
	}

	text(at: number, bytes: number): string {
		const slot = this.bytes.slice(at, at + bytes);
		const end = slot.indexOf(0);
		return new TextDecoder().decode(end < 0 ? slot : slot.subarray(0, end)).trim();
	}

	release(): void {
		call("munmap", this.#address, ROOM + PAGE);
	}
}

function unescapeName(word: string): Uint8Array {
	const bytes = word.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
	return Uint8Array.from(bytes, (c) => c.charCodeAt(0));
}

function countersOf(link: Link, socket: number, memory: Arguments): DriverCounters | null {
	memory.view.setUint32(STRUCT + strings.set, COUNTER_NAMES, true);
	if (!memory.ask(socket, link, command.strings)) return null;
	const count = memory.view.getUint32(STRUCT + strings.count, true);
	const names = Array.from(
		{ length: count },
		(_, i) => memory.text(STRUCT + strings.names + i * NAME_BYTES, NAME_BYTES) || "unnamed",
	);
	if (count === 0) return null;
	const known = memory.ask(socket, link, command.driver);
	const driver = known ? memory.text(STRUCT + driverInfo.name, driverInfo.nameBytes) : "unknown";
	return { link, driver, names: distinct(names) };
}

/** Interfaces whose drivers have counters of their own. */
export function listDrivers(): DriverCounters[] {
	const socket = call("socket", AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
	if (socket < 0) throw failure("no socket for ethtool; close some files and try again");
	const memory = new Arguments();
	try {
		return listLinks().flatMap((link) => countersOf(link, socket, memory) ?? []);
	} finally {
		memory.release();
		call("close", socket);
	}
}
