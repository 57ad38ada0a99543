// SPDX-License-Identifier: Apache-2.0
#include "transpose.h"

#include <string.h>

#include "layout.h"

static bool transpose_portable(char *line, const struct staged_rows *rows)
{
	memcpy(line, rows->ts, CACHE_LINE);
	memcpy(line + COLUMN_STRIDE, rows->tick, CACHE_LINE);
	for (size_t column = 0; column < rows->columns; column++) {
		char *to = line + (FIXED_COLUMNS + column) * COLUMN_STRIDE;
		for (size_t row = 0; row < LINE_ROWS; row++)
			memcpy(to + row * 8, rows->cells + row * rows->stride + column * 8, 8);
		__builtin_prefetch(to + PREFETCH_AHEAD, 1);
	}
	return false;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define UNROLL _Pragma("GCC unroll 8")
#define INLINE static inline __attribute__((always_inline))
#define AVX2 __attribute__((target("avx2,prfchw")))
#define AVX512 __attribute__((target("avx512f,prfchw")))

INLINE AVX2 void transpose_4x4(const char *cells, size_t stride, __m256i out[4])
{
	__m256i r[4];
	UNROLL
	for (size_t i = 0; i < 4; i++)
		r[i] = _mm256_load_si256((const void *)(cells + i * stride));
	__m256i even01 = _mm256_unpacklo_epi64(r[0], r[1]), odd01 = _mm256_unpackhi_epi64(r[0], r[1]);
	__m256i even23 = _mm256_unpacklo_epi64(r[2], r[3]), odd23 = _mm256_unpackhi_epi64(r[2], r[3]);
	out[0] = _mm256_permute2x128_si256(even01, even23, 0x20);
	out[1] = _mm256_permute2x128_si256(odd01, odd23, 0x20);
	out[2] = _mm256_permute2x128_si256(even01, even23, 0x31);
	out[3] = _mm256_permute2x128_si256(odd01, odd23, 0x31);
}

/* Both halves at once, so that they leave the core as one line. */
INLINE AVX2 void store_avx2(char *line, __m256i rows_0_to_3, __m256i rows_4_to_7, bool stream)
{
	if (stream) {
		_mm256_stream_si256((void *)line, rows_0_to_3);
		_mm256_stream_si256((void *)(line + 32), rows_4_to_7);
	} else {
		_mm256_store_si256((void *)line, rows_0_to_3);
		_mm256_store_si256((void *)(line + 32), rows_4_to_7);
		__builtin_prefetch(line + PREFETCH_AHEAD, 1);
	}
}

INLINE AVX2 void copy_avx2(char *line, const char *from, bool stream)
{
	store_avx2(line, _mm256_load_si256((const void *)from), _mm256_load_si256((const void *)(from + 32)), stream);
}

INLINE AVX2 void write_avx2(char *line, const struct staged_rows *rows, bool stream)
{
	copy_avx2(line, rows->ts, stream);
	copy_avx2(line + COLUMN_STRIDE, rows->tick, stream);
	for (size_t first = 0; first < rows->columns; first += 4) {
		const char *cells = rows->cells + first * 8;
		__m256i upper[4], lower[4];
		transpose_4x4(cells, rows->stride, upper);
		transpose_4x4(cells + 4 * rows->stride, rows->stride, lower);
		char *to = line + (FIXED_COLUMNS + first) * COLUMN_STRIDE;
		UNROLL
		for (size_t i = 0; i < 4; i++)
			if (first + i < rows->columns)
				store_avx2(to + i * COLUMN_STRIDE, upper[i], lower[i], stream);
	}
}

static AVX2 bool transpose_avx2(char *line, const struct staged_rows *rows)
{
	bool stream = rows->columns >= STREAM_COLUMNS;
	if (stream)
		write_avx2(line, rows, true);
	else
		write_avx2(line, rows, false);
	return stream;
}

INLINE AVX512 void transpose_8x8(const char *cells, size_t stride, __m512i out[8])
{
	/* pair: two rows of every second column. quad: four rows of every fourth. */
	__m512i r[8], pair[8], quad[8];
	UNROLL
	for (size_t i = 0; i < 8; i++)
		r[i] = _mm512_load_si512((const void *)(cells + i * stride));
	UNROLL
	for (size_t i = 0; i < 8; i += 2) {
		pair[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
		pair[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
	}
	UNROLL
	for (size_t i = 0; i < 2; i++) {
		quad[i] = _mm512_shuffle_i64x2(pair[i], pair[i + 2], 0x88);
		quad[i + 2] = _mm512_shuffle_i64x2(pair[i], pair[i + 2], 0xdd);
		quad[i + 4] = _mm512_shuffle_i64x2(pair[i + 4], pair[i + 6], 0x88);
		quad[i + 6] = _mm512_shuffle_i64x2(pair[i + 4], pair[i + 6], 0xdd);
	}
	UNROLL
	for (size_t i = 0; i < 4; i++) {
		out[i] = _mm512_shuffle_i64x2(quad[i], quad[i + 4], 0x88);
		out[i + 4] = _mm512_shuffle_i64x2(quad[i], quad[i + 4], 0xdd);
	}
}

INLINE AVX512 void store_avx512(char *line, __m512i rows, bool stream)
{
	if (stream) {
		_mm512_stream_si512((void *)line, rows);
	} else {
		_mm512_store_si512((void *)line, rows);
		__builtin_prefetch(line + PREFETCH_AHEAD, 1);
	}
}

INLINE AVX512 void write_avx512(char *line, const struct staged_rows *rows, bool stream)
{
	store_avx512(line, _mm512_load_si512(rows->ts), stream);
	store_avx512(line + COLUMN_STRIDE, _mm512_load_si512(rows->tick), stream);
	for (size_t first = 0; first < rows->columns; first += 8) {
		__m512i out[8];
		transpose_8x8(rows->cells + first * 8, rows->stride, out);
		char *to = line + (FIXED_COLUMNS + first) * COLUMN_STRIDE;
		UNROLL
		for (size_t i = 0; i < 8; i++)
			if (first + i < rows->columns)
				store_avx512(to + i * COLUMN_STRIDE, out[i], stream);
	}
}

static AVX512 bool transpose_avx512(char *line, const struct staged_rows *rows)
{
	bool stream = rows->columns >= STREAM_COLUMNS;
	if (stream)
		write_avx512(line, rows, true);
	else
		write_avx512(line, rows, false);
	return stream;
}

transpose *transpose_of(enum transpose_kind kind)
{
	switch (kind) {
	case TRANSPOSE_AVX2:
		return __builtin_cpu_supports("avx2") ? transpose_avx2 : NULL;
	case TRANSPOSE_AVX512:
		/* Intel's CPUs from before VBMI2 lower their clock for 512-bit code, and stand still for microseconds
		 * on the way. */
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vbmi2") ? transpose_avx512 : NULL;
	default:
		return transpose_portable;
	}
}

#else

transpose *transpose_of(enum transpose_kind kind)
{
	return kind == TRANSPOSE_PORTABLE ? transpose_portable : NULL;
}

#endif

transpose *transpose_best(void)
{
	int kind = TRANSPOSE_KINDS - 1;
	while (!transpose_of((enum transpose_kind)kind))
		kind--;
	return transpose_of((enum transpose_kind)kind);
}
