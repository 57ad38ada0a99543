// SPDX-License-Identifier: Apache-2.0
/**
 * Holds packets on their way to the file, in blocks of about 256 KiB. Encoders write them in place; a block is cut
 * between packets, deflated by the thread pool while the next is written, and handed out in order.
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
/** Room for the packets of one row that are written in place: 9 counters with all their uuids, each in its own packet,
 *  take below 600 bytes. */
const RESERVE = 1 << 10;
/** Blocks that are deflated at once. Node's pool has four threads. */
const IN_FLIGHT = 3;

const zlib = promisify(deflate);

/* Level 1 is two to three times faster than 6 on such packets, and the output is less than a tenth larger. */
const SPEED = { level: constants.Z_BEST_SPEED, memLevel: constants.Z_MAX_MEMLEVEL, chunkSize: BLOCK };
async function squeeze(block: Uint8Array): Promise<Uint8Array> {
	const small = await zlib(block, SPEED);
	return message(Trace.packet, message(TracePacket.compressed_packets, small));
}

const plain = async (block: Uint8Array): Promise<Uint8Array> => block;

export class Blocks {
	/** Encoders write here, from `at` on. It is valid until `room` or `packet` is called. */
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

	/** Adds a packet that was built elsewhere. */
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

	/** The finished blocks, except for a few that are still being deflated. */
	async *drain(): AsyncGenerator<Uint8Array> {
		for (const block of this.#cut.splice(0)) {
			this.#flight.push(this.#finish(block));
			if (this.#flight.length > IN_FLIGHT) yield await this.#flight.shift()!;
		}
	}

	/** All blocks that are left. */
	async *end(): AsyncGenerator<Uint8Array> {
		this.#close();
		yield* this.drain();
		while (this.#flight.length) yield await this.#flight.shift()!;
	}
}
