// SPDX-License-Identifier: Apache-2.0
/** A network namespace for a test: its interfaces and traffic are seen by nothing else, and end with the process. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { call, errno } from "../../base/ffi.js";
import { needs } from "./needs.js";

const CLONE_NEWNET = 0x40000000;

export const ip = (...words: string[]): string => execFileSync("ip", words, { encoding: "utf8" });

/** Runs several commands of ip in one process. */
export function ipBatch(lines: readonly string[]): void {
	execFileSync("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n`, stdio: ["pipe", "pipe", "inherit"] });
}

function tryVeth(): void {
	ip("link", "add", "try0", "type", "veth", "peer", "name", "try1");
	ip("link", "del", "try0");
}

/**
 * Moves this thread, and every process that it starts, into a new namespace where lo is up and IPv6 is silent.
 * @returns why that cannot be done here, or null
 */
export function enterOwnNamespace(): string | null {
	const lacking = needs("ip", "root");
	if (lacking) return lacking;
	if (call("unshare", CLONE_NEWNET) !== 0) return `no network namespace of its own: ${getSystemErrorName(-errno())}`;
	try {
		ip("link", "set", "lo", "up");
		tryVeth();
	} catch (error) {
		return `ip cannot make veth interfaces here: ${error instanceof Error ? error.message.trim() : error}`;
	}
	try {
		writeFileSync("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	} catch {
		/* A kernel without IPv6 is silent already. */
	}
	return null;
}
