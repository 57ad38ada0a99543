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
enum { MAX_STATUS = 255 };

/* Asks the guard to end. Closing the pipe is not enough: guards that were started later hold the same end, so two
 * guards would wait for each other. */
static const char END = 'e';

/* Ctrl-C and the SIGTERM of a service manager reach every process of the group. The guard must outlive the sampler. */
static void ignore_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_NAME, "countersink-put");
	setsid();
}

/* Step 6. */
static int restore_ours(const struct guard *guard)
{
	int error = 0;
	if (guard_is_foreign(guard))
		return 0;
	for (unsigned i = 0; i < guard->count; i++) {
		int failed = transport_command(guard->transport, &guard->restore[i]);
		if (failed && !error)
			memcpy(guard->page->outbox, guard->restore[i].out, sizeof guard->page->outbox);
		error = error ? error : failed;
	}
	return error;
}

static int wait_and_restore(const struct guard *guard)
{
	char word;
	ssize_t got;
	do
		got = read(guard->pipe, &word, 1);
	while (got < 0 && errno == EINTR);
	int error = restore_ours(guard);
	return -error > MAX_STATUS ? MAX_STATUS : -error;
}

static int start_process(struct guard *guard)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		ignore_signals();
		close(ends[1]);
		guard->pipe = ends[0];
		_exit(wait_and_restore(guard));
	}
	int error = pid < 0 ? -errno : 0;
	close(ends[0]);
	if (error)
		close(ends[1]);
	else
		guard->pid = pid, guard->pipe = ends[1];
	return error;
}

int guard_start(struct guard *guard, struct transport *transport, const struct mailbox *restore, unsigned count)
{
	void *page = mmap(NULL, sizeof *guard->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	*guard = (struct guard){.page = page, .transport = transport, .restore = restore, .count = count};
	int error = start_process(guard);
	if (error) {
		munmap(page, sizeof *guard->page);
		guard->page = NULL;
	}
	return error;
}

void guard_remember(struct guard *guard)
{
	owner_remember(&guard->page->mark, guard->transport);
}

bool guard_is_foreign(const struct guard *guard)
{
	return guard->page && owner_is_foreign(&guard->page->mark, guard->transport);
}

int guard_end(struct guard *guard, uint8_t *outbox, bool *killed)
{
	if (killed)
		*killed = false;
	if (guard->pid == 0)
		return 0;
	/* This fails where the guard was killed; waitpid() tells. */
	ssize_t ignored = write(guard->pipe, &END, 1);
	(void)ignored;
	close(guard->pipe);
	int status = 0;
	while (waitpid(guard->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	int error = WIFEXITED(status) ? -WEXITSTATUS(status) : restore_ours(guard);
	if (killed)
		*killed = !WIFEXITED(status);
	if (outbox)
		memcpy(outbox, guard->page->outbox, sizeof guard->page->outbox);
	munmap(guard->page, sizeof *guard->page);
	*guard = (struct guard){0};
	return error;
}
