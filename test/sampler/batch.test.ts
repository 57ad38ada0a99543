// SPDX-License-Identifier: Apache-2.0
/** Arrow batches over the umem: no copy, and the right cell and validity at any row offset. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type RecordBatch, RecordBatchReader, RecordBatchStreamWriter, Table } from "apache-arrow";
import fc from "fast-check";
import { nanoseconds } from "../../base/units.js";
import { arrowSchema, recordOf } from "../../encode/arrow-block.js";
import type { Source } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { type Batch, BatchMaker } from "../../sampler/batch.js";
import { LAYOUT_HASH, layout, UMEM_MAGIC, word } from "../../sampler/layout.gen.js";
import { RingReader } from "../../sampler/ring.js";
import { blockBytes, blocksOffset, type RingShape } from "../../sampler/umem.js";
import { pause, session } from "../support/sampler-session.js";
import { type SyntheticCounter, syntheticCounters, valueAt } from "../support/synthetic.js";

const source = synthetic as unknown as Source<never>;
const counters = syntheticCounters("0/ramp", "1/drop", "0/walk", "2/drop", "15/wrap48");

function assertRecord(record: RecordBatch, counters: readonly SyntheticCounter[]): void {
	const ticks = record.getChild("tick")!;
	counters.forEach((counter, i) => {
		const column = record.getChildAt(3 + i)!;
		const expected = Array.from(ticks, (tick) => valueAt(counter, Number(tick)));
		assert.deepEqual(Array.from(column), expected, `${counter.instance}/${counter.name}`);
		assert.equal(column.nullCount, expected.filter((value) => value === null).length);
	});
}

const arrowOf = (batch: Batch): RecordBatch => recordOf(batch, arrowSchema(batch.stream));

function assertAliases(batch: Batch, reader: RingReader): void {
	const { run } = batch;
	const record = arrowOf(batch);
	assert.equal(record.numRows, run.rows);
	record.data.children.forEach((data, i) => {
		assert.equal(data.values.buffer, reader.buffer, "values are copied");
		if (data.nullCount > 0) assert.equal(data.nullBitmap.buffer, reader.buffer, "a bitmap is copied");
		if (i > 2) {
			// The first value of the buffer is that of the first row: what a sink copies column by column relies on it.
			assert.equal(data.values.byteOffset, reader.cells(run, i - 3), `column ${i} begins elsewhere`);
			assert.equal(data.values.length, run.rows);
		}
	});
}

test("batches of any size alias the umem and hold what their ticks say", async () => {
	await session([{ source, counters, period: nanoseconds(100_000) }], { duration: nanoseconds(600e6) }, async (s) => {
		const reader = s.readers[0]!;
		const maker = s.makers[0]!;
		let rows = 0;
		let ended = false;
		s.sampler.exited.finally(() => {
			ended = true;
		});
		for (let looks = 0; !ended || reader.waiting; looks++) {
			const batch = maker.next(!ended && looks % 4 === 0);
			if (batch) {
				assertAliases(batch, reader);
				assertRecord(arrowOf(batch), counters);
				rows += batch.run.rows;
				batch.release();
			}
			reader.takeTrailingGaps();
			// Odd stretches, so that batches begin at odd rows.
			await pause(looks % 7);
		}
		reader.takeTrailingGaps();
		assert.equal(rows + reader.gapTicks, s.scheduled(0));
	});
});

test("whole batches end their block, and gaps come with the batch whose rows they precede", async () => {
	const options = new Map([["error", "100:7"]]);
	const stream = { source, counters: syntheticCounters("0/ramp"), period: nanoseconds(25_000), options };
	await session([stream], { duration: nanoseconds(1e9) }, async ({ sampler, makers }) => {
		let next = 0;
		let blocks = 0;
		let ended = false;
		sampler.exited.finally(() => {
			ended = true;
		});
		while (!ended) {
			await pause(5);
			for (let batch = makers[0]!.next(true); batch; batch = makers[0]!.next(true)) {
				assert.equal(batch.run.first, 0);
				assert.equal(batch.run.rows, layout.BLOCK_ROWS);
				const ticks = arrowOf(batch).getChild("tick")!;
				for (const gap of batch.gaps) assert.ok(gap.first_tick >= next && gap.first_tick < Number(ticks.get(2047)));
				next += batch.run.rows + batch.gaps.reduce((sum, gap) => sum + gap.ticks, 0);
				assert.equal(Number(ticks.get(2047)), next - 1);
				blocks++;
				batch.release();
			}
		}
		assert.ok(blocks > 0, "no block was filled");
	});
});

/* --- a ring in plain memory, written here: every offset and every validity pattern --- */

