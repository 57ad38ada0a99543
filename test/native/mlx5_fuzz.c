// SPDX-License-Identifier: Apache-2.0
/*
 * Tests the drain of diagnostic counters against the model of the firmware, in virtual time. mlx5_fuzz [STEPS] [SEED]
 *
 * Each episode draws a card, a sampling and faults at random, and drains at random intervals of up to many rings. Then
 * these hold:
 *
 *   truth     row k of the recording is attempt base + k of the device, cell by cell
 *   account   every attempt is a row or in a gap; an attempt that the device took is not in a gap `device_skipped`, and one that it
 *             did not take is not a row
 *   clock     rows are in order; the time of each is the time of the device's clock, within the error that the fit states and a
 *             margin; the distance of two neighbours is that of the device's clock, within 5 %
 *   liveness  if drains are in time and nothing fails, only what the device skipped is missing
 *   once      if the ring is filled once, tick 0 is the first sample, however late the first drain is, and nothing is late
 */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "../../kernel/mlx5/diagnostics/mlx5_drain.h"
#include "../../sampler/native/drain.h"
#include "../device/model/internal.h"
#include "schedule.h"

/* The only clock in this process. */
static uint64_t virtual_ns;
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	t->tv_sec = (time_t)(virtual_ns / NS_PER_S);
	t->tv_nsec = (long)(virtual_ns % NS_PER_S);
	return 0;
}

struct episode {
	struct fw card;
	struct chance chance;
	struct schedule *schedule;
	struct mlx5_drain *drain;
	uint32_t counters, log_samples, log_period;
	uint64_t latency_ns;
	bool known;
	uint64_t session;
	uint64_t base; /* attempt of tick 0 */
	int64_t last_ts;
	uint64_t last_tick, last_clock;
	double said_ns; /* the largest residual since rows were last checked */
	double worst_ns;
	bool single, foreign; /* foreign: another owner started the sampling */
	bool in_time, hopeless; /* hopeless: a command takes longer than the ring lasts, which no plan allows */
};

static int command(const struct transport *transport, const struct mailbox *mailbox)
{
	struct episode *episode = transport->context;
	uint64_t half = episode->latency_ns / 2 + draw_below(&episode->chance, episode->latency_ns / 2 + 1);
	virtual_ns += half;
	int said = fw_command(&episode->card, virtual_ns, 1, FW_MLX5CTL, mailbox->in, mailbox->in_bytes, mailbox->out,
			      mailbox->out_bytes);
	virtual_ns += half;
	return said;
}

static const struct transport_ops model_transport = {.name = "model", .max_bytes = 2 << 20, .command = command};

static const struct fw_session *session_of(const struct episode *episode)
{
	return fw_session(&episode->card, episode->session);
}

/* Index of the sample of this attempt; UINT64_MAX when the device did not take it. */
static uint64_t index_of(const struct episode *episode, uint64_t attempt)
{
	const struct fw_session *session = session_of(episode);
	if (session->skip_run == 0)
		return attempt;
	uint64_t kept = session->skip_every - session->skip_run, within = attempt % session->skip_every;
	return within < kept ? attempt / session->skip_every * kept + within : UINT64_MAX;
}

static struct fw_sample sample_of(const struct episode *episode, uint64_t tick)
{
	uint64_t index = index_of(episode, episode->base + tick);
	CHECK(index != UINT64_MAX, "tick %" PRIu64 " is a row, but the device did not take it", tick);
	return fw_sample_at(session_of(episode), index);
}

static uint64_t expect_value(void *context, uint64_t tick, uint32_t column, bool *null)
{
	const struct episode *episode = context;
	struct fw_sample sample = sample_of(episode, tick);
	*null = false;
	return fw_value(session_of(episode), &sample, fw_counters[column].id);
}

/* The true time at which the device's clock showed this value. */
static double true_ns(const struct episode *episode, uint64_t clock)
{
	const struct fw_config *config = &episode->card.config;
	double rate = config->frequency_khz * (1e9 + config->clock_drift_ppb) / 1e15;
	return (double)(clock - config->clock_offset) / rate;
}

static uint64_t period_in_ns(const struct episode *episode)
{
	uint32_t factor = episode->card.faults.period_factor;
	return ((factor ? factor : 1ULL) << episode->log_period) * 1000000 / episode->card.config.frequency_khz;
}

