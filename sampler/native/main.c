// SPDX-License-Identifier: Apache-2.0
/*
 * countersink-sampler reads counters on a schedule into a umem that Node made. For `countersink-sampler device` see
 * device.h.
 *
 *   fd 3   the plan, read to its end (plan.h)
 *   fd 4   the umem (layout.h)
 *
 * Exit status: 0 the schedule has ended, 1 failed, 2 the plan or the umem is not acceptable, 4 not permitted or not
 * available. An error is one line on stderr. This process may be the only one with privileges, so it takes no other
 * input.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "device.h"
#include "drain.h"
#include "follower.h"
#include "lane.h"
#include "priority.h"
#include "threads.h"
#include "umem.h"

enum { PLAN_FD = 3, UMEM_FD = 4, PLAN_MAX_BYTES = 16 << 20 };
enum { EXIT_PLAN = 2, EXIT_PERMISSION = 4 };

/* From here to the first tick; by then every thread has started. */
#define START_DELAY_NS 3000000
/* How often the statistics are refreshed and the sampler looks for a stop and for its parent. */
#define HOUSEKEEPING_NS 20000000

static struct plan plan;
static volatile sig_atomic_t signalled;
/* Set by the housekeeper alone, polled by every thread. */
static uint64_t stop_all;
/* CPU time that was spent before the schedule, to open the sources and to touch every page of the rings. */
static uint64_t setup_cpu_ns;

/* For our own refusals the texts of strerror would be misleading. */
static const char *text_of(int error)
{
	switch (error) {
	case EPROTO:
		return "not ours";
	case EILSEQ:
		return "of another layout; build the sampler and the rest together";
	case EMSGSIZE:
		return "truncated";
	default:
		return strerror(error);
	}
}

static int fail(int status, const char *where, const char *what, int error)
{
	fprintf(stderr, "countersink-sampler: %s%s%s: %s\n", where, what ? ": " : "", what ? what : "", text_of(error));
	return status;
}

static int status_of(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case EOPNOTSUPP:
	case EBADMSG:
	case EBUSY:
	case EREMOTEIO:
	case ETIMEDOUT:
		return EXIT_PERMISSION;
	default:
		return EXIT_FAILURE;
	}
}

static char *read_plan(void)
{
	size_t size = 0, capacity = 1 << 16;
	char *text = malloc(capacity + 1);
	while (text) {
		ssize_t got = read(PLAN_FD, text + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || size > PLAN_MAX_BYTES)
			break;
		if (got == 0) {
			text[size] = 0;
			return text;
		}
		size += (size_t)got;
		if (size == capacity) {
			char *larger = realloc(text, capacity * 2 + 1);
			if (!larger)
				break;
			text = larger;
			capacity *= 2;
		}
	}
	free(text);
	return NULL;
}

/* A reader may hold thousands of descriptors. The soft limit of 1,024 is meant for programs that use select(). */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* When a reader has a sentence of its own for what is wrong, that sentence is the message. */
static int refuse(const struct stream *stream, const struct reader *reader, int error)
{
	if (!reader->said)
		return fail(status_of(error), stream->name, reader->what ? reader->what : reader->ops->name, error);
	fprintf(stderr, "countersink-sampler: %s: %s\n", stream->name, reader->said);
	return status_of(error);
}

static int open_stream(struct stream *stream)
{
	for (uint32_t r = 0; r < stream->reader_count; r++) {
		struct reader *reader = &stream->readers[r];
		int error = reader->ops->open(reader);
		if (error)
			return refuse(stream, reader, -error);
	}
	int error = followers_create(stream);
	if (error)
		return fail(EXIT_FAILURE, stream->name, "followers", -error);
	error = drain_create(stream);
	return error ? fail(EXIT_FAILURE, stream->name, "outlet", -error) : 0;
}

static void on_signal(int number)
{
	(void)number;
	signalled = 1;
}

static void publish_statistics(const struct umem *umem)
{
	store_statistic(umem_word(umem, control_cpu_ns), clock_ns(CLOCK_PROCESS_CPUTIME_ID) - setup_cpu_ns);
}

