// SPDX-License-Identifier: Apache-2.0
/*
 * The priority of a thread that spins. SCHED_FIFO would be throttled for 50 ms of each second, so it is nice -20; and where
 * the kernel groups tasks by session (sched_autogroup_enabled), nice counts only within the session, so the session needs a
 * nice value of its own: without it a busy loop of another session took half of the CPU (measured).
 */
#ifndef COUNTERSINK_PRIORITY_H
#define COUNTERSINK_PRIORITY_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

/* For this thread and those it makes afterwards. False where the kernel does not grant it. */
static inline bool take_spinning_priority(void)
{
	static const char nice_value[] = "-20";
	if (setpriority(PRIO_PROCESS, 0, -20))
		return false;
	/* A session of our own, or the whole terminal would rise with us. Fails harmlessly where we lead one already. */
	setsid();
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		/* Kernels without autogroups have no such file, and a refusal leaves what setpriority gave. */
		ssize_t ignored = write(fd, nice_value, sizeof nice_value - 1);
		(void)ignored;
		close(fd);
	}
	return true;
}

#endif