static uint64_t rings_ns(const struct episode *episode, uint64_t rings)
{
	return rings * period_in_ns(episode) << episode->log_samples;
}

/* Also when the fit moves, the distance of two rows is that of the device's clock, within the correction allowed per
 * row. */
static void check_step(struct episode *episode, uint64_t tick, int64_t ts, uint64_t clock)
{
	double said = (double)(ts - episode->last_ts), passed = true_ns(episode, clock) - true_ns(episode, episode->last_clock);
	bool follows = episode->last_ts && tick == episode->last_tick + 1;
	CHECK(!follows || fabs(said - passed) < 0.052 * passed + 4, "tick %" PRIu64 " is %.0f ns after the one before it, not %.0f", tick, said, passed);
	episode->last_ts = ts;
	episode->last_tick = tick;
	episode->last_clock = clock;
}

static void check_row(void *context, uint64_t tick, int64_t ts, uint32_t read_ns)
{
	struct episode *episode = context;
	CHECK(read_ns == 0, "tick %" PRIu64 " took %u ns", tick, read_ns);
	CHECK(ts > episode->last_ts, "tick %" PRIu64 " is not later than the row before it", tick);
	check_step(episode, tick, ts, sample_of(episode, tick).clock);
	double error = (double)ts - true_ns(episode, sample_of(episode, tick).clock);
	error = error < 0 ? -error : error;
	double said = episode->said_ns;
	double max = (episode->hopeless ? 8 : 2) * (double)episode->latency_ns + (double)period_in_ns(episode) + 3 * said + 2000;
	CHECK(error < max, "tick %" PRIu64 " has an error of %.0f ns, the fit states %.0f; period %" PRIu64 ", ring of %u, latency %" PRIu64, tick,
	      error, said, period_in_ns(episode), 1U << episode->log_samples, episode->latency_ns);
	episode->worst_ns = error > episode->worst_ns ? error : episode->worst_ns;
}

static void check_gap(void *context, const struct gap *gap)
{
	const struct episode *episode = context;
	if (gap->reason != GAP_DEVICE_SKIPPED)
		return;
	for (uint64_t tick = gap->first_tick; tick < gap->first_tick + gap->ticks; tick++)
		CHECK(index_of(episode, episode->base + tick) == UINT64_MAX, "tick %" PRIu64 " (%" PRIu64 " of %" PRIu64 ", ring %u) was taken and is in a gap device_skipped",
		      tick, tick - gap->first_tick, gap->ticks, 1U << episode->log_samples);
}

static void draw_faults(struct episode *episode)
{
	struct chance *chance = &episode->chance;
	struct fw_faults *faults = &episode->card.faults;
	uint64_t period = 1ULL << episode->log_period;
	faults->first_sample_id = (uint32_t)draw_below(chance, 65536);
	if (draw_below(chance, 8) == 0)
		faults->period_factor = 1 + (uint32_t)draw_below(chance, episode->log_period < 16 ? 100 : 2);
	/* Not both: a slow device that skips nearly all samples is silent for so long that it cannot be told from
	 * one that stopped. */
	if (faults->period_factor < 3 && draw_below(chance, 3) == 0) {
		faults->skip_every = 2 + (uint32_t)draw_below(chance, 400);
		faults->skip_run = 1 + (uint32_t)draw_below(chance, faults->skip_every < 60 ? faults->skip_every - 1 : 60);
	}
	if (draw_below(chance, 3) == 0)
		faults->jitter_clocks = (uint32_t)draw_below(chance, period / 3);
	if (draw_below(chance, 3) == 0) {
		faults->late_every = 1 + (uint32_t)draw_below(chance, 50);
		faults->late_clocks = (uint32_t)draw_below(chance, period / 3);
	}
}

