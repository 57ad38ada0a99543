// SPDX-License-Identifier: Apache-2.0
/**
 * Where the socket of a recording is: in a folder that only the user of the recorder may enter, named after the device
 * and inode of the file, so that every path to the file leads to the same socket.
 */
import { once } from "node:events";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, type Stats } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startedAt } from "../../base/process.js";

/** A recorder that does not accept a connection within this time is busy, not dead. */
const PATIENCE_MS = 200;

export interface FileId {
	readonly dev: number;
	readonly ino: number;
}

const ownUid = (): number => process.getuid!();

/** Folders of a user, in the order in which they are tried. A service has no login session, and so no folder in
 *  /run/user. */
function foldersOf(uid: number): string[] {
	const session = uid === ownUid() && process.env.XDG_RUNTIME_DIR ? [process.env.XDG_RUNTIME_DIR] : [];
	return [
		...[...new Set([...session, `/run/user/${uid}`])].map((folder) => join(folder, "countersink")),
		join("/tmp", `countersink-${uid}`),
	];
}

const isPrivate = (stat: Stats, uid: number): boolean =>
	stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0;

function lstat(path: string): Stats | undefined {
	try {
		return lstatSync(path, { throwIfNoEntry: false });
	} catch {
		return undefined;
	}
}

const socketName = ({ dev, ino }: FileId): string => `${dev.toString(16)}-${ino.toString(16)}.sock`;

/** Path for the socket of a file; makes the folder. @returns null: no folder can be used */
export function placeSocket(file: FileId): string | null {
	for (const folder of foldersOf(ownUid())) {
		try {
			mkdirSync(folder, { mode: 0o700 });
		} catch {} // It exists, or it cannot be made: the next line finds out.
		const stat = lstat(folder);
		if (stat && isPrivate(stat, ownUid())) return join(folder, socketName(file));
	}
	return null;
}

/** Removes sockets that recorders of this user left when they were killed: the kernel knows that no process listens
 *  there. */
export async function clearSockets(): Promise<void> {
	/* The kernel lists sockets under their first, temporary names (server.ts), and only those of this network
	 *  namespace. */
	const bound = readFileSync("/proc/net/unix", "latin1");
	for (const folder of foldersOf(ownUid())) {
		const stat = lstat(folder);
		if (!stat || !isPrivate(stat, ownUid())) continue;
		for (const entry of readdirSync(folder)) {
			const owner = /\.sock(?:\.([0-9]+))?$/.exec(entry);
			if (!owner || (owner[1] !== undefined && startedAt(Number(owner[1])) !== null)) continue;
			/* A recorder that is alive is not connected to, since it would start a process to answer. */
			const place = join(folder, entry);
			if (!bound.includes(place) && (await isDead(place))) rmSync(place, { force: true });
		}
	}
}

/** Whether the kernel refused a connection because no process listens. */
async function isDead(place: string): Promise<boolean> {
	if (!lstat(place)?.isSocket()) return false;
	const socket = connect(place);
	try {
		const refused = once(socket, "connect").then(
			() => false,
			(error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
		);
		return await Promise.race([refused, sleep(PATIENCE_MS, false, { ref: false })]);
	} finally {
		socket.destroy();
	}
}

/** Where the socket of a recording can be, if one of these users records it. */
export function socketPlaces(file: FileId, uids: readonly number[]): string[] {
	return [...new Set(uids)]
		.flatMap((uid) => foldersOf(uid).map((folder) => ({ folder, uid })))
		.filter(({ folder, uid }) => {
			const stat = lstat(folder);
			return stat !== undefined && isPrivate(stat, uid);
		})
		.map(({ folder }) => join(folder, socketName(file)));
}
