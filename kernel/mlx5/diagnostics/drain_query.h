// SPDX-License-Identifier: Apache-2.0
/* QUERY_DIAGNOSTIC_COUNTERS: asks the device for samples from a place of its ring on. */
#ifndef COUNTERSINK_DRAIN_QUERY_H
#define COUNTERSINK_DRAIN_QUERY_H

#include <time.h>

#include "drain_cursor.h"

struct drain_query {
	struct transport transport;
	struct sample_layout layout;
	uint8_t *answer;
	uint64_t latency_ns; /* longest command of late */
};

static inline uint64_t drain_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline const uint8_t *query_records(const struct drain_query *query)
{
	return query->answer + RECORDS_START;
}

/* 0 or -ENOMEM; query_free() also after a failure. */
int query_create(struct drain_query *query, const struct drain_plan *plan);
void query_free(struct drain_query *query);

/* Asks for `count` samples, which then stand at query_records(). 0 or -errno; of -EREMOTEIO the answer is a valid
 * outbox. */
int query_ask(struct drain_query *query, const struct drain_plan *plan, struct outlet *outlet, uint32_t place,
	      uint32_t count, struct bracket *bracket);

/* Learns the order of counters within a sample, which the device chooses, from the first sample of the answer. False
 * where a counter that was asked for is not there, or is there twice. */
bool query_learn_layout(struct drain_query *query, const struct drain_plan *plan);

#endif