/* Writes the plan with the bytes of SET_DIAGNOSTIC_PARAMS: repetitive or single, enabled. */
static char *plan_of(const struct episode *episode)
{
	char *text, set[1024], ours[1280];
	int at = snprintf(set, sizeof set, "0820000000000000%04x00%02x%s0000%02x%032d", episode->counters, episode->log_samples,
			  episode->single ? "84" : "44", episode->log_period, 0);
	char columns[4096] = "";
	for (uint32_t i = 0; i < episode->counters; i++) {
		at += snprintf(set + at, sizeof set - (size_t)at, "0000%04x", fw_counters[i].id);
		size_t used = strlen(columns);
		snprintf(columns + used, sizeof columns - used, "set column %u %u\n", i, fw_counters[i].id);
	}
	snprintf(ours, sizeof ours, "set start %s\nset restore 0820%060d\n", set, 0);
	uint32_t places = 1U << episode->log_samples;
	int length = asprintf(&text,
			      "reader mlx5_drain -1\nset device fwctl /dev/fwctl/fwctl0 1 2\n%s"
			      "set query 08210000000000000000000000000000\n%sset ring %u %u %u %u 1000 %u\n%s",
			      ours, episode->single ? "set single\n" : "", episode->log_samples, episode->counters, episode->log_period,
			      episode->card.config.frequency_khz, places > 4 ? places / 3 : 1, columns);
	CHECK(length > 0, "no memory");
	return text;
}

/* Another owner set the device at some time before. */
static void start_foreign(struct episode *episode, char *text)
{
	char *start = strstr(text, "set start "), *end = strchr(start, '\n'), *behind = strstr(end, "set query");
	uint8_t in[512], out[16];
	uint32_t bytes = 0;
	for (const char *at = start + 10; at < end; at += 2)
		sscanf(at, "%2hhx", &in[bytes++]);
	memmove(start, behind, strlen(behind) + 1);
	CHECK(fw_command(&episode->card, virtual_ns, 2, FW_MLX5CTL, in, bytes, out, sizeof out) == 0 && out[0] == 0, "status %x", out[0]);
	virtual_ns += draw_below(&episode->chance, (5 * period_in_ns(episode) << episode->log_samples) / 4);
}

static void begin_episode(struct episode *episode, uint64_t seed, bool single, bool foreign)
{
	memset(episode, 0, sizeof *episode);
	episode->single = single;
	episode->session = 1;
	episode->foreign = foreign;
	episode->chance.state = mix(seed);
	struct chance *chance = &episode->chance;
	virtual_ns = NS_PER_S + draw_below(chance, 1000 * NS_PER_S);
	struct fw_config config;
	fw_default_config(&config);
	config.seed = seed;
	config.clock_offset = draw(chance) >> 8;
	config.clock_drift_ppb = (int32_t)draw_below(chance, 200001) - 100000;
	config.frequency_khz = draw_below(chance, 2) ? 1000000 : 156250;
	fw_init(&episode->card, &config, virtual_ns);
	episode->counters = 1 + (uint32_t)draw_below(chance, 4);
	episode->log_samples = 3 + (uint32_t)draw_below(chance, 8);
	episode->log_period = 10 + (uint32_t)draw_below(chance, 12);
	episode->latency_ns = 2 + draw_below(chance, 100000);
	draw_faults(episode);
	char *text = plan_of(episode);
	if (foreign)
		start_foreign(episode, text);
	struct schedule *schedule = make_schedule(episode->counters, 1000, text);
	free(text);
	episode->schedule = schedule;
	schedule->consumer.context = episode;
	schedule->consumer.expect = expect_value;
	schedule->consumer.row = check_row;
	schedule->consumer.gap = check_gap;
	struct reader *reader = schedule->stream->readers;
	episode->drain = reader->state;
	episode->drain->query.transport = (struct transport){.ops = &model_transport, .context = episode};
	CHECK(drain_create(schedule->stream) == 0, "no memory");
	CHECK(reader->ops->open(reader) == 0, "%s", reader->said ? reader->said : reader->what);
}

static uint64_t attempts_now(const struct episode *episode)
{
	uint64_t clock = fw_clock(&episode->card, virtual_ns);
	return fw_taken(session_of(episode), clock) + fw_skipped(session_of(episode), clock);
}

/* Finds the attempt of tick 0: the one with its id that was in the ring. Every later row is compared with it. */
static void learn_base(struct episode *episode)
{
	const struct mlx5_drain *drain = episode->drain;
	if (episode->known || !drain->cursor.any)
		return;
	uint64_t ticks = episode->schedule->stream->drain->outlet.ticks, now = attempts_now(episode);
	uint16_t low = (uint16_t)(drain->cursor.next_number - ticks - session_of(episode)->first_sample_id);
	episode->base = episode->single && !episode->foreign ? 0 : now - (uint16_t)((uint16_t)now - low);
	episode->known = true;
}

