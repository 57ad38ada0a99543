// SPDX-License-Identifier: Apache-2.0
/** What a recording is as a file, and what lies beside it under the name of its log. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import type { Bait } from "../bait.js";
import type { HostileRecording } from "./hostile-recording.js";

export function beside(): HostileRecording[] {
	const log = (name: string, make: (log: string, path: string, bait: Bait) => void): HostileRecording => ({
		name: `log-is-${name}`,
		place(path, bait) {
			make(`${path}.wal`, path, bait);
			return undefined;
		},
	});
	return [
		log("a-pipe", (wal) => execFileSync("mkfifo", [wal])),
		log("a-folder", (wal) => mkdirSync(wal)),
		log("a-link-to-a-secret", (wal, _, bait) => symlinkSync(`${bait.folder}/secret.txt`, wal)),
		log("a-link-to-a-pipe", (wal, _, bait) => symlinkSync(`${bait.folder}/pipe`, wal)),
		log("a-link-to-a-device", (wal) => symlinkSync("/dev/zero", wal)),
		log("a-link-to-nothing", (wal, _, bait) => symlinkSync(`${bait.folder}/written.wal`, wal)),
		log("empty", (wal) => writeFileSync(wal, "")),
		log("zeros", (wal) => writeFileSync(wal, Buffer.alloc(4096))),
		log("text", (wal) => writeFileSync(wal, "x".repeat(10_000))),
		log("the-recording", (wal, path) => copyFileSync(path, wal)),
		log("sparse", (wal) => {
			writeFileSync(wal, "x");
			truncateSync(wal, 1 << 30);
		}),
	];
}

export function sizes(): HostileRecording[] {
	const shape = (name: string, make: (path: string, bait: Bait) => string | undefined): HostileRecording => ({
		name,
		place: make,
	});
	return [
		shape("sparse", (path) => void truncateSync(path, 2 ** 40)),
		shape("cut-at-a-header", (path) => void truncateSync(path, 4096)),
		shape("cut-after-the-magic-word", (path) => void truncateSync(path, 12)),
		shape("link-to-itself", (path) => {
			const link = `${path}.link`;
			symlinkSync(link, link);
			return link;
		}),
		shape("link", (path) => {
			symlinkSync(path, `${path}.link`);
			return `${path}.link`;
		}),
		shape("magic-word-then-zeros", (path) => {
			const fd = openSync(path, "w");
			writeSync(fd, "DUCK", 8);
			truncateSync(path, 1 << 20);
			return undefined;
		}),
		shape("pipe", (path) => {
			const pipe = `${path}.pipe`;
			execFileSync("mkfifo", [pipe]);
			return pipe;
		}),
	];
}
