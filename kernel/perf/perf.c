// SPDX-License-Identifier: Apache-2.0
/*
 * Reads performance events of the kernel in groups: one system call for a group of any size.
 *
 *   set cpu CPU                    the events count everything on this CPU
 *   set process PID                the events count this process: its threads at open, and what they start from then on
 *   set group LIMIT                the events of the next lines share groups of at most LIMIT
 *   set event COLUMN TYPE CONFIG CONFIG1 CONFIG2 EXCLUDE NAME
 *                                  fields of struct perf_event_attr; COLUMN "-": counted, not kept; EXCLUDE: u, k or -
 *   set time enabled|running COLUMN EVENT
 *                                  of the group of event line number EVENT, from 0; "-": of the group that counted
 *                                  for the shortest time
 *
 * A read of a group gives { count, time enabled, time running, value... }, with values in the order in which its
 * members were opened.
 *
 * A count is stored as it was read. It is never scaled up for the time in which it was not counted. A group that was
 * enabled but was never scheduled on the hardware has no values. The group of a process that has not run yet has
 * values, which are 0.
 */
#include "perf_group.h"
#include "perf_open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int configure_target(struct perf *perf, bool process, const char *word)
{
	uint64_t id;
	if (perf->target_count || parse_u64(word, &id) || id > INT32_MAX)
		return -EINVAL;
	perf->process = process;
	perf->id = (int)id;
	perf->target_count = 1;
	return 0;
}

static int configure_group(struct perf *perf, const char *word)
{
	uint64_t limit;
	if (parse_u64(word, &limit) || limit == 0 || limit > PERF_GROUP_MAX)
		return -EINVAL;
	perf->limit = (uint32_t)limit;
	perf->run++;
	return 0;
}

static int configure_event(struct reader *reader, char **words)
{
	struct perf *perf = reader->state;
	struct perf_event event = {.run = perf->run, .limit = perf->limit, .name = words[7]};
	uint64_t type;
	if (perf->limit == 0 || parse_u64(words[2], &type) || type > UINT32_MAX || unescape(words[7]))
		return -EINVAL;
	event.type = (uint32_t)type;
	for (int i = 0; i < 3; i++)
		if (parse_u64(words[3 + i], &event.config[i]))
			return -EINVAL;
	event.exclude = *words[6];
	if (!event.exclude || !strchr("uk-", event.exclude) || words[6][1])
		return -EINVAL;
	event.kept = strcmp(words[1], "-") != 0;
	if (event.kept && claim_column(reader, words[1], &event.column))
		return -EINVAL;
	struct perf_event *events = realloc(perf->events, (perf->event_count + 1) * sizeof *events);
	if (!events)
		return -ENOMEM;
	events[perf->event_count++] = event;
	perf->events = events;
	return 0;
}

static int configure_time(struct reader *reader, char **words)
{
	struct perf *perf = reader->state;
	struct perf_time time = {.running = strcmp(words[1], "running") == 0, .any = strcmp(words[3], "-") == 0};
	uint64_t event = 0;
	if (!time.running && strcmp(words[1], "enabled"))
		return -EINVAL;
	if (!time.any && (parse_u64(words[3], &event) || event >= perf->event_count))
		return -EINVAL;
	if (claim_column(reader, words[2], &time.column))
		return -EINVAL;
	time.event = (uint32_t)event;
	struct perf_time *times = realloc(perf->times, (perf->time_count + 1) * sizeof *times);
	if (!times)
		return -ENOMEM;
	times[perf->time_count++] = time;
	perf->times = times;
	return 0;
}

static int configure(struct reader *reader, int count, char **words)
{
	struct perf *perf = reader->state;
	if (count == 2 && strcmp(words[0], "cpu") == 0)
		return configure_target(perf, false, words[1]);
	if (count == 2 && strcmp(words[0], "process") == 0)
		return configure_target(perf, true, words[1]);
	if (count == 2 && strcmp(words[0], "group") == 0)
		return configure_group(perf, words[1]);
	if (count == 8 && strcmp(words[0], "event") == 0)
		return configure_event(reader, words);
	if (count == 4 && strcmp(words[0], "time") == 0)
		return configure_time(reader, words);
	return -EINVAL;
}

/* The group with the most missing time stands for all groups. Groups are read one after another, so the times of two
 * groups must not be subtracted from each other. */
static void add_up_times(struct perf *perf)
{
	uint64_t missing = 0;
	perf->timed = true;
	for (uint32_t g = 0; g < perf->group_count; g++) {
		const struct perf_group *group = &perf->groups[g];
		perf->timed &= group->timed;
		if (group->enabled > perf->enabled)
			perf->enabled = group->enabled;
		if (group->enabled - group->running > missing)
			missing = group->enabled - group->running;
	}
	if (perf->enabled - missing > perf->running)
		perf->running = perf->enabled - missing;
}

static void put_times(struct perf *perf, struct cells *cells)
{
	add_up_times(perf);
	for (uint32_t i = 0; i < perf->time_count; i++) {
		const struct perf_time *time = &perf->times[i];
		const struct perf_group *group = &perf->groups[perf->events[time->event].group];
		if (!(time->any ? perf->timed : group->timed))
			cell_null(cells, time->column);
		else if (time->running)
			cell_put(cells, time->column, time->any ? perf->running : group->running);
		else
			cell_put(cells, time->column, time->any ? perf->enabled : group->enabled);
	}
}

static int read_perf(struct reader *reader, struct cells *cells)
{
	struct perf *perf = reader->state;
	for (uint32_t g = 0; g < perf->group_count; g++)
		perf_sum_group(perf, &perf->groups[g]);
	for (uint32_t e = 0; e < perf->event_count; e++) {
		const struct perf_event *event = &perf->events[e];
		const struct perf_group *group = &perf->groups[event->group];
		if (event->kept && group->valid)
			cell_put(cells, event->column, group->values[event->slot]);
		else if (event->kept)
			cell_null(cells, event->column);
	}
	if (perf->time_count)
		put_times(perf, cells);
	return 0;
}

static void close_perf(struct reader *reader)
{
	struct perf *perf = reader->state;
	perf_close_events(perf);
	free(perf->events);
	free(perf->times);
}

const struct reader_ops perf_reader = {
	.name = "perf",
	.state_bytes = sizeof(struct perf),
	.configure = configure,
	.open = perf_open,
	.read = read_perf,
	.close = close_perf,
};