const shape: RingShape = { columns: 3, period_ns: 1000, blocks: 2, gapCapacity: 2, offset: 0, bytes: 0 };

function plainRing(rows: number, isNull: (row: number, column: number) => boolean): ArrayBuffer {
	const bytes = blocksOffset(shape.gapCapacity) + shape.blocks * blockBytes(shape.columns);
	const buffer = new ArrayBuffer(bytes);
	const words = new BigUint64Array(buffer, 0, layout.RING_HISTOGRAMS / 8);
	const header = { magic: UMEM_MAGIC, hash: LAYOUT_HASH, columns: 3n, blocks: 2n, gap_capacity: 2n, period_ns: 1000n };
	for (const [name, value] of Object.entries(header)) words[word[`ring_${name}` as keyof typeof word] / 8] = value;
	words[word.ring_rows_published / 8] = BigInt(rows);
	const block = blocksOffset(shape.gapCapacity);
	const columns = (i: number) => new BigUint64Array(buffer, block + i * layout.COLUMN_STRIDE, layout.BLOCK_ROWS);
	const counts = block + (layout.FIXED_COLUMNS + shape.columns) * layout.COLUMN_STRIDE;
	for (let row = 0; row < rows; row++) columns(1)[row] = BigInt(row);
	for (let column = 0; column < shape.columns; column++) {
		const bitmap = new Uint8Array(
			buffer,
			counts + shape.columns * 8 + column * layout.VALIDITY_BYTES,
			layout.VALIDITY_BYTES,
		);
		let nulls = 0n;
		for (let row = 0; row < rows; row++) {
			columns(3 + column)[row] = BigInt(row * 10 + column);
			if (!isNull(row, column)) bitmap[row >> 3]! |= 1 << (row & 7);
			else nulls++;
		}
		new BigUint64Array(buffer, counts, shape.columns)[column] = nulls;
	}
	return buffer;
}

test("runs cut anywhere give each cell and each null at its row, and so does what Arrow writes of them", () => {
	const columns = ["a", "b", "c"].map((name) => ({ name, id: name, type: "u64" as const }));
	const cut = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.integer());
	fc.assert(
		fc.property(cut, ([first, rows, salt]) => {
			const isNull = (row: number, column: number) => column > 0 && ((row * 7919 + salt) >>> 3) % (column * 3) === 0;
			const buffer = plainRing(first + rows, isNull);
			const words = new BigUint64Array(buffer, 0, layout.RING_HISTOGRAMS / 8);
			const reader = new RingReader(buffer, shape);
			const maker = new BatchMaker({ name: "s", columns }, reader);
			words[word.ring_rows_published / 8] = BigInt(first);
			maker.next()!.release();
			words[word.ring_rows_published / 8] = BigInt(first + rows);
			const batch = maker.next()!;
			assertAliases(batch, reader);
			const written = RecordBatchStreamWriter.writeAll(new Table([arrowOf(batch)])).toUint8Array(true);
			const copies = [arrowOf(batch), ...RecordBatchReader.from(written)];
			for (const record of copies)
				columns.forEach(({ name }, column) => {
					const expected = Array.from({ length: rows }, (_, i) =>
						isNull(first + i, column) ? null : BigInt((first + i) * 10 + column),
					);
					assert.deepEqual(Array.from(record.getChild(name)!), expected);
				});
		}),
	);
});