/* This is a thread of its own, because a loop makes no system calls but those of its reads and sleeps. */
static void *housekeeping(void *argument)
{
	const struct umem *umem = argument;
	while (!load_statistic(&stop_all)) {
		publish_statistics(umem);
		bool orphaned = (uint64_t)getppid() != *umem_word(umem, control_parent);
		if (signalled || orphaned || load_from_consumer(umem_word(umem, control_stop)))
			store_for_consumer(&stop_all, 1);
		struct timespec pause = {0, HOUSEKEEPING_NS};
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void install_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* A stream that ended early or lost something is not a failure of the others. */
static void repeat_what_was_said(void)
{
	for (uint32_t s = 0; s < plan.stream_count; s++)
		for (uint32_t r = 0; r < plan.streams[s].reader_count; r++)
			if (plan.streams[s].readers[r].said)
				fprintf(stderr, "%s: %s\n", plan.streams[s].name, plan.streams[s].readers[r].said);
}

static int run_schedule(struct umem *umem)
{
	uint64_t granted = 0;
	if (mlockall(MCL_CURRENT) == 0)
		granted |= 1 << GRANT_LOCKED;
	if (plan.realtime && take_spinning_priority())
		granted |= 1 << GRANT_NICE;

	setup_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t start = now_ns() + START_DELAY_NS;
	struct schedule schedule = {
		.start_ns = start,
		.stop_ns = plan.duration_ns ? start + plan.duration_ns : UINT64_MAX,
		.wall_offset_ns = (int64_t)*umem_word(umem, control_wall_offset_ns),
		.stop = &stop_all,
	};
	int error = threads_start(&plan, &schedule, &granted);
	if (error)
		return fail(status_of(error), "thread", NULL, error);
	/* Again, for the stacks of the threads. */
	if (granted & 1 << GRANT_LOCKED)
		mlockall(MCL_CURRENT);
	pthread_t housekeeper;
	error = pthread_create(&housekeeper, NULL, housekeeping, umem);
	if (error)
		return fail(status_of(error), "thread", NULL, error);
	store_statistic(umem_word(umem, control_start_ns), start);
	store_statistic(umem_word(umem, control_granted), granted);
	store_for_consumer(umem_word(umem, control_state), STATE_RUNNING);

	threads_join(&plan, &schedule);
	repeat_what_was_said();
	if (granted & 1 << GRANT_REALTIME && threads_gave_way(&plan))
		fprintf(stderr, "a loop took nearly all of its CPU, so it went on without real-time priority\n");
	pthread_join(housekeeper, NULL);
	publish_statistics(umem);
	store_for_consumer(umem_word(umem, control_state), STATE_FINISHED);
	return 0;
}

/* A probe runs on the main thread. It moves to the CPU of the lane, because reading a counter of another CPU interrupts
 * that CPU. */
static int move_to(int cpu)
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	if (cpu < 0)
		return 0;
	CPU_SET((size_t)cpu, &cpus);
	return sched_setaffinity(0, sizeof cpus, &cpus) ? -errno : 0;
}

static int run_probe(struct umem *umem)
{
	for (uint32_t s = 0; s < plan.stream_count; s++) {
		struct stream *stream = &plan.streams[s];
		int error = move_to(stream->lane->cpu);
		if (error == 0)
			error = stream_probe(stream, plan.probe);
		if (error)
			return fail(status_of(-error), stream->name, "cannot be read", -error);
	}
	store_for_consumer(umem_word(umem, control_state), STATE_FINISHED);
	return 0;
}

static int prepare(struct umem *umem)
{
	unsigned line;
	/* It is never freed, since the plan points into it. */
	static char *text;
	text = read_plan();
	if (!text)
		return fail(EXIT_PLAN, "plan", "fd 3", errno);
	int error = plan_parse(&plan, text, &line);
	if (error) {
		char where[32];
		snprintf(where, sizeof where, "plan line %u", line);
		return fail(EXIT_PLAN, where, NULL, -error);
	}
	error = umem_map(umem, UMEM_FD);
	if (error)
		return fail(EXIT_PLAN, "umem", "fd 4", -error);
	for (uint32_t s = 0; s < plan.stream_count; s++) {
		error = umem_attach(umem, &plan.streams[s]);
		if (error)
			return fail(EXIT_PLAN, plan.streams[s].name, "ring", -error);
	}
	raise_descriptor_limit();
	/* This may take a second. It is done before anything is opened, because a device that samples by itself samples
	 * as soon as it is open. */
	umem_prefault(umem);
	for (uint32_t s = 0; s < plan.stream_count; s++) {
		int status = open_stream(&plan.streams[s]);
		if (status)
			return status;
	}
	return 0;
}

int main(int count, char **words)
{
	struct umem umem = {0};
	/* This is set here and not before exec, because the kernel clears it when a file with capabilities is
	 * executed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (count == 2 && strcmp(words[1], "device") == 0)
		return device_mode();
	/* Every thread inherits this: sleeps end on time, and not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	install_signals();
	int status = prepare(&umem);
	if (status == 0)
		status = plan.probe ? run_probe(&umem) : run_schedule(&umem);
	if (status && umem.base)
		store_for_consumer(umem_word(&umem, control_state), STATE_FAILED);
	/* After a failure a thread may still be reading, so the kernel cleans up. */
	if (status == 0)
		plan_free(&plan);
	return status;
}
