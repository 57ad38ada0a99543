// SPDX-License-Identifier: Apache-2.0
/* The state of the perf reader, and how a group of events is read. perf_open.c opens the events, perf.c configures the
 * reader and fills its columns. */
#ifndef COUNTERSINK_PERF_GROUP_H
#define COUNTERSINK_PERF_GROUP_H

#include <sys/types.h>

#include "../reader.h"

enum {
	PERF_GROUP_MAX = 64,  /* 64 members cost 3 us a read, half of what eight groups of 8 cost */
	PERF_RECORD_HEAD = 3, /* words before the values of a group */
	ECHILD_TRIES = 8,
};

struct perf_event {
	uint32_t type;
	uint64_t config[3];
	char exclude; /* u: user mode is left out, k: kernel mode is, -: neither */
	const char *name;
	uint32_t column;
	bool kept;
	uint32_t run, limit; /* of the group line before it */

	/* Known after the event was opened. */
	uint32_t group, slot;
	int *fds; /* one for each target; -1: that thread had ended */
};

struct perf_group {
	uint32_t leader; /* index of its first event */
	uint32_t count;
	uint64_t enabled, running; /* ns, at the last read */
	bool timed, valid;	   /* whether the times, and the values, of the last read hold */
	uint64_t values[PERF_GROUP_MAX];
};

struct perf_time {
	uint32_t column, event;
	bool any, running;
};

struct perf {
	bool process; /* false: a CPU */
	int id;
	uint32_t limit, run;
	struct perf_event *events;
	struct perf_group *groups;
	struct perf_time *times;
	uint32_t event_count, group_count, time_count;
	int *threads; /* the targets of a process */
	uint32_t target_count;
	uint64_t enabled, running; /* ns, of the group that counted for the shortest time; neither ever falls */
	bool timed;
	char what[512];
};

/* One read() of a group. Returns the bytes that were read, or -1 with errno. A thread that exits takes the members of
 * its group away one by one, and the kernel does not add up a group that has lost some (ECHILD). That is over within
 * microseconds, so the read is repeated. */
ssize_t perf_read_group(int fd, uint64_t *record, size_t bytes);

/* Reads the group and adds its values up over all targets. */
void perf_sum_group(const struct perf *perf, struct perf_group *group);

#endif
