// SPDX-License-Identifier: Apache-2.0
/*
 * The fit of the device's clock, for clocks that drift, late drains, clocks that are set, and devices whose next sample
 * is always there. In every case the true time must be within the error that the fit states. clock_test
 */
#include "../../kernel/mlx5/card/device_clock.h"

#include <math.h>

#include "support.h"

#define RING_NS 5e6
#define PERIOD_NS 10e3
#define BEGIN_NS 1e12

struct course {
	const char *name;
	uint64_t khz;
	double ppb;
	double drain_ns, latency_ns, seconds;
	unsigned late_every; /* one of this many answers is late by late_ns; 0: none */
	double late_ns;
	bool ahead;	/* the next sample is never absent */
	double step_ns; /* the device's clock is set forward by this in the middle of the course */
	double max_ns; /* largest residual allowed at the end */
};

static const struct course courses[] = {
	{"nominal", 1000000, 0, 1.4e6, 64e3, 4, 0, 0, false, 0, 45e3},
	{"fast", 1000000, 100000, 1.4e6, 64e3, 4, 0, 0, false, 0, 45e3},
	{"slow", 156250, -100000, 1.4e6, 64e3, 4, 0, 0, false, 0, 45e3},
	{"longer than the window", 1000000, 20000, 10e6, 64e3, 60, 0, 0, false, 0, 45e3},
	{"commands that take no time", 1000000, 20000, 1.4e6, 2, 4, 0, 0, false, 0, 8e3},
	{"every third late by 3 ms", 1000000, 50000, 1.4e6, 64e3, 20, 3, 3e6, false, 0, 80e3},
	{"always ahead", 1000000, 20000, 1.4e6, 64e3, 4, 0, 0, true, 0, RING_NS},
	{"set forward", 1000000, 20000, 10e6, 64e3, 40, 0, 0, false, 1e6, 45e3},
	{"set back", 1000000, 20000, 10e6, 64e3, 40, 0, 0, false, -1e6, 45e3},
};

struct play {
	const struct course *course;
	struct device_clock clock;
	double now_ns; /* CLOCK_MONOTONIC */
	uint64_t newest; /* clocks */
};

static double step_at(const struct course *course)
{
	return BEGIN_NS + course->seconds * 1e9 / 2;
}

/* The time stamp of the last sample that was taken before this time. */
static uint64_t clock_at(const struct course *course, double ns)
{
	double shown = ns + (ns >= step_at(course) ? course->step_ns : 0);
	double samples = floor(shown * (1 + course->ppb * 1e-9) / PERIOD_NS);
	return (uint64_t)(samples * PERIOD_NS * (double)course->khz / 1e6);
}

static double truth(const struct course *course, double now_ns, uint64_t clock)
{
	double shown = (double)clock * 1e6 / (double)course->khz / (1 + course->ppb * 1e-9);
	return shown - (now_ns >= step_at(course) ? course->step_ns : 0);
}

/* The device answers in the middle of the command. */
static void drain_once(struct play *play, unsigned count)
{
	const struct course *course = play->course;
	uint64_t first = play->newest + (uint64_t)(PERIOD_NS * (double)course->khz / 1e6);
	double before = play->now_ns, late = course->late_every && count % course->late_every == 0 ? course->late_ns : 0;
	if (!course->ahead)
		device_clock_not_before(&play->clock, first, (uint64_t)(before - course->drain_ns));
	play->newest = clock_at(course, before + course->latency_ns / 2);
	device_clock_not_after(&play->clock, play->newest, (uint64_t)(before + course->latency_ns + late));
	device_clock_fit(&play->clock);
}

/* The second drain detects a clock that was set between two drains: a sample that should be there is absent. */
static void check(const struct play *play)
{
	double since_step = play->now_ns - step_at(play->course);
	if (play->course->step_ns != 0 && since_step >= 0 && since_step < 2 * play->course->drain_ns)
		return;
	double mapped = (double)device_clock_map(&play->clock, play->newest);
	double error = fabs(mapped - truth(play->course, play->now_ns, play->newest));
	CHECK(error <= play->clock.residual_ns + 1e3, "%s: the error is %.0f ns, the fit states %.0f, after %.3f s", play->course->name, error,
	      play->clock.residual_ns, (play->now_ns - BEGIN_NS) / 1e9);
	CHECK(play->clock.worst_ns >= play->clock.residual_ns, "%s: the worst residual is smaller than the last", play->course->name);
}

static void run(const struct course *course)
{
	struct play play = {.course = course, .now_ns = BEGIN_NS, .newest = clock_at(course, BEGIN_NS)};
	device_clock_init(&play.clock, course->khz, RING_NS * (double)course->khz / 1e6);
	for (unsigned count = 1; play.now_ns < BEGIN_NS + course->seconds * 1e9; count++) {
		play.now_ns += course->drain_ns;
		drain_once(&play, count);
		check(&play);
	}
	CHECK(play.clock.residual_ns <= course->max_ns, "%s: the fit states %.0f ns at the end", course->name, play.clock.residual_ns);
	double ppb = -play.clock.slope * 1e9;
	CHECK(course->ahead || fabs(ppb - course->ppb) < 4000, "%s: %.0f ppb, not %.0f", course->name, ppb, course->ppb);
	printf("ok %s: %.0f ns at the end\n", course->name, play.clock.residual_ns);
}

/* Before the first sample nothing is known and nothing is stated; a bound from before it does not count. */
static void test_empty(void)
{
	struct device_clock clock;
	device_clock_init(&clock, 1000000, 1e6);
	device_clock_not_before(&clock, 5, 5);
	device_clock_fit(&clock);
	CHECK(clock.count == 0 && clock.residual_ns == 0, "%u cells", clock.count);
	device_clock_not_after(&clock, 1000, 2000);
	device_clock_fit(&clock);
	CHECK(device_clock_map(&clock, 1000) == 2000 && clock.residual_ns == 1e6, "one sample: within the length of the ring");
	printf("ok one bound alone\n");
}

int main(void)
{
	test_empty();
	for (size_t i = 0; i < sizeof courses / sizeof *courses; i++)
		run(&courses[i]);
	return 0;
}
