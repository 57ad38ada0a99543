// SPDX-License-Identifier: Apache-2.0
/*
 * Opens the events of a reader, each for every thread of a process, in groups. Where the hardware has no room for one
 * more member, a new group starts.
 *
 * Threads and processes that a process starts inherit its events, and a read of a group adds them up. (Before Linux
 * 6.13 the kernel refuses that with PERF_FORMAT_GROUP for sampling events only; these do not sample.)
 */
#include "perf_open.h"

#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf_group.h"

static int list_threads(struct perf *perf)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/task", perf->id);
	DIR *directory = opendir(path);
	if (!directory)
		return errno == ENOENT ? -ESRCH : -errno;
	int error = 0;
	perf->target_count = 0;
	for (struct dirent *entry; !error && (entry = readdir(directory));) {
		uint64_t id;
		if (parse_u64(entry->d_name, &id))
			continue;
		int *threads = realloc(perf->threads, (perf->target_count + 1) * sizeof *threads);
		if (!threads)
			error = -ENOMEM;
		else {
			perf->threads = threads;
			threads[perf->target_count++] = (int)id;
		}
	}
	closedir(directory);
	return error ? error : perf->target_count ? 0 : -ESRCH;
}

static int open_member(const struct perf *perf, const struct perf_event *event, uint32_t target, int leader)
{
	struct perf_event_attr attr = {
		.size = sizeof attr,
		.type = event->type,
		.config = event->config[0],
		.config1 = event->config[1],
		.config2 = event->config[2],
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = leader < 0,
		.inherit = perf->process,
		.exclude_user = event->exclude == 'u',
		.exclude_kernel = event->exclude == 'k',
		/* To count the hypervisor takes another privilege on some machines, and means nothing on the others. */
		.exclude_hv = event->exclude != '-',
	};
	int pid = perf->process ? perf->threads[target] : -1;
	int cpu = perf->process ? -1 : perf->id;
	int fd = (int)syscall(SYS_perf_event_open, &attr, pid, cpu, leader, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void close_member(const struct perf *perf, struct perf_event *event)
{
	for (uint32_t t = 0; event->fds && t < perf->target_count; t++)
		if (event->fds[t] >= 0)
			close(event->fds[t]);
	free(event->fds);
	event->fds = NULL;
}

/* A thread that ends while its events are opened keeps none of them. */
static void drop_target(struct perf *perf, uint32_t target)
{
	for (uint32_t e = 0; e < perf->event_count; e++) {
		int *fds = perf->events[e].fds;
		if (!fds || fds[target] < 0)
			continue;
		close(fds[target]);
		fds[target] = -1;
	}
}

/* Opens the event for every target, in the group of leader (NULL: as a leader). Threads may end meanwhile. -ESRCH when
 * all have ended. */
static int open_event(struct perf *perf, struct perf_event *event, const struct perf_event *leader)
{
	uint32_t opened = 0;
	event->fds = malloc(perf->target_count * sizeof *event->fds);
	if (!event->fds)
		return -ENOMEM;
	memset(event->fds, -1, perf->target_count * sizeof *event->fds);
	for (uint32_t t = 0; t < perf->target_count; t++) {
		if (leader && leader->fds[t] < 0)
			continue;
		int fd = open_member(perf, event, t, leader ? leader->fds[t] : -1);
		/* ENODEV: the thread had a leader, and is about to end. */
		if (perf->process && (fd == -ESRCH || fd == -ENODEV)) {
			drop_target(perf, t);
			continue;
		}
		if (fd < 0) {
			close_member(perf, event);
			return fd;
		}
		event->fds[t] = fd;
		opened++;
	}
	if (opened)
		return 0;
	close_member(perf, event);
	return -ESRCH;
}

/* Puts event number e into the last group, or into a new group where it does not belong or fit there. A hardware PMU
 * answers EINVAL (x86) or ENOSPC (arm64) when the group could never be scheduled as a whole. */
static int place_event(struct perf *perf, uint32_t e)
{
	struct perf_event *event = &perf->events[e];
	struct perf_group *last = perf->group_count ? &perf->groups[perf->group_count - 1] : NULL;
	if (last && perf->events[last->leader].run == event->run && last->count < event->limit) {
		int error = open_event(perf, event, &perf->events[last->leader]);
		if (error == 0) {
			event->group = perf->group_count - 1;
			event->slot = last->count++;
		}
		if (error != -EINVAL && error != -ENOSPC)
			return error;
	}
	int error = open_event(perf, event, NULL);
	if (error)
		return error;
	perf->groups[perf->group_count] = (struct perf_group){.leader = e, .count = 1};
	event->group = perf->group_count++;
	event->slot = 0;
	return 0;
}

/* Returns 0, or why the group cannot be read. -ECHILD: a thread was started while two members were being opened, and
 * has inherited only one of them. */
static int enable_group(const struct perf *perf, const struct perf_group *group)
{
	uint64_t record[PERF_RECORD_HEAD + PERF_GROUP_MAX];
	const int *fds = perf->events[group->leader].fds;
	for (uint32_t t = 0; t < perf->target_count; t++) {
		if (fds[t] < 0)
			continue;
		if (ioctl(fds[t], PERF_EVENT_IOC_ENABLE, 0) || perf_read_group(fds[t], record, sizeof record) < 0)
			return -errno;
	}
	return 0;
}

void perf_close_events(struct perf *perf)
{
	/* Members first: a leader that is closed promotes them. */
	for (uint32_t e = perf->event_count; e-- > 0;)
		close_member(perf, &perf->events[e]);
	free(perf->groups);
	free(perf->threads);
	perf->groups = NULL;
	perf->threads = NULL;
	perf->group_count = 0;
}

static int open_all(struct perf *perf, const char **name)
{
	int error = perf->process ? list_threads(perf) : 0;
	perf->groups = calloc(perf->event_count, sizeof *perf->groups);
	if (error || !perf->groups)
		return error ? error : -ENOMEM;
	for (uint32_t e = 0; e < perf->event_count; e++) {
		*name = perf->events[e].name;
		error = place_event(perf, e);
		if (error)
			return error;
	}
	for (uint32_t g = 0; g < perf->group_count; g++) {
		*name = perf->events[perf->groups[g].leader].name;
		error = enable_group(perf, &perf->groups[g]);
		if (error)
			return error;
	}
	return 0;
}

static int paranoid_level(void)
{
	int level = -2;
	FILE *file = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	if (file && fscanf(file, "%d", &level) != 1)
		level = -2;
	if (file)
		fclose(file);
	return level;
}

/* Says what failed, and where a privilege is missing, which one and how to get it. */
static void explain(struct perf *perf, const char *name, int error)
{
	int used = snprintf(perf->what, sizeof perf->what, "perf:%s%d/%s", perf->process ? "pid" : "cpu", perf->id, name);
	if ((error != -EACCES && error != -EPERM) || used < 0 || (size_t)used >= sizeof perf->what)
		return;
	snprintf(perf->what + used, sizeof perf->what - (size_t)used,
		 " (kernel.perf_event_paranoid is %d and CAP_PERFMON is missing; try the setcap that countersink doctor "
		 "prints, or sudo sysctl kernel.perf_event_paranoid=%d%s)",
		 paranoid_level(), perf->process ? 1 : 0,
		 perf->process ? ", or append :u to the event to count user mode only" : "");
}

int perf_open(struct reader *reader)
{
	struct perf *perf = reader->state;
	const char *name = "";
	if (perf->target_count == 0 || perf->event_count == 0)
		return -EINVAL;
	int error, tries = ECHILD_TRIES;
	do {
		perf_close_events(perf);
		error = open_all(perf, &name);
	} while (error == -ECHILD && --tries);
	if (error) {
		explain(perf, name, error);
		reader->what = perf->what;
	}
	return error;
}
