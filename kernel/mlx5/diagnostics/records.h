// SPDX-License-Identifier: Apache-2.0
/*
 * The answer to QUERY_DIAGNOSTIC_COUNTERS: a header of 16 bytes, then the samples of a run of ring places, each one record
 * for every counter, always in the same order. Big-endian.
 *
 *   record   counter_id u16 @0, sample_id u16 @2, time_stamp u32 @4, value u64 @8
 */
#ifndef COUNTERSINK_RECORDS_H
#define COUNTERSINK_RECORDS_H

#include "../../reader.h"
#include "../transport/big_endian.h"

enum { ANSWER_HEADER = 16, RECORD_BYTES = 16, RECORD_SAMPLE = 2, RECORD_TIME = 4, RECORD_VALUE = 8 };

#define NO_COLUMN UINT32_MAX

/* How a sample of this stream is made up. */
struct sample_layout {
	uint32_t counters;
	uint16_t *ids;	   /* of the records, in their order */
	uint32_t *columns; /* where their values go; NO_COLUMN: nobody asked for it */
};

struct sample {
	uint16_t id;
	uint32_t time;	/* of the earliest record, 32 bits */
	uint32_t spread; /* clocks from the earliest to the latest */
};

static inline size_t sample_bytes(const struct sample_layout *layout)
{
	return (size_t)layout->counters * RECORD_BYTES;
}

/* Reads one sample into row `row` of the run. False where it is not one sample: a record of another counter, or of another
 * sample, since the device was writing it; then the row holds rubbish and must not be published. */
bool sample_read(const struct sample_layout *layout, const uint8_t *at, const struct run *run, uint32_t row,
		 struct sample *sample);

#endif