/* Mostly a part of a ring, sometimes several rings, rarely so long that ids and time stamps wrap many times. */
static uint64_t draw_pause(struct episode *episode)
{
	uint64_t ring_ns = period_in_ns(episode) << episode->log_samples;
	if (episode->in_time)
		return draw_below(&episode->chance, ring_ns / 4 + 1);
	switch (draw_below(&episode->chance, 200)) {
	case 0:
		return draw_below(&episode->chance, 300 * ring_ns);
	case 1:
	case 2:
		return draw_below(&episode->chance, 3 * ring_ns);
	default:
		return draw_below(&episode->chance, ring_ns * 3 / 4 + 1);
	}
}

static void fail_sometimes(struct episode *episode)
{
	struct fw_faults *faults = &episode->card.faults;
	if (episode->in_time || draw_below(&episode->chance, 40))
		return;
	faults->fail_opcode = FW_QUERY_DIAGNOSTIC_COUNTERS;
	faults->fail_count = 1 + (uint32_t)draw_below(&episode->chance, 5);
	faults->fail_status = FW_RESOURCE_BUSY;
}

static void note_residual(struct episode *episode)
{
	double said = episode->drain->cursor.clock.worst_ns;
	double told = (double)*ring_word(&episode->schedule->stream->ring, ring_clock_residual_ns);
	said = told > said ? told : said;
	episode->said_ns = said > episode->said_ns ? said : episode->said_ns;
}

static void look(struct episode *episode)
{
	consume_all(&episode->schedule->consumer);
	episode->said_ns = 0;
}

static void check_once(const struct episode *episode, uint64_t ticks)
{
	const struct consumer *consumer = &episode->schedule->consumer;
	CHECK(consumer->gap_ticks[GAP_LATE] == 0, "%" PRIu64 " late", consumer->gap_ticks[GAP_LATE]);
	bool full = fw_taken(session_of(episode), fw_clock(&episode->card, virtual_ns)) == 1U << episode->log_samples;
	uint64_t due = consumer->rows ? attempts_now(episode) - episode->base : 0;
	CHECK(episode->drain->state != DRAIN_OVER || (full && ticks == due), "over, %" PRIu64 " ticks of %" PRIu64, ticks, due);
	CHECK(!full || episode->drain->state == DRAIN_OVER, "the ring is full, and the drain did not notice");
}

/* The number of attempts that the ring spans. */
static uint64_t ring_attempts(const struct episode *episode)
{
	const struct fw_faults *faults = &episode->card.faults;
	uint64_t samples = 1ULL << episode->log_samples;
	return faults->skip_run ? samples * faults->skip_every / (faults->skip_every - faults->skip_run) : samples;
}

