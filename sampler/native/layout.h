// SPDX-License-Identifier: Apache-2.0
/*
 * The umem is one memfd. Node makes it, the sampler fills it, and Node polls it.
 *
 *   0      control block: state of the whole run            (UMEM_CONTROL_BYTES)
 *   4096   ring of the first stream, then the next, ...     (page aligned)
 *
 *   ring
 *     0                    words (table below), one writer each, a pair of cache lines per writer
 *     RING_HISTOGRAMS      lateness, period, read: log-linear histograms of nanoseconds
 *     RING_GAPS            ledger of gaps: gap_capacity records of 4 words
 *     RING_GAPS + ...      blocks, page aligned
 *
 *   block of 2,048 rows (n counters, s = column stride = 2048 * 8 + 64)
 *     0 * s                ts       i64  wall time in ns at the start of the read window
 *     1 * s                tick     u64  number of the scheduled read
 *     2 * s                read_ns  u32  length of the read window
 *     (3 + i) * s          counter i, 8 bytes a row
 *     (3 + n) * s          null count of each column, u64; where it is 0, the bitmap is not valid
 *     ... + 8 * n          validity bitmap of each column, 256 bytes, bit 0 first, 1 = valid
 *
 * The five words ring_clock_* are one fit of a device's clock, which is refreshed about once a second.
 * ring_clock_version is odd while they are being written; when they belong together it is even and not 0.
 *
 * The stride is padded by 64 bytes: with a power of two all columns would share one cache set, which is 20 to 30 times
 * slower. This table is the only place that knows an offset. layout_print.c prints sampler/layout.gen.ts from it, and
 * the hash of the table travels in the umem, so two builds that disagree refuse each other instead of reading nonsense.
 */
#ifndef COUNTERSINK_LAYOUT_H
#define COUNTERSINK_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* W(name, byte offset, writer) */
#define CONTROL_WORDS(W)                                                                                               \
	W(control_magic, 0, node)                                                                                      \
	W(control_hash, 8, node)                                                                                       \
	W(control_bytes, 16, node)                                                                                     \
	W(control_wall_offset_ns, 24, node)                                                                            \
	W(control_parent, 32, node)                                                                                    \
	W(control_stop, 128, node)                                                                                     \
	W(control_state, 256, sampler)                                                                                 \
	W(control_start_ns, 264, sampler)                                                                              \
	W(control_cpu_ns, 280, sampler)                                                                                \
	W(control_granted, 288, sampler)

#define RING_WORDS(W)                                                                                                  \
	W(ring_magic, 0, node)                                                                                         \
	W(ring_hash, 8, node)                                                                                          \
	W(ring_bytes, 16, node)                                                                                        \
	W(ring_columns, 24, node)                                                                                      \
	W(ring_blocks, 32, node)                                                                                       \
	W(ring_gap_capacity, 40, node)                                                                                 \
	W(ring_period_ns, 48, node)                                                                                    \
	W(ring_rows_published, 128, sampler)                                                                           \
	W(ring_rows_released, 256, node)                                                                               \
	W(ring_gaps_published, 384, sampler)                                                                           \
	W(ring_gaps_released, 512, node)                                                                               \
	W(ring_ticks_scheduled, 640, sampler)                                                                          \
	W(ring_next_tick, 648, sampler)                                                                                \
	W(ring_missed_late, 656, sampler)                                                                              \
	W(ring_missed_ring_full, 664, sampler)                                                                         \
	W(ring_missed_source_error, 672, sampler)                                                                      \
	W(ring_null_values, 680, sampler)                                                                              \
	W(ring_last_errno, 688, sampler)                                                                               \
	W(ring_missed_device_skipped, 696, sampler)                                                                    \
	W(ring_clock_version, 704, sampler)                                                                            \
	W(ring_clock_ts, 712, sampler)                                                                                 \
	W(ring_clock_device, 720, sampler)                                                                             \
	W(ring_clock_rate_ppb, 728, sampler)                                                                           \
	W(ring_clock_residual_ns, 736, sampler)

