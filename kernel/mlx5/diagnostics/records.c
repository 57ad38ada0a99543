// SPDX-License-Identifier: Apache-2.0
#include "records.h"

/* One comparison checks both: that the record is of the counter that belongs here, and that it is of this sample. */
static inline uint32_t tag(uint16_t counter, uint16_t sample)
{
	return (uint32_t)counter << 16 | sample;
}

bool sample_read(const struct sample_layout *layout, const uint8_t *at, const struct run *run, uint32_t row,
		 struct sample *sample)
{
	uint16_t id = get_u16(at + sample_record_sample_id);
	uint32_t first = get_u32(at + sample_record_time_stamp), different = 0;
	int32_t earliest = 0, latest = 0;
	for (uint32_t i = 0; i < layout->counters; i++, at += RECORD_BYTES) {
		different |= get_u32(at) ^ tag(layout->ids[i], id);
		int32_t since = (int32_t)(get_u32(at + sample_record_time_stamp) - first);
		earliest = since < earliest ? since : earliest;
		latest = since > latest ? since : latest;
		if (layout->columns[i] == NO_COLUMN)
			continue;
		uint64_t value = get_u64(at + sample_record_value_h);
		memcpy(run->cells + layout->columns[i] * run->stride + (size_t)row * 8, &value, sizeof value);
	}
	*sample = (struct sample){id, first + (uint32_t)earliest, (uint32_t)latest - (uint32_t)earliest};
	return different == 0;
}
