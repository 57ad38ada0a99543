// SPDX-License-Identifier: Apache-2.0
/**
 * Archives in the "newc" cpio format, which the kernel unpacks as its first root file system. Layout: the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

export type Entry =
	| { readonly kind: "folder"; readonly path: string }
	| { readonly kind: "file"; readonly path: string; readonly from: string; readonly executable: boolean }
	| { readonly kind: "text"; readonly path: string; readonly text: string; readonly executable: boolean }
	| { readonly kind: "link"; readonly path: string; readonly to: string };

const modes = { folder: 0o040755, link: 0o120777, file: 0o100644, executable: 0o100755 };

function modeOf(entry: Entry): number {
	if (entry.kind === "folder" || entry.kind === "link") return modes[entry.kind];
	return entry.executable ? modes.executable : modes.file;
}

function contentOf(entry: Entry): Buffer {
	if (entry.kind === "file") return readFileSync(entry.from);
	if (entry.kind === "link") return Buffer.from(entry.to);
	return Buffer.from(entry.kind === "text" ? entry.text : "");
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");
const padding = (length: number): Buffer => Buffer.alloc(-length & 3);

/** inode, mode, uid, gid, links, time, size, device twice, device of a node twice, length of the name with its zero,
 * sum. */
function header(inode: number, mode: number, size: number, name: Buffer): Buffer {
	const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
	return Buffer.from(`070701${fields.map(hex).join("")}`);
}

function record(inode: number, mode: number, path: string, content: Buffer): Buffer[] {
	const name = Buffer.from(`${path}\0`);
	const head = header(inode, mode, content.length, name);
	return [head, name, padding(head.length + name.length), content, padding(content.length)];
}

/** Entries in order: a folder before what is in it. Paths are relative to the root, without a leading slash. */
export function writeCpio(file: string, entries: readonly Entry[]): void {
	const descriptor = openSync(file, "w");
	const write = (parts: Buffer[]): number => writeSync(descriptor, Buffer.concat(parts));
	for (const [index, entry] of entries.entries()) write(record(index + 1, modeOf(entry), entry.path, contentOf(entry)));
	write(record(0, 0, "TRAILER!!!", Buffer.alloc(0)));
	closeSync(descriptor);
}
