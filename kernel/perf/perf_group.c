// SPDX-License-Identifier: Apache-2.0
#include "perf_group.h"

#include <errno.h>
#include <unistd.h>

ssize_t perf_read_group(int fd, uint64_t *record, size_t bytes)
{
	ssize_t got;
	int tries = ECHILD_TRIES;
	do
		got = read(fd, record, bytes);
	while (got < 0 && errno == ECHILD && --tries);
	return got;
}

void perf_sum_group(const struct perf *perf, struct perf_group *group)
{
	uint64_t record[PERF_RECORD_HEAD + PERF_GROUP_MAX];
	size_t bytes = (PERF_RECORD_HEAD + group->count) * sizeof *record;
	const int *fds = perf->events[group->leader].fds;
	uint64_t enabled = 0, running = 0;
	group->timed = group->valid = true;
	memset(group->values, 0, group->count * sizeof *group->values);
	for (uint32_t t = 0; t < perf->target_count; t++) {
		if (fds[t] < 0)
			continue;
		if (perf_read_group(fds[t], record, bytes) != (ssize_t)bytes || record[0] != group->count) {
			group->timed = group->valid = false;
			return;
		}
		enabled += record[1];
		running += record[2];
		group->valid &= record[2] > 0 || record[1] == 0;
		for (uint32_t i = 0; i < group->count; i++)
			group->values[i] += record[PERF_RECORD_HEAD + i];
	}
	/* The time of a CPU always passes. Where it stands still, the CPU went offline and its events with it. */
	if (!perf->process && enabled == group->enabled)
		group->timed = group->valid = false;
	group->enabled = enabled;
	group->running = running;
}
