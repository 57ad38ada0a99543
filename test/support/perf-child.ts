// SPDX-License-Identifier: Apache-2.0
/** A process that makes a known number of system calls when told to, on threads of any age. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { getPriority } from "node:os";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { monotonicNow } from "../../base/clock.js";

/** Reading process.ppid calls getppid() once, and getPriority() calls getpriority() once; Node itself calls neither. */
function work(ppids: number, priorities: number): void {
	let sum = 0;
	for (let i = 0; i < ppids; i++) sum += process.ppid;
	for (let i = 0; i < priorities; i++) sum += getPriority();
	if (Number.isNaN(sum)) throw new Error("these are numbers");
}

const PAGE = 4096;

function touchPages(pages: number): void {
	const memory = Buffer.allocUnsafeSlow(pages * PAGE);
	for (let i = 0; i < pages; i++) memory[i * PAGE] = 1;
}

const self = fileURLToPath(import.meta.url);

async function obey(worker: Worker, line: string): Promise<void> {
	const [verb, ...numbers] = line.split(" ");
	const [first = 0, second = 0] = numbers.map(Number);
	if (verb === "work") work(first, second);
	if (verb === "touch") touchPages(first);
	if (verb === "worker") {
		worker.postMessage([first, second]);
		await once(worker, "message");
	}
	if (verb === "new-worker") await once(new Worker(self, { workerData: [first, second] }), "exit");
	if (verb === "new-process") await once(spawn(process.execPath, [self, "alone", ...numbers]), "exit");
}

async function serve(): Promise<void> {
	const worker = new Worker(self);
	await once(worker, "online");
	console.log("ready");
	for await (const line of createInterface(process.stdin)) {
		await obey(worker, line);
		console.log("done");
	}
	await worker.terminate();
}

/** The child, as seen by the test. */
export class PerfChild {
	readonly #process: ChildProcess;
	readonly #lines: AsyncIterator<string>;

	private constructor(child: ChildProcess, lines: Interface) {
		this.#process = child;
		this.#lines = lines[Symbol.asyncIterator]();
	}

	static async start(): Promise<PerfChild> {
		const process_ = spawn(process.execPath, [self, "serve"], { stdio: ["pipe", "pipe", "inherit"] });
		const child = new PerfChild(process_, createInterface(process_.stdout));
		await child.#lines.next();
		return child;
	}

	get pid(): number {
		return this.#process.pid!;
	}

	/** Makes the calls. @returns CLOCK_MONOTONIC when all of them are done */
	async tell(...commands: string[]): Promise<bigint> {
		for (const command of commands) {
			this.#process.stdin!.write(`${command}\n`);
			await this.#lines.next();
		}
		return monotonicNow();
	}

	async end(): Promise<void> {
		const exit = once(this.#process, "exit");
		this.#process.stdin!.end();
		await exit;
	}
}

if (!isMainThread && workerData) work(workerData[0], workerData[1]);
else if (!isMainThread)
	parentPort!.on("message", ([ppids, priorities]) => {
		work(ppids, priorities);
		parentPort!.postMessage("done");
	});
else if (process.argv[1] === self && process.argv[2] === "serve") await serve();
else if (process.argv[1] === self && process.argv[2] === "alone")
	work(Number(process.argv[3]), Number(process.argv[4]));
