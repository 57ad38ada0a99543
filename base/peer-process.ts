// SPDX-License-Identifier: Apache-2.0
/** Identifies the process at the other end of a Unix socket, as the kernel tells it (unix(7), SO_PEERCRED). */
import type { Socket } from "node:net";
import { assert } from "./errors.js";
import { call } from "./ffi.js";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

export interface Peer {
	readonly pid: number;
	readonly uid: number;
}

/** The process that connected, or that listens. struct ucred is pid, uid, gid. */
export function peerOf(socket: Socket): Peer {
	/* Node gives no public way to the number of its socket. */
	const fd = (socket as unknown as { _handle?: { fd: number } })._handle?.fd ?? -1;
	const credentials = new Int32Array(3);
	const failed = call("getsockopt", fd, SOL_SOCKET, SO_PEERCRED, credentials, new Uint32Array([12]));
	assert(failed === 0, "the kernel says who is at the other end of a socket");
	return { pid: credentials[0]!, uid: credentials[1]! >>> 0 };
}
