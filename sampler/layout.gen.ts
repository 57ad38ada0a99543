// SPDX-License-Identifier: Apache-2.0
// Printed by sampler/native/layout_print.c from layout.h: change it there and run `npm run gen`.

/** Byte offsets of the shared words, from the start of the control block or of a ring. */
export const word = {
	control_magic: 0, // written by node
	control_hash: 8, // written by node
	control_bytes: 16, // written by node
	control_wall_offset_ns: 24, // written by node
	control_parent: 32, // written by node
	control_stop: 128, // written by node
	control_state: 256, // written by sampler
	control_start_ns: 264, // written by sampler
	control_cpu_ns: 280, // written by sampler
	control_granted: 288, // written by sampler
	ring_magic: 0, // written by node
	ring_hash: 8, // written by node
	ring_bytes: 16, // written by node
	ring_columns: 24, // written by node
	ring_blocks: 32, // written by node
	ring_gap_capacity: 40, // written by node
	ring_period_ns: 48, // written by node
	ring_rows_published: 128, // written by sampler
	ring_rows_released: 256, // written by node
	ring_gaps_published: 384, // written by sampler
	ring_gaps_released: 512, // written by node
	ring_ticks_scheduled: 640, // written by sampler
	ring_next_tick: 648, // written by sampler
	ring_missed_late: 656, // written by sampler
	ring_missed_ring_full: 664, // written by sampler
	ring_missed_source_error: 672, // written by sampler
	ring_null_values: 680, // written by sampler
	ring_last_errno: 688, // written by sampler
	ring_missed_device_skipped: 696, // written by sampler
	ring_clock_version: 704, // written by sampler
	ring_clock_ts: 712, // written by sampler
	ring_clock_device: 720, // written by sampler
	ring_clock_rate_ppb: 728, // written by sampler
	ring_clock_residual_ns: 736, // written by sampler
} as const;

export const layout = {
	UMEM_CONTROL_BYTES: 4096,
	UMEM_PAGE: 4096,
	BLOCK_ROWS: 2048,
	COLUMN_STRIDE: 16448,
	FIXED_COLUMNS: 3,
	VALIDITY_BYTES: 256,
	RING_HISTOGRAMS: 1024,
	HISTOGRAM_SUB: 128,
	HISTOGRAM_BUCKETS: 5760,
	HISTOGRAM_BYTES: 46104,
	HISTOGRAM_COUNT: 3,
	RING_GAPS: 143360,
	GAP_BYTES: 32,
	RING_MAX_COLUMNS: 4096,
	PLAN_MAX_LANES: 16,
	PLAN_MAX_STREAMS: 64,
	PLAN_MAX_READERS: 512,
	PLAN_SHORTEST_PERIOD_NS: 1000,
} as const;

/** Why a tick is in the gap ledger, by number. */
export const gapReasons = {
	1: "late",
	2: "ring_full",
	3: "source_error",
	4: "device_skipped",
	5: "suspended",
	6: "killed",
} as const;

export const samplerState = {
	STATE_STARTING: 0,
	STATE_RUNNING: 1,
	STATE_FINISHED: 2,
	STATE_FAILED: 3,
} as const;

/** Bit numbers of the granted privileges. */
export const grant = {
	GRANT_REALTIME: 0,
	GRANT_LOCKED: 1,
	GRANT_NICE: 2,
	GRANT_PINNED: 3,
} as const;

export const UMEM_MAGIC = 0x6b6e697372746e63n;
export const LAYOUT_HASH = 0x66f6ba0ef45ff2edn;
