// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* An exit status has 8 bits; errnos of drivers are below 134. */
enum { MOST_STATUS = 255 };

/* What the sampler says; a killed one says nothing, and then the pipe ends. The pipe of one guard is also held by those that were
 * started after it, so its end alone would let two of them wait for each other. */
enum { RESTORE = 'r', LEAVE = 'l' };

/* A terminal's Ctrl-C and a service manager's SIGTERM reach every process: this one ends when the sampler has. */
static void ignore_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_NAME, "countersink-put");
	setsid();
}

static int restore_all(const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	int error = 0;
	for (unsigned i = 0; i < count; i++) {
		int failed = transport_command(transport, &restore[i]);
		error = error ? error : failed;
	}
	return error;
}

static int wait_and_restore(int pipe, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	char word;
	ssize_t got;
	do
		got = read(pipe, &word, 1);
	while (got < 0 && errno == EINTR);
	int error = got == 1 && word == LEAVE ? 0 : restore_all(transport, restore, count);
	return -error > MOST_STATUS ? MOST_STATUS : -error;
}

int guard_start(struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		ignore_signals();
		close(ends[1]);
		_exit(wait_and_restore(ends[0], transport, restore, count));
	}
	int error = pid < 0 ? -errno : 0;
	close(ends[0]);
	if (error)
		close(ends[1]);
	else
		*guard = (struct guard){pid, ends[1]};
	return error;
}

int guard_end(struct guard *guard, bool leave)
{
	if (guard->pid == 0)
		return 0;
	/* It cannot fail: the pipe is empty and its reader waits. */
	const char word = leave ? LEAVE : RESTORE;
	ssize_t ignored = write(guard->pipe, &word, 1);
	(void)ignored;
	close(guard->pipe);
	int status = 0;
	while (waitpid(guard->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	guard->pid = 0;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
