// SPDX-License-Identifier: Apache-2.0
/*
 * countersink-sampler: reads counters on a schedule into a umem that Node made.
 *
 *   fd 3   the plan, read to its end (plan.h)
 *   fd 4   the umem (layout.h)
 *
 * Exit status: 0 the schedule ended, 1 failed, 2 the plan or the umem is not acceptable, 4 not permitted or not available.
 * Errors are one line on stderr. The process holds whatever privileges there are, so it takes no other input.
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
#include "follower.h"
#include "lane.h"

enum { PLAN_FD = 3, UMEM_FD = 4, PLAN_MAX_BYTES = 16 << 20, STACK_BYTES = 256 << 10 };
enum { EXIT_PLAN = 2, EXIT_PERMISSION = 4 };

/* After the longest wait for the threads, the first tick. */
#define START_DELAY_NS 3000000
/* How often the statistics are refreshed, and how soon a stop or an orphaned sampler is noticed. */
#define HOUSEKEEPING_NS 20000000
#define FIFO_PRIORITY 50
#define SPIN_NICE (-20)
/* A thread that spins for most of its time would be throttled for 50 ms of each second under SCHED_FIFO. */
#define SPINNING_PERIOD_NS 25000

struct umem {
	char *base;
	size_t bytes;
};

static struct plan plan;
static struct lane_run runs[PLAN_MAX_LANES];
static pthread_t lane_threads[PLAN_MAX_LANES];
static volatile sig_atomic_t signalled;
/* Set by the housekeeper alone; what every thread polls. */
static uint64_t stop_all;
static pid_t parent;
/* CPU time spent before the schedule: on opening, and on touching every page of the rings. */
static uint64_t setup_cpu_ns;

static int fail(int status, const char *where, const char *what, int error)
{
	fprintf(stderr, "countersink-sampler: %s%s%s: %s\n", where, what ? ": " : "", what ? what : "", strerror(error));
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

/* Touches every page for writing, so that no tick pays for a page fault. */
static void prefault(struct umem *umem)
{
	if (madvise(umem->base, umem->bytes, MADV_POPULATE_WRITE) == 0)
		return;
	for (size_t at = 0; at < umem->bytes; at += UMEM_PAGE)
		__atomic_fetch_add((uint64_t *)(void *)(umem->base + at), 0, __ATOMIC_RELAXED);
}

static int map_umem(struct umem *umem)
{
	struct stat file;
	if (fstat(UMEM_FD, &file))
		return -errno;
	if (file.st_size < UMEM_CONTROL_BYTES)
		return -EMSGSIZE;
	umem->bytes = (size_t)file.st_size;
	umem->base = mmap(NULL, umem->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, UMEM_FD, 0);
	if (umem->base == MAP_FAILED)
		return -errno;
	if (load_from_consumer(word_at(umem->base, control_magic)) != UMEM_MAGIC)
		return -EPROTO;
	if (*word_at(umem->base, control_hash) != layout_hash())
		return -EILSEQ;
	if (*word_at(umem->base, control_bytes) != umem->bytes)
		return -EMSGSIZE;
	return 0;
}

static int attach_stream(struct stream *stream, const struct umem *umem)
{
	if (stream->ring_offset < UMEM_CONTROL_BYTES || stream->ring_bytes > umem->bytes ||
	    stream->ring_offset > umem->bytes - stream->ring_bytes)
		return -EMSGSIZE;
	return ring_attach(&stream->ring, umem->base + stream->ring_offset, stream->ring_bytes, stream->columns,
			   stream->period_ns);
}

static int open_stream(struct stream *stream)
{
	for (uint32_t r = 0; r < stream->reader_count; r++) {
		struct reader *reader = &stream->readers[r];
		int error = reader->ops->open(reader);
		if (error)
			return fail(status_of(-error), stream->name, reader->what ? reader->what : reader->ops->name, -error);
	}
	int error = followers_create(stream);
	return error ? fail(EXIT_FAILURE, stream->name, "followers", -error) : 0;
}

static uint64_t shortest_period(const struct lane *lane)
{
	uint64_t period = lane->streams[0].period_ns;
	for (uint32_t s = 1; s < lane->stream_count; s++)
		if (lane->streams[s].period_ns < period)
			period = lane->streams[s].period_ns;
	return period;
}

static bool spins(uint64_t period_ns)
{
	return plan.wait == WAIT_SPIN || (plan.wait == WAIT_HYBRID && period_ns <= SPINNING_PERIOD_NS);
}

static int start_thread(pthread_t *thread, int cpu, uint64_t period_ns, void *(*run)(void *), void *argument,
			uint64_t *granted)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	if (cpu >= 0) {
		CPU_SET((size_t)cpu, &cpus);
		pthread_attr_setaffinity_np(&attributes, sizeof cpus, &cpus);
		*granted |= 1 << GRANT_PINNED;
	}
	bool fifo = plan.realtime && !spins(period_ns);
	if (fifo) {
		struct sched_param priority = {.sched_priority = FIFO_PRIORITY};
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		pthread_attr_setschedparam(&attributes, &priority);
	}
	int error = pthread_create(thread, &attributes, run, argument);
	if (error == 0 && fifo)
		*granted |= 1 << GRANT_REALTIME;
	if (error == EPERM && fifo) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_INHERIT_SCHED);
		error = pthread_create(thread, &attributes, run, argument);
	}
	pthread_attr_destroy(&attributes);
	return error;
}

