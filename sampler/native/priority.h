// SPDX-License-Identifier: Apache-2.0
/*
 * The priority of a thread that spins. Under SCHED_FIFO it would be throttled for 50 ms of each second, so it has nice
 * -20. Where the kernel groups tasks by session (sched_autogroup_enabled), nice counts only within the session. So the
 * session has a nice value of its own: without it a busy loop of another session took half of the CPU (measured).
 */
#ifndef COUNTERSINK_PRIORITY_H
#define COUNTERSINK_PRIORITY_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sets it for this thread and for those that it makes afterwards. False when the kernel does not grant it. */
static inline bool take_spinning_priority(void)
{
	static const char nice_value[] = "-20";
	if (setpriority(PRIO_PROCESS, 0, -20))
		return false;
	/* In a session of our own; otherwise the priority of the whole terminal would rise. It fails, without harm,
	 * when we lead a session. */
	setsid();
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		/* Kernels without autogroups do not have this file. If it is refused, what setpriority gave remains. */
		ssize_t ignored = write(fd, nice_value, sizeof nice_value - 1);
		(void)ignored;
		close(fd);
	}
	return true;
}

#endif
