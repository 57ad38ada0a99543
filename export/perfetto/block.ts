// SPDX-License-Identifier: Apache-2.0
/**
 * Packets on their way to the file, in blocks of about 256 KiB: written in place by the encoders, cut between packets,
 * deflated by the thread pool while the next block is written, and handed out in order.
 *
 *   file := { 0x0a length packet }            a packet, or
 *           { 0x0a length compressed_packets } a block of them (zlib)
 */
import { promisify } from "node:util";
import { constants, deflate } from "node:zlib";
import { message, type Part } from "../protobuf.js";
import { Trace, TracePacket } from "./schema.js";

/** The schema asks for less than 512 KB in one compressed packet. */
const BLOCK = 256 << 10;
/** More than the packets of one row that are written in place: of 9 counters with all their uuids, each alone, below 600 bytes. */
const RESERVE = 1 << 10;
/** Blocks being deflated at once; Node's pool has four threads. */
const IN_FLIGHT = 3;

const zlib = promisify(deflate);

/* Level 1: two to three times faster than 6 on such packets, and less than a tenth larger. */
const SPEED = { level: constants.Z_BEST_SPEED, memLevel: constants.Z_MAX_MEMLEVEL, chunkSize: BLOCK };
async function squeeze(block: Uint8Array): Promise<Uint8Array> {
	const small = await zlib(block, SPEED);
	return message(Trace.packet, message(TracePacket.compressed_packets, small));
}

const plain = async (block: Uint8Array): Promise<Uint8Array> => block;

export class Blocks {
	/** Where encoders write, from `at` on; valid until `room` or `packet` is called. */
	bytes = new Uint8Array(BLOCK + RESERVE);
	at = 0;
	#cut: Uint8Array[] = [];
	readonly #flight: Promise<Uint8Array>[] = [];
	readonly #finish: (block: Uint8Array) => Promise<Uint8Array>;

	constructor(compress: boolean) {
		this.#finish = compress ? squeeze : plain;
	}

	/** Makes room for one packet that is written in place. */
	room(): void {
		if (this.at > BLOCK) this.#close();
	}

	/** A packet that was built apart. */
	packet(...parts: readonly Part[]): void {
		const whole = message(Trace.packet, ...parts);
		if (this.at + whole.length > BLOCK) this.#close();
		if (whole.length > BLOCK) this.#cut.push(whole);
		else {
			this.bytes.set(whole, this.at);
			this.at += whole.length;
		}
	}

	#close(): void {
		if (this.at === 0) return;
		this.#cut.push(this.bytes.subarray(0, this.at));
		this.bytes = new Uint8Array(BLOCK + RESERVE);
		this.at = 0;
	}

	/** The blocks that are finished, but for a few that stay in the works. */
	async *drain(): AsyncGenerator<Uint8Array> {
		for (const block of this.#cut.splice(0)) {
			this.#flight.push(this.#finish(block));
			if (this.#flight.length > IN_FLIGHT) yield await this.#flight.shift()!;
		}
	}

	/** Everything that is left. */
	async *end(): AsyncGenerator<Uint8Array> {
		this.#close();
		yield* this.drain();
		while (this.#flight.length) yield await this.#flight.shift()!;
	}
}
