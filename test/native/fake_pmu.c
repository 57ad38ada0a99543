// SPDX-License-Identifier: Apache-2.0
/*
 * Simulates a hardware PMU on machines without one. It is preloaded into the sampler, answers for events of type
 * PERF_TYPE_HARDWARE and passes all other calls on. It has two counters, so a third member of a group is refused. The
 * Nth read of a group returns N * 1000 ns of time enabled, and config * 1,000,000 + N for each member. The config of
 * the leader selects what happens:
 *
 *   0   the group counts half of the time
 *   2   the group never counts
 *   4   the group always counts, but every tenth read is refused once, as when a thread exits
 *   6   the CPU of the group goes offline after 20 reads
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { MAX_FDS = 1024, ROOM = 2, NS_A_READ = 1000, ONLINE_READS = 20 };

static struct {
	int fake, refused;
	uint64_t reads, members, config[ROOM];
} events[MAX_FDS];

static int is_fake(int fd)
{
	return fd >= 0 && fd < MAX_FDS && events[fd].fake;
}

static int open_fake(const struct perf_event_attr *attr, int leader)
{
	if (leader >= 0 && events[leader].members == ROOM) {
		errno = EINVAL;
		return -1;
	}
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || fd >= MAX_FDS)
		return -1;
	memset(&events[fd], 0, sizeof events[fd]);
	events[fd].fake = 1;
	int group = leader < 0 ? fd : leader;
	events[group].config[events[group].members++] = attr->config;
	return fd;
}

long syscall(long number, ...)
{
	long a[6];
	va_list list;
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	const struct perf_event_attr *attr = (const void *)a[0];
	if (number == SYS_perf_event_open && attr->type == PERF_TYPE_HARDWARE)
		return open_fake(attr, (int)a[3]);
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	if (is_fake(fd))
		return 0;
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, argument);
}

ssize_t read(int fd, void *buffer, size_t bytes)
{
	if (!is_fake(fd)) {
		ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
		return real(fd, buffer, bytes);
	}
	uint64_t leader = events[fd].config[0];
	if (leader == 4 && events[fd].reads % 10 == 9 && !events[fd].refused++) {
		errno = ECHILD;
		return -1;
	}
	events[fd].refused = 0;
	uint64_t n = ++events[fd].reads;
	uint64_t online = leader == 6 && n > ONLINE_READS ? ONLINE_READS : n;
	uint64_t enabled = online * NS_A_READ;
	uint64_t record[3 + ROOM] = {events[fd].members, enabled, leader == 0 ? enabled / 2 : leader == 2 ? 0 : enabled};
	for (uint64_t i = 0; i < events[fd].members; i++)
		record[3 + i] = events[fd].config[i] * 1000000 + n;
	size_t size = (3 + events[fd].members) * sizeof *record;
	if (bytes < size) {
		errno = ENOSPC;
		return -1;
	}
	memcpy(buffer, record, size);
	return (ssize_t)size;
}