static uint64_t run_episode(struct episode *episode, uint64_t seed)
{
	begin_episode(episode, seed, mix(seed) % 4 == 0, mix(seed) % 16 < 6);
	struct schedule *schedule = episode->schedule;
	uint64_t steps = 200 + draw_below(&episode->chance, 2000);
	episode->in_time = draw_below(&episode->chance, 4) == 0;
	/* Drains cannot be in time when a command takes longer than the ring lasts. */
	if (episode->latency_ns * 8 > period_in_ns(episode) << episode->log_samples)
		episode->in_time = false, episode->hopeless = true;
	uint64_t laziness = 1 + draw_below(&episode->chance, 40);
	/* A run of skipped samples as long as the ring cannot be told from a ring that wrapped. */
	if (episode->card.faults.skip_run * 4 > 1U << episode->log_samples)
		episode->in_time = false;
	if (episode->single && draw_below(&episode->chance, 3) == 0)
		virtual_ns += draw_below(&episode->chance, rings_ns(episode, 3000));
	for (uint64_t step = 0; step < steps; step++) {
		virtual_ns += draw_pause(episode);
		fail_sometimes(episode);
		drain_stream(schedule->stream, 0, false);
		note_residual(episode);
		learn_base(episode);
		if (episode->in_time || draw_below(&episode->chance, laziness) == 0)
			look(episode);
	}
	episode->card.faults.fail_count = 0;
	drain_stream(schedule->stream, 0, true);
	note_residual(episode);
	consume_all(&schedule->consumer);
	while (!ring_flush(&schedule->stream->ring))
		consume_all(&schedule->consumer);
	consume_all(&schedule->consumer);
	const struct consumer *consumer = &schedule->consumer;
	uint64_t ticks = schedule->stream->next_tick;
	CHECK(consumer->next_tick == ticks, "%" PRIu64 " ticks accounted for, %" PRIu64 " counted", consumer->next_tick, ticks);
	CHECK(!episode->known || attempts_now(episode) - (episode->base + ticks) < 70 + (8 * episode->latency_ns) / period_in_ns(episode) + (episode->hopeless ? 8 * ring_attempts(episode) : 0),
	      "the last %" PRIu64 " samples are not accounted for; period %" PRIu64 ", ring of %u, latency %" PRIu64 ", skipping %u of %u, lapped %d", attempts_now(episode) - (episode->base + ticks), period_in_ns(episode), 1U << episode->log_samples, episode->latency_ns, episode->card.faults.skip_run, episode->card.faults.skip_every, episode->drain->cursor.lapped);
	if (episode->single)
		check_once(episode, ticks);
	if (episode->in_time)
		/* The ledger of this test is small, so skipped samples may fill it. */
		CHECK(consumer->gap_ticks[GAP_LATE] + consumer->gap_ticks[GAP_SOURCE_ERROR] == 0 &&
			      (episode->card.faults.skip_run || consumer->gap_ticks[GAP_RING_FULL] == 0),
		      "%" PRIu64 " ticks late, %" PRIu64 " errors, %" PRIu64 " for want of room of %" PRIu64 ", and every drain was in time; period %" PRIu64
		      ", ring of %u, latency %" PRIu64 ", skipping %u of %u",
		      consumer->gap_ticks[GAP_LATE], consumer->gap_ticks[GAP_SOURCE_ERROR], consumer->gap_ticks[GAP_RING_FULL], ticks,
		      period_in_ns(episode), 1U << episode->log_samples, episode->latency_ns, episode->card.faults.skip_run,
		      episode->card.faults.skip_every);
	CHECK(consumer->rows || (episode->foreign && episode->single), "no row in %" PRIu64 " drains", steps);
	return steps;
}

/* Starts a card that is drained in time and has no faults but those that the test adds. */
static void begin_calm(struct episode *episode)
{
	uint64_t seed = test_seed;
	do
		begin_episode(episode, seed++, false, false);
	while (episode->latency_ns * 8 > period_in_ns(episode) << episode->log_samples && (drop_schedule(episode->schedule), true));
	episode->in_time = true;
	episode->card.faults.skip_run = 0;
}

static void drain_calmly(struct episode *episode, uint64_t for_ns)
{
	for (uint64_t until = virtual_ns + for_ns; virtual_ns < until;) {
		virtual_ns += draw_pause(episode);
		drain_stream(episode->schedule->stream, 0, false);
		learn_base(episode);
		note_residual(episode);
		look(episode);
	}
}

/* Until the fault everything is rows, after it everything is in gaps of one reason, and a sentence states the
 * reason. */
static void end_calmly(struct episode *episode, int expected, const char *sentence)
{
	const struct reader *reader = episode->schedule->stream->readers;
	uint64_t rows = episode->schedule->consumer.rows;
	drain_stream(episode->schedule->stream, 0, true);
	ring_flush(&episode->schedule->stream->ring);
	look(episode);
	CHECK(rows > 0 && episode->schedule->consumer.rows == rows, "%" PRIu64 " rows, then more", rows);
	CHECK(episode->drain->health.dead == expected, "ended by %d", episode->drain->health.dead);
	CHECK(reader->said && strstr(reader->said, sentence), "said: %s", reader->said ? reader->said : "nothing");
	CHECK(episode->schedule->consumer.gap_ticks[GAP_SOURCE_ERROR] > 0, "no gap to the end");
	drop_schedule(episode->schedule);
}

static void test_unplug(struct episode *episode)
{
	begin_calm(episode);
	drain_calmly(episode, rings_ns(episode, 20));
	episode->card.faults.unplug_after = 3;
	drain_calmly(episode, rings_ns(episode, 20));
	end_calmly(episode, -ENODEV, "the device is gone");
	printf("ok a device that is gone ends its stream with a gap\n");
}

