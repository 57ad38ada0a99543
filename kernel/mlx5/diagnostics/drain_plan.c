// SPDX-License-Identifier: Apache-2.0
#include "drain_plan.h"

#include <errno.h>
#include <stdlib.h>

#include "../transport/hex.h"
#include "records.h"

enum { MAX_LOG_SAMPLES = 16, MAX_LOG_PERIOD = 35, MAX_COUNTERS = 4096, QUERY_BYTES = 16, MAX_ANSWER = 2 << 20 };
/* 1 THz and an hour: nothing that is computed from these overflows. */
enum { MAX_FREQUENCY_KHZ = 1000000000 };
#define MAX_DRAIN_NS (3600 * 1000000000ULL)

static int mailbox_line(struct mailbox *mailbox, const char *word)
{
	uint8_t *in;
	if (mailbox->in)
		return -EINVAL;
	int error = parse_mailbox(word, &in, &mailbox->in_bytes);
	if (error == 0)
		mailbox->in = in;
	return error;
}

static int ring_line(struct drain_plan *plan, struct reader *reader, char **words)
{
	uint64_t log_samples, counters, log_period, frequency, drain_ns, max;
	if (plan->places || parse_u64(words[1], &log_samples) || parse_u64(words[2], &counters) ||
	    parse_u64(words[3], &log_period) || parse_u64(words[4], &frequency) || parse_u64(words[5], &drain_ns) ||
	    parse_u64(words[6], &max))
		return -EINVAL;
	if (log_samples > MAX_LOG_SAMPLES || counters == 0 || counters > MAX_COUNTERS || log_period > MAX_LOG_PERIOD)
		return -EINVAL;
	if (frequency == 0 || frequency > MAX_FREQUENCY_KHZ || drain_ns == 0 || drain_ns > MAX_DRAIN_NS)
		return -EINVAL;
	if (max == 0 || max > (MAX_ANSWER - RECORDS_START) / (counters * RECORD_BYTES))
		return -EINVAL;
	plan->places = 1U << log_samples;
	plan->max_samples = max < plan->places ? (uint32_t)max : plan->places;
	plan->counters = (uint32_t)counters;
	plan->nominal_period = 1ULL << log_period;
	plan->frequency_khz = frequency;
	reader->drain_ns = drain_ns;
	return 0;
}

static int column_line(struct drain_plan *plan, struct reader *reader, char **words)
{
	struct wish wish;
	uint64_t id;
	if (parse_u64(words[2], &id) || id == 0 || id > UINT16_MAX || claim_column(reader, words[1], &wish.column))
		return -EINVAL;
	wish.id = (uint16_t)id;
	struct wish *wishes = realloc(plan->wishes, (plan->wish_count + 1) * sizeof *wishes);
	if (!wishes)
		return -ENOMEM;
	wishes[plan->wish_count++] = wish;
	plan->wishes = wishes;
	return 0;
}

int drain_plan_line(struct drain_plan *plan, struct reader *reader, int count, char **words)
{
	if (count == 5 && strcmp(words[0], "device") == 0)
		return transport_configure(&plan->address, words);
	if (count == 2 && strcmp(words[0], "start") == 0)
		return mailbox_line(&plan->start, words[1]);
	if (count == 2 && strcmp(words[0], "restore") == 0)
		return mailbox_line(&plan->restore, words[1]);
	if (count == 2 && strcmp(words[0], "query") == 0 && strlen(words[1]) == 2 * QUERY_BYTES)
		return mailbox_line(&plan->query, words[1]);
	if (count == 1 && strcmp(words[0], "single") == 0)
		return plan->single ? -EINVAL : (plan->single = true, 0);
	if (count == 7 && strcmp(words[0], "ring") == 0)
		return ring_line(plan, reader, words);
	if (count == 3 && strcmp(words[0], "column") == 0)
		return column_line(plan, reader, words);
	return -EINVAL;
}

int drain_plan_finish(struct drain_plan *plan)
{
	if (!plan->address.path || !plan->query.in || !plan->places || !plan->start.in != !plan->restore.in)
		return -EINVAL;
	if (plan->wish_count > plan->counters)
		return -EINVAL;
	plan->query.scope = plan->address.read_scope;
	plan->start.scope = plan->restore.scope = plan->address.write_scope;
	return 0;
}

void drain_plan_free(struct drain_plan *plan)
{
	free((void *)(uintptr_t)plan->start.in);
	free((void *)(uintptr_t)plan->restore.in);
	free((void *)(uintptr_t)plan->query.in);
	free(plan->wishes);
}

uint32_t drain_plan_column(const struct drain_plan *plan, uint16_t id)
{
	for (uint32_t i = 0; i < plan->wish_count; i++)
		if (plan->wishes[i].id == id)
			return plan->wishes[i].column;
	return NO_COLUMN;
}
