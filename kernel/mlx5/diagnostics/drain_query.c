// SPDX-License-Identifier: Apache-2.0
#include "drain_query.h"

#include <errno.h>
#include <stdlib.h>

/* A long command is forgotten after about as many. */
enum { LATENCY_DECAY = 16 };

int query_create(struct drain_query *query, const struct drain_plan *plan)
{
	struct sample_layout *layout = &query->layout;
	layout->counters = plan->counters;
	layout->ids = calloc(layout->counters, sizeof *layout->ids);
	layout->columns = calloc(layout->counters, sizeof *layout->columns);
	query->answer = calloc(1, RECORDS_START + plan->max_samples * sample_bytes(layout));
	return layout->ids && layout->columns && query->answer ? 0 : -ENOMEM;
}

void query_free(struct drain_query *query)
{
	free(query->layout.ids);
	free(query->layout.columns);
	free(query->answer);
}

/* The longest, not the mean: to ask for a few samples too many costs less than another command. */
static void note_latency(struct drain_query *query, uint64_t ns)
{
	query->latency_ns -= query->latency_ns / LATENCY_DECAY;
	if (ns > query->latency_ns)
		query->latency_ns = ns;
}

int query_ask(struct drain_query *query, const struct drain_plan *plan, struct outlet *outlet, uint32_t place,
	      uint32_t count, struct bracket *bracket)
{
	struct mailbox mailbox = plan->query;
	uint8_t in[MAILBOX_MIN];
	memcpy(in, mailbox.in, sizeof in);
	put_u16(in + counter_query_num_of_samples, (uint16_t)count);
	put_u16(in + counter_query_sample_index, (uint16_t)place);
	mailbox.in = in;
	mailbox.out = query->answer;
	mailbox.out_bytes = (uint32_t)(RECORDS_START + count * sample_bytes(&query->layout));
	bracket->before_ns = drain_now_ns();
	int error = transport_command(&query->transport, &mailbox);
	bracket->after_ns = drain_now_ns();
	note_latency(query, bracket->after_ns - bracket->before_ns);
	outlet->command(outlet, bracket->after_ns - bracket->before_ns);
	return error;
}

bool query_learn_layout(struct drain_query *query, const struct drain_plan *plan)
{
	struct sample_layout *layout = &query->layout;
	const uint8_t *at = query_records(query);
	uint32_t found = 0;
	for (uint32_t i = 0; i < layout->counters; i++, at += RECORD_BYTES) {
		uint16_t id = get_u16(at + sample_record_counter_id);
		uint32_t column = drain_plan_column(plan, id);
		found += column != NO_COLUMN;
		for (uint32_t j = 0; j < i && column != NO_COLUMN; j++)
			found -= layout->columns[j] == column;
		layout->ids[i] = id;
		layout->columns[i] = column;
	}
	return found == plan->wish_count;
}
