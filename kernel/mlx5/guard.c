// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* An exit status has 8 bits; errnos of drivers are below 134. */
enum { MOST_STATUS = 255 };

/* What the sampler says; a killed one says nothing, and then the pipe ends. The pipe of one guard is also held by those that were
 * started after it, so its end alone would let two of them wait for each other. */
static const char END = 'e';

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

static int restore_all(const struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	int error = 0;
	for (unsigned i = 0; i < count; i++) {
		int failed = transport_command(transport, &restore[i]);
		if (failed && !error)
			memcpy(guard->page->outbox, restore[i].out, sizeof guard->page->outbox);
		error = error ? error : failed;
	}
	return error;
}

static int wait_and_restore(const struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	char word;
	ssize_t got;
	do
		got = read(guard->pipe, &word, 1);
	while (got < 0 && errno == EINTR);
	int error = guard_is_foreign(guard, transport) ? 0 : restore_all(guard, transport, restore, count);
	return -error > MOST_STATUS ? MOST_STATUS : -error;
}

static int start_process(struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		ignore_signals();
		close(ends[1]);
		guard->pipe = ends[0];
		_exit(wait_and_restore(guard, transport, restore, count));
	}
	int error = pid < 0 ? -errno : 0;
	close(ends[0]);
	if (error)
		close(ends[1]);
	else
		guard->pid = pid, guard->pipe = ends[1];
	return error;
}

int guard_start(struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count)
{
	void *page = mmap(NULL, sizeof *guard->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	*guard = (struct guard){.page = page};
	int error = start_process(guard, transport, restore, count);
	if (error) {
		munmap(page, sizeof *guard->page);
		guard->page = NULL;
	}
	return error;
}

int guard_end(struct guard *guard, uint8_t *outbox)
{
	if (guard->pid == 0)
		return 0;
	/* It cannot fail: the pipe is empty and its reader waits. */
	ssize_t ignored = write(guard->pipe, &END, 1);
	(void)ignored;
	close(guard->pipe);
	int status = 0;
	while (waitpid(guard->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (outbox)
		memcpy(outbox, guard->page->outbox, sizeof guard->page->outbox);
	munmap(guard->page, sizeof *guard->page);
	*guard = (struct guard){0};
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