static void test_theft(struct episode *episode)
{
	begin_calm(episode);
	drain_calmly(episode, rings_ns(episode, 20));
	/* Sets more counters than an answer for one of ours has room for. */
	uint8_t in[32 + 4 * 6] = {0x08, 0x20, [9] = 6, [11] = 4, [12] = 0x44, [15] = 12}, out[16];
	for (int i = 0; i < 6; i++)
		put_u16(in + 34 + 4 * i, fw_counters[i].id);
	CHECK(fw_command(&episode->card, virtual_ns, 2, FW_MLX5CTL, in, sizeof in, out, sizeof out) == 0 && out[0] == 0, "status %x",
	      out[0]);
	drain_calmly(episode, rings_ns(episode, 100) + NS_PER_S);
	end_calmly(episode, -EBUSY, "someone else set the device's sampler");
	printf("ok a sampler that another owner took over is left alone\n");
}

/* Another owner sets the same parameters as ours, or stops the sampling. */
static void set_foreign(struct episode *episode, bool enable)
{
	uint8_t in[512], out[16];
	memcpy(in, episode->drain->plan.start.in, episode->drain->plan.start.in_bytes);
	in[12] = enable ? 0x44 : 0;
	CHECK(fw_command(&episode->card, virtual_ns, 2, FW_MLX5CTL, in, episode->drain->plan.start.in_bytes, out, sizeof out) == 0, "status %x",
	      out[0]);
}

/* The time in between becomes a gap whose length is counted in the earlier period, and the new samples are rows. */
static void test_restart(struct episode *episode)
{
	begin_calm(episode);
	drain_calmly(episode, rings_ns(episode, 20));
	int64_t last_ts = episode->last_ts;
	uint64_t rows = episode->schedule->consumer.rows, ticks = episode->schedule->stream->next_tick;
	set_foreign(episode, false);
	drain_calmly(episode, 3 * NS_PER_S);
	set_foreign(episode, true);
	episode->session = 2;
	for (int drains = 0; drains < 3; drains++) {
		virtual_ns += rings_ns(episode, 1) / 4;
		drain_stream(episode->schedule->stream, 0, false);
	}
	const struct mlx5_drain *drain = episode->drain;
	episode->base = (uint16_t)(drain->cursor.next_number - session_of(episode)->first_sample_id) - episode->schedule->stream->next_tick;
	drain_calmly(episode, rings_ns(episode, 20));
	double passed = (double)(episode->last_ts - last_ts) / (double)period_in_ns(episode);
	double counted = (double)(episode->schedule->stream->next_tick - ticks);
	CHECK(episode->schedule->consumer.rows > rows + 100, "%" PRIu64 " rows, and no more", rows);
	CHECK(counted > passed * 0.97 - 9 && counted < passed * 1.03 + 9, "%.0f ticks in the time of %.0f", counted, passed);
	drop_schedule(episode->schedule);
	printf("ok a sampler that was stopped and started again leaves a gap of that length\n");
}

int main(int count, char **words)
{
	uint64_t steps = count > 1 ? strtoull(words[1], NULL, 10) : 200000;
	test_seed = count > 2 ? strtoull(words[2], NULL, 10) : 1;
	uint64_t rows = 0, episodes = 0, gaps[GAP_KILLED + 1] = {0};
	static struct episode episode;
	test_unplug(&episode);
	test_theft(&episode);
	test_restart(&episode);
	for (uint64_t done = 0; done < steps; episodes++, test_seed++) {
		done += run_episode(&episode, test_seed);
		rows += episode.schedule->consumer.rows;
		for (int reason = 0; reason <= GAP_KILLED; reason++)
			gaps[reason] += episode.schedule->consumer.gap_ticks[reason];
		drop_schedule(episode.schedule);
	}
	CHECK(gaps[GAP_DEVICE_SKIPPED] && gaps[GAP_LATE] && gaps[GAP_SOURCE_ERROR] && gaps[GAP_RING_FULL],
	      "not every reason occurred: %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, gaps[GAP_DEVICE_SKIPPED], gaps[GAP_LATE],
	      gaps[GAP_SOURCE_ERROR], gaps[GAP_RING_FULL]);
	printf("ok %" PRIu64 " drains of %" PRIu64 " cards: %" PRIu64 " rows, missing: %" PRIu64 " skipped, %" PRIu64 " late, %" PRIu64
	       " errors, %" PRIu64 " for want of room\n",
	       steps, episodes, rows, gaps[GAP_DEVICE_SKIPPED], gaps[GAP_LATE], gaps[GAP_SOURCE_ERROR], gaps[GAP_RING_FULL]);
	return 0;
}
