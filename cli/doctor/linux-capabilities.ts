// SPDX-License-Identifier: Apache-2.0
/** Finds out which capabilities the sampler wants and why, which its file has, and which it will have when it runs. */
import { call } from "../../base/ffi.js";
import { samplerBinary } from "../../base/paths.js";
import { mountOf, readText } from "./check.js";

/** Numbers from <linux/capability.h>. */
const numbers = { cap_ipc_lock: 14, cap_sys_admin: 21, cap_sys_nice: 23, cap_perfmon: 38, cap_bpf: 39 } as const;
export type Capability = keyof typeof numbers;

/** Capabilities that the sampler can use. Files of /proc and /sys, netlink and ethtool statistics need none. */
export const wanted: readonly { readonly name: Capability; readonly use: string }[] = [
	{ name: "cap_sys_nice", use: "real-time priority" },
	{ name: "cap_ipc_lock", use: "locking the rings into memory" },
	{ name: "cap_perfmon", use: "perf events of a whole CPU" },
];

export const setcapCommand = (...more: readonly Capability[]): string =>
	`sudo setcap ${[...wanted.map(({ name }) => name), ...more].join(",")}=ep ${samplerBinary()}`;

const has = (set: bigint, name: Capability): boolean => (set & (1n << BigInt(numbers[name]))) !== 0n;

/**
 * The permitted set of a security.capability attribute (struct vfs_cap_data of <linux/capability.h>): a word of
 * revision and flags, then permitted and inheritable, low halves before high halves. Null for an unknown attribute.
 */
export function decodeFileCapabilities(attribute: Uint8Array): bigint | null {
	if (attribute.length < 12) return null;
	const view = new DataView(attribute.buffer, attribute.byteOffset, attribute.byteLength);
	const revision = view.getUint8(3);
	const low = BigInt(view.getUint32(4, true));
	if (revision === 1) return low;
	if ((revision !== 2 && revision !== 3) || attribute.length < 20) return null;
	return low | (BigInt(view.getUint32(12, true)) << 32n);
}

const ATTRIBUTE_BYTES = 64;

/** The capabilities of a file; 0n when it has none. */
export function fileCapabilities(path: string): bigint {
	const value = new Uint8Array(ATTRIBUTE_BYTES);
	const length = call("getxattr", path, "security.capability", value, ATTRIBUTE_BYTES);
	return length > 0 ? (decodeFileCapabilities(value.subarray(0, length)) ?? 0n) : 0n;
}

export const namesOf = (set: bigint): string[] =>
	(Object.keys(numbers) as Capability[]).filter((name) => has(set, name));

interface Process {
	readonly bounding: bigint;
	readonly ambient: bigint;
	readonly noNewPrivileges: boolean;
}

function thisProcess(): Process {
	const status = readText("/proc/self/status") ?? "";
	const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
	return {
		bounding: BigInt(`0x${field("CapBnd") ?? "0"}`),
		ambient: BigInt(`0x${field("CapAmb") ?? "0"}`),
		noNewPrivileges: field("NoNewPrivs") === "1",
	};
}

export interface SamplerPrivileges {
	/** Capabilities of the file. */
	readonly file: bigint;
	/** Why the capabilities of the file have no effect; null when they have. */
	readonly ignored: string | null;
	has(name: Capability): boolean;
}

/** The capabilities that execve() will give the sampler: for root all that are left, else the ambient ones or those of
 *  the file. */
export function samplerPrivileges(): SamplerPrivileges {
	const { bounding, ambient, noNewPrivileges } = thisProcess();
	const path = samplerBinary();
	const file = fileCapabilities(path);
	const nosuid = mountOf(path)?.options.includes("nosuid") ?? false;
	const ignored = noNewPrivileges
		? "this process may not gain privileges (no_new_privs)"
		: nosuid
			? "its file system is mounted nosuid"
			: null;
	const set = process.geteuid?.() === 0 ? bounding : ambient | (ignored ? 0n : file & bounding);
	return {
		file,
		ignored,
		has: (name) => has(set, name) || (name !== "cap_sys_nice" && name !== "cap_ipc_lock" && has(set, "cap_sys_admin")),
	};
}
