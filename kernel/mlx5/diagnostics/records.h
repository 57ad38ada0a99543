// SPDX-License-Identifier: Apache-2.0
/*
 * The answer to QUERY_DIAGNOSTIC_COUNTERS: a header of 16 bytes, then the samples of consecutive places of the ring. A
 * sample is one record for each counter, always in the same order. Big-endian.
 *
 *   record   counter_id u16 @0, sample_id u16 @2, time_stamp u32 @4, value u64 @8
 */
#ifndef COUNTERSINK_RECORDS_H
#define COUNTERSINK_RECORDS_H

#include "../../reader.h"
#include "../transport/big_endian.h"
#include "../transport/firmware.h"

#define NO_COLUMN UINT32_MAX

/* Which counters a sample of this stream has. */
struct sample_layout {
	uint32_t counters;
	uint16_t *ids;	   /* counter of each record */
	uint32_t *columns; /* column of each record; NO_COLUMN: nobody asked for this counter */
};

struct sample {
	uint16_t id;
	uint32_t time;	/* time stamp of the earliest record */
	uint32_t spread; /* clocks from the earliest to the latest */
};

static inline size_t sample_bytes(const struct sample_layout *layout)
{
	return (size_t)layout->counters * RECORD_BYTES;
}

/* Reads one sample into row `row` of the run. False where a record is of another counter or of another sample,
 * because the device was writing it. Then the row holds rubbish and must not be published. */
bool sample_read(const struct sample_layout *layout, const uint8_t *at, const struct run *run, uint32_t row,
		 struct sample *sample);

#endif