/* C(name, value): constants that both sides need. */
#define LAYOUT_CONSTANTS(C)                                                                                            \
	C(UMEM_CONTROL_BYTES, 4096)                                                                                    \
	C(UMEM_PAGE, 4096)                                                                                             \
	C(BLOCK_ROWS, 2048)                                                                                            \
	C(COLUMN_STRIDE, 16448)                                                                                        \
	C(FIXED_COLUMNS, 3)                                                                                            \
	C(VALIDITY_BYTES, 256)                                                                                         \
	C(RING_HISTOGRAMS, 1024)                                                                                       \
	C(HISTOGRAM_SUB, 128)                                                                                          \
	C(HISTOGRAM_BUCKETS, 5760)                                                                                     \
	C(HISTOGRAM_BYTES, 46104)                                                                                      \
	C(HISTOGRAM_COUNT, 3)                                                                                          \
	C(RING_GAPS, 143360)                                                                                           \
	C(GAP_BYTES, 32)                                                                                               \
	C(RING_MAX_COLUMNS, 4096)                                                                                      \
	C(PLAN_MAX_LANES, 16)                                                                                          \
	C(PLAN_MAX_STREAMS, 64)                                                                                        \
	C(PLAN_MAX_READERS, 512)                                                                                       \
	C(PLAN_SHORTEST_PERIOD_NS, 1000)

/* R(name, number, text): why a tick is in the gap ledger. */
#define GAP_REASONS(R)                                                                                                 \
	R(GAP_LATE, 1, late)                                                                                           \
	R(GAP_RING_FULL, 2, ring_full)                                                                                 \
	R(GAP_SOURCE_ERROR, 3, source_error)                                                                           \
	R(GAP_DEVICE_SKIPPED, 4, device_skipped)                                                                       \
	R(GAP_SUSPENDED, 5, suspended)                                                                                 \
	R(GAP_KILLED, 6, killed)

/* S(name, number): states of the sampler, which it enters in this order, each at most once. */
#define SAMPLER_STATES(S)                                                                                              \
	S(STATE_STARTING, 0)                                                                                           \
	S(STATE_RUNNING, 1)                                                                                            \
	S(STATE_FINISHED, 2)                                                                                           \
	S(STATE_FAILED, 3)

/* G(name, bit): privileges that the kernel granted at the start. */
#define GRANTS(G)                                                                                                      \
	G(GRANT_REALTIME, 0)                                                                                           \
	G(GRANT_LOCKED, 1)                                                                                             \
	G(GRANT_NICE, 2)                                                                                               \
	G(GRANT_PINNED, 3)

#define LAYOUT_ENUM_WORD(name, offset, writer) name = (offset),
#define LAYOUT_ENUM_PAIR(name, value) name = (value),
#define LAYOUT_ENUM_TEXT(name, value, text) name = (value),
enum { CONTROL_WORDS(LAYOUT_ENUM_WORD) RING_WORDS(LAYOUT_ENUM_WORD) LAYOUT_CONSTANTS(LAYOUT_ENUM_PAIR) };
enum gap_reason { GAP_REASONS(LAYOUT_ENUM_TEXT) };
enum sampler_state { SAMPLER_STATES(LAYOUT_ENUM_PAIR) };
enum grant { GRANTS(LAYOUT_ENUM_PAIR) };

#define UMEM_MAGIC 0x6b6e697372746e63ULL /* "cntrsink" in memory */

_Static_assert(COLUMN_STRIDE == BLOCK_ROWS * 8 + 64, "stride is one block of 8-byte cells and one cache line");
_Static_assert(COLUMN_STRIDE % 64 == 0, "every column starts on a cache line");
_Static_assert(HISTOGRAM_BYTES == (HISTOGRAM_BUCKETS + 3) * 8, "count, sum and max stand before the buckets");
_Static_assert(RING_HISTOGRAMS + HISTOGRAM_COUNT * HISTOGRAM_BYTES <= RING_GAPS, "histograms end before the ledger");

#define LAYOUT_TEXT_WORD(name, offset, writer) #name ":" #offset ";"
#define LAYOUT_TEXT_PAIR(name, value) #name "=" #value ";"
#define LAYOUT_TEXT_TEXT(name, value, text) #name "=" #value ":" #text ";"

/* FNV-1a of the printed table. */
static inline uint64_t layout_hash(void)
{
	static const char text[] = CONTROL_WORDS(LAYOUT_TEXT_WORD) RING_WORDS(LAYOUT_TEXT_WORD)
		LAYOUT_CONSTANTS(LAYOUT_TEXT_PAIR) GAP_REASONS(LAYOUT_TEXT_TEXT) SAMPLER_STATES(LAYOUT_TEXT_PAIR)
			GRANTS(LAYOUT_TEXT_PAIR);
	uint64_t hash = 0xcbf29ce484222325ULL;
	for (size_t i = 0; i + 1 < sizeof text; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash;
}

static inline size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static inline size_t block_bytes(size_t columns)
{
	return round_up((FIXED_COLUMNS + columns) * COLUMN_STRIDE + columns * (8 + VALIDITY_BYTES), 64);
}

static inline size_t ring_blocks_offset(size_t gap_capacity)
{
	return round_up(RING_GAPS + gap_capacity * GAP_BYTES, UMEM_PAGE);
}

#endif