static int start_lane(struct lane *lane, struct lane_run *run, uint64_t *granted)
{
	uint64_t period = shortest_period(lane);
	run->lane = lane;
	run->stop = &stop_all;
	waiter_init(&run->waiter, plan.wait, period, &stop_all);
	for (uint32_t s = 0; s < lane->stream_count; s++) {
		struct stream *stream = &lane->streams[s];
		for (uint32_t f = 0; f < stream->follower_count; f++) {
			struct follower *follower = &stream->followers[f];
			follower->start_ns = run->start_ns;
			follower->stop_ns = run->stop_ns;
			waiter_init(&follower->waiter, plan.wait, stream->period_ns, &stop_all);
			int error = start_thread(&follower->thread, follower->cpu, stream->period_ns, follower_run, follower,
						 granted);
			if (error)
				return error;
		}
	}
	return start_thread(&lane_threads[lane - plan.lanes], lane->cpu, period, lane_run, run, granted);
}

static void join_lane(const struct lane *lane)
{
	pthread_join(lane_threads[lane - plan.lanes], NULL);
	/* A follower may sleep until its next tick; its lane has ended the schedule for it. */
	store_for_consumer(&stop_all, 1);
	for (uint32_t s = 0; s < lane->stream_count; s++)
		for (uint32_t f = 0; f < lane->streams[s].follower_count; f++)
			pthread_join(lane->streams[s].followers[f].thread, NULL);
}

static void on_signal(int number)
{
	(void)number;
	signalled = 1;
}

static void publish_statistics(const struct umem *umem)
{
	store_statistic(word_at(umem->base, control_cpu_ns), clock_ns(CLOCK_PROCESS_CPUTIME_ID) - setup_cpu_ns);
	store_statistic(word_at(umem->base, control_heartbeat_ns), now_ns());
}

/* Not the loop: the loop makes no system call but its reads and its sleeps. */
static void *housekeeping(void *argument)
{
	const struct umem *umem = argument;
	while (!load_statistic(&stop_all)) {
		publish_statistics(umem);
		bool orphaned = getppid() != parent;
		if (signalled || orphaned || load_from_consumer(word_at(umem->base, control_stop)))
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
	signal(SIGPIPE, SIG_IGN);
}

static int run_schedule(struct umem *umem)
{
	uint64_t granted = 0;
	if (mlockall(MCL_CURRENT) == 0)
		granted |= 1 << GRANT_LOCKED;
	if (plan.realtime && setpriority(PRIO_PROCESS, 0, SPIN_NICE) == 0)
		granted |= 1 << GRANT_NICE;

	setup_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t start = now_ns() + START_DELAY_NS;
	uint64_t stop = plan.duration_ns ? start + plan.duration_ns : UINT64_MAX;
	for (uint32_t l = 0; l < plan.lane_count; l++) {
		runs[l].start_ns = start;
		runs[l].stop_ns = stop;
		runs[l].wall_offset_ns = (int64_t)*word_at(umem->base, control_wall_offset_ns);
		int error = start_lane(&plan.lanes[l], &runs[l], &granted);
		if (error)
			return fail(status_of(error), "thread", NULL, error);
	}
	/* Once more for the stacks of the threads. */
	if (granted & 1 << GRANT_LOCKED)
		mlockall(MCL_CURRENT);
	pthread_t housekeeper;
	int error = pthread_create(&housekeeper, NULL, housekeeping, umem);
	if (error)
		return fail(status_of(error), "thread", NULL, error);
	store_statistic(word_at(umem->base, control_start_ns), start);
	store_statistic(word_at(umem->base, control_granted), granted);
	store_for_consumer(word_at(umem->base, control_state), STATE_RUNNING);

	for (uint32_t l = 0; l < plan.lane_count; l++)
		join_lane(&plan.lanes[l]);
	pthread_join(housekeeper, NULL);
	publish_statistics(umem);
	store_statistic(word_at(umem->base, control_end_ns), now_ns());
	store_for_consumer(word_at(umem->base, control_state), STATE_FINISHED);
	return 0;
}

/* A probe runs on the main thread, which goes to the CPU of the lane: a counter of another CPU costs an interrupt there. */
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
	for (uint32_t l = 0; l < plan.lane_count; l++) {
		int error = move_to(plan.lanes[l].cpu);
		if (error == 0)
			error = lane_probe(&plan.lanes[l], plan.probe);
		if (error)
			return fail(status_of(-error), "probe", NULL, -error);
	}
	store_for_consumer(word_at(umem->base, control_state), STATE_FINISHED);
	return 0;
}

static int prepare(struct umem *umem)
{
	unsigned line;
	char *text = read_plan();
	if (!text)
		return fail(EXIT_PLAN, "plan", "fd 3", errno);
	int error = plan_parse(&plan, text, &line);
	if (error) {
		char where[32];
		snprintf(where, sizeof where, "plan line %u", line);
		return fail(EXIT_PLAN, where, NULL, -error);
	}
	error = map_umem(umem);
	if (error)
		return fail(EXIT_PLAN, "umem", "fd 4", -error);
	for (uint32_t s = 0; s < plan.stream_count; s++) {
		error = attach_stream(&plan.streams[s], umem);
		if (error)
			return fail(EXIT_PLAN, plan.streams[s].name, "ring", -error);
	}
	for (uint32_t s = 0; s < plan.stream_count; s++) {
		int status = open_stream(&plan.streams[s]);
		if (status)
			return status;
	}
	prefault(umem);
	return 0;
}

int main(void)
{
	struct umem umem = {0};
	parent = getppid();
	/* Set here, after exec: the kernel clears it when a file with capabilities is executed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Inherited by every thread: wake when asked, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	install_signals();
	int status = prepare(&umem);
	if (status == 0)
		status = plan.probe ? run_probe(&umem) : run_schedule(&umem);
	if (status && umem.base)
		store_for_consumer(word_at(umem.base, control_state), STATE_FAILED);
	return status;
}
