// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Between the files of the model. A handler gets whole mailboxes with a zeroed outbox and answers with a verdict. */
#ifndef FW_INTERNAL_H
#define FW_INTERNAL_H

#include "fw.h"

struct fw_call {
	struct fw *fw;
	uint64_t now_ns;
	uint16_t uid;
	const uint8_t *in;
	size_t in_length;
	uint8_t *out;
	size_t out_length;
};

/* A status in the upper half and a syndrome in the lower: 0 is OK. Syndromes are the model's own, one for each
 * cause. */
typedef uint64_t fw_verdict;
#define FW_REFUSE(status, syndrome) ((fw_verdict)(status) << 32 | (syndrome))

fw_verdict fw_query_hca_cap(struct fw_call *call);
fw_verdict fw_query_params(struct fw_call *call);
fw_verdict fw_set_params(struct fw_call *call);
fw_verdict fw_query_counters(struct fw_call *call);
fw_verdict fw_access_reg(struct fw_call *call);
fw_verdict fw_trace_cap(struct fw_call *call, bool read);
fw_verdict fw_trace_conf(struct fw_call *call, bool read);
fw_verdict fw_trace_strings(struct fw_call *call, bool read);
fw_verdict fw_trace_ctrl(struct fw_call *call, bool read);
fw_verdict fw_alloc_pd(struct fw_call *call);
fw_verdict fw_dealloc_pd(struct fw_call *call);
fw_verdict fw_create_umem(struct fw_call *call);
fw_verdict fw_destroy_umem(struct fw_call *call);
fw_verdict fw_create_mkey(struct fw_call *call);
fw_verdict fw_destroy_mkey(struct fw_call *call);

const struct fw_object *fw_mkey_of(const struct fw *fw, uint32_t mkey);
void fw_trace_release(struct fw *fw, uint16_t uid);
void fw_start_sampling(struct fw *fw, uint64_t now_ns);
void fw_stop_sampling(struct fw *fw, uint64_t now_ns);

/* The catalogue of counters that this card has. */
struct fw_counter {
	uint16_t id;
	bool sync;
};
extern const struct fw_counter fw_counters[];
extern const unsigned fw_counter_count;
const struct fw_counter *fw_counter(uint32_t id);

/* The string database of the tracer. */
enum { FW_STRING_SECTION = 256, FW_STRING_SECTIONS = 2, FW_FIRST_STRING_TRACE = 0x40, FW_STRING_TRACES = 8 };
extern const char fw_strings[FW_STRING_SECTIONS][FW_STRING_SECTION];
extern const uint32_t fw_string_bases[FW_STRING_SECTIONS];
/* Address of a string with 0, 1 or 3 arguments for a message. */
uint32_t fw_string_address(unsigned arguments, uint64_t choice);

#endif
