// SPDX-License-Identifier: Apache-2.0
/** Checks what recordings are written with: the disk, DuckDB, Node. */
import { constants, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { messageOf } from "../../base/errors.js";
import { formatBytes, formatCount } from "../../base/units.js";
import { type Check, type Group, limited, missing, ok, permits } from "./check.js";

/** Bytes of a stored value: 1.6 for a table of many columns, as measured. */
const BYTES_PER_VALUE = 1.6;
/** The load that the verdict assumes: 100 counters at 10 kHz. */
const VALUES_PER_S = 1e6;
const LITTLE_BYTES = 1 << 30;
const OLDEST_NODE = [20, 19] as const;

const freeBytes = (): number => {
	try {
		const { bavail, bsize } = statfsSync(".");
		return bavail * bsize;
	} catch {
		return 0;
	}
};

function disk(free: number): Check {
	const found = `${formatBytes(free)} free in ${process.cwd()}`;
	if (!permits(".", constants.W_OK))
		return limited("disk", `${process.cwd()} is not writable`, "name a file elsewhere with record --output");
	return free >= LITTLE_BYTES
		? ok("disk", found)
		: limited("disk", found, "name a file on another disk with record --output");
}

async function duckdb(): Promise<Check> {
	try {
		const { version } = await import("@duckdb/node-api");
		return ok("DuckDB", version());
	} catch (error) {
		return missing("DuckDB", `does not load: ${messageOf(error).split("\n")[0]}`, "npm install", true);
	}
}

/** Checks FFI. Without it no other check can run, since libc is called through it. */
export function ffi(): Check {
	try {
		const { version } = createRequire(import.meta.url)("koffi") as { version: string };
		return ok("koffi", version);
	} catch (error) {
		return missing("koffi", `does not load: ${messageOf(error).split("\n")[0]}`, "npm install", true);
	}
}

function node(): Check {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
	return old
		? missing("Node", process.version, `install Node ${OLDEST_NODE.join(".")} or later`, true)
		: ok("Node", process.version);
}

export async function storage(): Promise<Group> {
	const free = freeBytes();
	const seconds = free / BYTES_PER_VALUE / VALUES_PER_S;
	const room =
		seconds < 7200 ? formatCount(Math.floor(seconds / 60), "minute") : formatCount(Math.floor(seconds / 3600), "hour");
	const verdict = `room for about ${room} of 100 counters at 10 kHz (${BYTES_PER_VALUE} bytes a value)`;
	return { name: "storage", verdict, checks: [disk(free), await duckdb(), ffi(), node()] };
}
