// SPDX-License-Identifier: Apache-2.0
/** The umem: a sealed memfd that the sampler fills and this process polls. sampler/native/layout.h draws it. */

import { failure } from "../base/errors.js";
import { call, errno, viewMemory } from "../base/ffi.js";
import { LAYOUT_HASH, layout, UMEM_MAGIC, word } from "./layout.gen.js";

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL_SHRINK_GROW = 1 | 2 | 4;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE */
const MAP_ZEROS = 0x02 | 0x10 | 0x20 | 0x4000;

/** The sizes of one ring. Each follows from the ones before it. */
export interface RingShape {
	readonly columns: number;
	readonly period_ns: number;
	readonly blocks: number;
	readonly gapCapacity: number;
	readonly offset: number;
	readonly bytes: number;
}

const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

export const blockBytes = (columns: number): number =>
	roundUp((layout.FIXED_COLUMNS + columns) * layout.COLUMN_STRIDE + columns * (8 + layout.VALIDITY_BYTES), 64);

export const blocksOffset = (gapCapacity: number): number =>
	roundUp(layout.RING_GAPS + gapCapacity * layout.GAP_BYTES, layout.UMEM_PAGE);

const MIN_BLOCKS = 4;
const MAX_RING_BYTES = 1 << 30;
const GAP_CAPACITY = 16_384;

/**
 * Lays the rings out one after another, after the control block.
 * @param depth_ns how long the consumer may pause before rows are lost; a ring has at most 1 GiB
 */
export function layOut(streams: readonly { columns: number; period_ns: number }[], depth_ns: number): RingShape[] {
	let offset: number = layout.UMEM_CONTROL_BYTES;
	return streams.map(({ columns, period_ns }) => {
		const block = blockBytes(columns);
		const wanted = Math.ceil(depth_ns / period_ns / layout.BLOCK_ROWS) + 1;
		const blocks = Math.max(MIN_BLOCKS, Math.min(wanted, Math.floor(MAX_RING_BYTES / block)));
		const bytes = roundUp(blocksOffset(GAP_CAPACITY) + blocks * block, layout.UMEM_PAGE);
		const shape = { columns, period_ns, blocks, gapCapacity: GAP_CAPACITY, offset, bytes };
		offset += bytes;
		return shape;
	});
}

const EFBIG = 27;

const noMemory = (verb: string, bytes: number): string =>
	errno() === EFBIG
		? `cannot ${verb} ${bytes} bytes of ring memory, which the limit on file sizes covers too; raise it (ulimit -f unlimited) or ask for a shorter --depth`
		: `cannot ${verb} ${bytes} bytes of ring memory (errno ${errno()}); ask for a shorter --depth, a lower rate or fewer counters`;

/** One mapping of a umem. Each thread makes its own with attach(); all mappings show the same pages. */
export class Umem {
	readonly fd: number;
	readonly bytes: number;
	readonly #address: number;
	readonly #control: BigUint64Array;

	private constructor(fd: number, bytes: number) {
		this.fd = fd;
		this.bytes = bytes;
		this.#address = call("mmap", 0, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
		if (this.#address === -1) throw failure(noMemory("map", bytes));
		this.#control = new BigUint64Array(viewMemory(this.#address, layout.UMEM_CONTROL_BYTES));
	}

	/** Makes the memfd, seals its size and writes the headers of the control block and of every ring. */
	static create(rings: readonly RingShape[], wallOffset_ns: bigint): Umem {
		const last = rings[rings.length - 1]!;
		const bytes = last.offset + last.bytes;
		const fd = call("memfd_create", "countersink", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (fd < 0 || call("ftruncate", fd, bytes) < 0) throw failure(noMemory("make", bytes));
		call("fcntl", fd, F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW);
		const umem = new Umem(fd, bytes);
		for (const ring of rings) umem.#writeHeader(ring);
		umem.#control[word.control_bytes / 8] = BigInt(bytes);
		umem.#control[word.control_parent / 8] = BigInt(process.pid);
		umem.#control[word.control_wall_offset_ns / 8] = BigInt.asUintN(64, wallOffset_ns);
		umem.#control[word.control_hash / 8] = LAYOUT_HASH;
		Atomics.store(umem.#control, word.control_magic / 8, UMEM_MAGIC);
		return umem;
	}

	/** Maps a umem that another thread of this process made. */
	static attach(fd: number, bytes: number): Umem {
		return new Umem(fd, bytes);
	}

	#writeHeader(ring: RingShape): void {
		const header = new BigUint64Array(this.ring(ring), 0, layout.RING_HISTOGRAMS / 8);
		header[word.ring_bytes / 8] = BigInt(ring.bytes);
		header[word.ring_columns / 8] = BigInt(ring.columns);
		header[word.ring_blocks / 8] = BigInt(ring.blocks);
		header[word.ring_gap_capacity / 8] = BigInt(ring.gapCapacity);
		header[word.ring_period_ns / 8] = BigInt(ring.period_ns);
		header[word.ring_hash / 8] = LAYOUT_HASH;
		Atomics.store(header, word.ring_magic / 8, UMEM_MAGIC);
	}

	/** The memory of one ring. It is a view, and valid until close(). */
	ring(shape: Pick<RingShape, "offset" | "bytes">): ArrayBuffer {
		return viewMemory(this.#address + shape.offset, shape.bytes);
	}

	control(offset: number): bigint {
		return Atomics.load(this.#control, offset / 8);
	}

	/** Asks the sampler to end its schedule. The sampler looks every 20 ms. */
	requestStop(): void {
		Atomics.store(this.#control, word.control_stop / 8, 1n);
	}

	/** Unmaps the memory. No view of this mapping may be used afterwards: it would crash the process. */
	unmap(): void {
		call("munmap", this.#address, this.bytes);
	}

	/** Replaces the memory by pages of zeros, which take only addresses: views that a caller has kept read zeros. */
	vacate(): void {
		call("mmap", this.#address, this.bytes, PROT_READ_WRITE, MAP_ZEROS, -1, 0);
	}

	/** Unmaps the memory. The kernel frees it when every other mapping and the sampler are gone. */
	close(): void {
		this.unmap();
		call("close", this.fd);
	}
}
