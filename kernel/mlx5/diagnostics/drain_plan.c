// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "mlx5_drain.h"
#include "../transport/hex.h"

enum { MOST_LOG_SAMPLES = 16, MOST_LOG_PERIOD = 35, MOST_COUNTERS = 4096, QUERY_BYTES = 16, MOST_ANSWER = 2 << 20 };

static int configure_mailbox(struct mailbox *mailbox, const char *word)
{
	uint8_t *in;
	if (mailbox->in)
		return -EINVAL;
	int error = parse_mailbox(word, &in, &mailbox->in_bytes);
	if (error == 0)
		mailbox->in = in;
	return error;
}

static int configure_ring(struct reader *reader, char **words)
{
	struct mlx5_drain *drain = reader->state;
	uint64_t log_samples, counters, log_period, frequency, drain_ns, most;
	if (drain->places || parse_u64(words[1], &log_samples) || parse_u64(words[2], &counters) ||
	    parse_u64(words[3], &log_period) || parse_u64(words[4], &frequency) || parse_u64(words[5], &drain_ns) ||
	    parse_u64(words[6], &most))
		return -EINVAL;
	if (log_samples > MOST_LOG_SAMPLES || counters == 0 || counters > MOST_COUNTERS || log_period > MOST_LOG_PERIOD)
		return -EINVAL;
	/* 1 kHz to 1 THz, and an hour: nothing that follows from them overflows. */
	if (frequency == 0 || frequency > 1000000000 || drain_ns == 0 || drain_ns > 3600 * 1000000000ULL || most == 0)
		return -EINVAL;
	if (most > (MOST_ANSWER - ANSWER_HEADER) / (counters * RECORD_BYTES))
		return -EINVAL;
	drain->places = drain->left = 1U << log_samples;
	drain->most = most < drain->places ? (uint32_t)most : drain->places;
	drain->layout.counters = (uint32_t)counters;
	drain->nominal_period = 1ULL << log_period;
	drain->frequency_khz = frequency;
	reader->drain_ns = drain_ns;
	return 0;
}

static int configure_column(struct reader *reader, char **words)
{
	struct mlx5_drain *drain = reader->state;
	struct wish wish;
	uint64_t id;
	if (parse_u64(words[2], &id) || id == 0 || id > UINT16_MAX || claim_column(reader, words[1], &wish.column))
		return -EINVAL;
	wish.id = (uint16_t)id;
	struct wish *wishes = realloc(drain->wishes, (drain->wish_count + 1) * sizeof *wishes);
	if (!wishes)
		return -ENOMEM;
	wishes[drain->wish_count++] = wish;
	drain->wishes = wishes;
	return 0;
}

int drain_configure(struct reader *reader, int count, char **words)
{
	struct mlx5_drain *drain = reader->state;
	if (count == 5 && strcmp(words[0], "device") == 0)
		return transport_configure(&drain->address, words);
	if (count == 2 && strcmp(words[0], "start") == 0)
		return configure_mailbox(&drain->start, words[1]);
	if (count == 2 && strcmp(words[0], "restore") == 0)
		return configure_mailbox(&drain->restore, words[1]);
	if (count == 2 && strcmp(words[0], "query") == 0 && strlen(words[1]) == 2 * QUERY_BYTES)
		return configure_mailbox(&drain->query, words[1]);
	if (count == 1 && strcmp(words[0], "single") == 0)
		return drain->single ? -EINVAL : (drain->single = true, 0);
	if (count == 7 && strcmp(words[0], "ring") == 0)
		return configure_ring(reader, words);
	if (count == 3 && strcmp(words[0], "column") == 0)
		return configure_column(reader, words);
	return -EINVAL;
}

void drain_free_plan(struct mlx5_drain *drain)
{
	free((void *)(uintptr_t)drain->start.in);
	free((void *)(uintptr_t)drain->restore.in);
	free((void *)(uintptr_t)drain->query.in);
	free(drain->wishes);
}
