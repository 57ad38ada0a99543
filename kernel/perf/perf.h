// SPDX-License-Identifier: Apache-2.0
/* The state of the perf reader: perf.c configures and reads it, open.c opens it. */
#ifndef COUNTERSINK_PERF_H
#define COUNTERSINK_PERF_H

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
	char exclude; /* user mode, kernel mode, or neither ('-') is left out */
	const char *name;
	uint32_t column;
	bool kept;
	uint32_t run, limit; /* of the group line above it */

	/* Since open. */
	uint32_t group, slot;
	int *fds; /* one a target; -1: that thread was gone */
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
	bool process; /* else a CPU */
	int id;
	uint32_t limit, run;
	struct perf_event *events;
	struct perf_group *groups;
	struct perf_time *times;
	uint32_t event_count, group_count, time_count;
	int *threads; /* the targets of a process */
	uint32_t target_count;
	uint64_t enabled, running; /* ns, of whichever group counted least; neither ever falls */
	bool timed;
	char what[512];
};

/* read(), again while a thread is exiting. */
ssize_t perf_read_group(int fd, uint64_t *record, size_t bytes);
int perf_open(struct reader *reader);
void perf_close_events(struct perf *perf);

#endif
