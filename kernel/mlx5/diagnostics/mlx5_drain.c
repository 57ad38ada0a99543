// SPDX-License-Identifier: Apache-2.0
#include "mlx5_drain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../transport/refusal.h"

enum { QUERY_SAMPLES = 8, QUERY_INDEX = 10, SURE_OF_PERIOD = 8 };
/* Silence that is longer than this and 64 samples is looked into. */
#define SILENCE_NS 100000000
#define TELL_CLOCK_NS 1000000000

static int note(struct mlx5_drain *drain, const char *what, int error)
{
	describe_error(drain->message, sizeof drain->message, what, error, drain->answer);
	if (error == -ENODEV)
		drain->dead = error;
	drain->failed = error;
	drain->quiet_ns = 0;
	return error;
}

/* The longest of late: asking for a few samples too many costs less than another command. */
static void note_latency(struct mlx5_drain *drain, uint64_t ns)
{
	drain->latency_ns -= drain->latency_ns / 16;
	if (ns > drain->latency_ns)
		drain->latency_ns = ns;
}

int drain_ask(struct mlx5_drain *drain, struct outlet *outlet, uint32_t place, uint32_t count, struct bracket *bracket)
{
	struct mailbox query = drain->query;
	uint8_t in[MAILBOX_LEAST];
	memcpy(in, query.in, sizeof in);
	put_u16(in + QUERY_SAMPLES, (uint16_t)count);
	put_u16(in + QUERY_INDEX, (uint16_t)place);
	query.in = in;
	query.out_bytes = (uint32_t)(ANSWER_HEADER + count * sample_bytes(&drain->layout));
	bracket->before_ns = drain_now_ns();
	int error = transport_command(&drain->transport, &query);
	bracket->after_ns = drain_now_ns();
	note_latency(drain, bracket->after_ns - bracket->before_ns);
	outlet->command(outlet, bracket->after_ns - bracket->before_ns);
	return error ? note(drain, "QUERY_DIAGNOSTIC_COUNTERS", error) : 0;
}

/* What will be there when the device gets to it, and one more: the older sample behind the newest shows that it is the newest. */
static uint32_t new_samples(const struct mlx5_drain *drain)
{
	double passed = (double)(drain_now_ns() + drain->latency_ns - drain->looked_ns) / period_ns(drain);
	uint32_t most = drain->single && drain->left < drain->most ? drain->left : drain->most;
	return passed + 2 < most ? (uint32_t)passed + 2 : most;
}

void drain_learn_period(struct mlx5_drain *drain, uint64_t samples, uint64_t clocks)
{
	if (samples == 0 || clocks == 0)
		return;
	double measured = (double)clocks / (double)samples;
	/* A few samples tell it in spite of their jitter; one tells that it is not the granted one. */
	bool sure = samples >= SURE_OF_PERIOD || measured > 2 * drain->period;
	drain->period += (measured - drain->period) / (sure && !drain->knows_period ? 1 : 8);
	drain->knows_period |= sure;
	drain->clock.ring_ns = readable_clocks(drain) * drain->clock.nominal_ns;
}

void drain_time(struct mlx5_drain *drain, const struct news *news, uint32_t count, const struct bracket *bracket)
{
	if (news->count && drain->absent_at_ns)
		device_clock_not_before(&drain->clock, news->first_clock, drain->absent_at_ns);
	if (news->count)
		drain->absent_at_ns = 0;
	if (news->count < count && !drain->lapped)
		drain->absent_at_ns = bracket->before_ns;
	if (news->count)
		device_clock_not_after(&drain->clock, news->newest_clock, bracket->after_ns);
	device_clock_fit(&drain->clock);
}

/* Given the number and the clock that were next and last before it. */
static void note_taken(struct mlx5_drain *drain, uint64_t number, uint64_t clock, const struct bracket *bracket)
{
	if (drain->next_number == number)
		return;
	drain_learn_period(drain, drain->next_number - number, drain->last_clock > clock ? drain->last_clock - clock : 0);
	drain->took_ns = bracket->after_ns;
	drain->quiet_ns = 0;
	drain->failed = 0;
}

/* Takes what one answer holds. 1: there may be more; 0: not now; or -errno. */
static int follow_once(struct mlx5_drain *drain, struct outlet *outlet)
{
	struct bracket bracket;
	uint64_t number = drain->next_number, clock = drain->last_clock;
	uint32_t count = new_samples(drain);
	int error = drain_ask(drain, outlet, drain->place, count, &bracket);
	if (error)
		return error;
	/* Before the rows: after a silence the clocks have parted. */
	struct news news = drain_news(drain, count);
	drain_time(drain, &news, count, &bracket);
	bool behind;
	uint32_t past = drain_take(drain, outlet, count, &behind);
	drain->place = place_after(drain, drain->place, past);
	drain->left -= drain->single ? past : 0;
	note_taken(drain, number, clock, &bracket);
	if (behind) {
		drain->absent_at_ns = 0;
		error = drain_overtake(drain, outlet);
		drain->lapped = error == 0;
		return error ? error : 1;
	}
	/* In the middle of a ring that went round, an older sample says nothing. */
	if (!drain->lapped && past < count)
		drain->looked_ns = bracket.before_ns;
	return past == count && drain->left;
}

static void tell_clock(struct mlx5_drain *drain, struct outlet *outlet, bool last)
{
	if (!drain->any)
		return;
	if (!last && drain->told_ns && drain->looked_ns - drain->told_ns < TELL_CLOCK_NS)
		return;
	drain->told_ns = drain->looked_ns;
	const struct device_clock *clock = &drain->clock;
	outlet->clock(outlet, &(struct clock_fit){
				      .ts = device_clock_map(clock, drain->last_clock) + outlet->wall_offset_ns,
				      .device_clock = drain->last_clock,
				      .rate_ppb = (int64_t)(-clock->slope * 1e9),
				      .residual_ns = (uint64_t)clock->worst_ns,
			      });
	drain->clock.worst_ns = clock->residual_ns;
}

/* A device that is faster than we are would keep us here for ever: twice round the ring is all it gets. */
static int follow(struct mlx5_drain *drain, struct outlet *outlet)
{
	uint32_t most = 2 * drain->places / drain->most + 4;
	/* Where the last drain was about to go on is out of date by now. */
	int more = drain->lapped ? drain_overtake(drain, outlet) : 0;
	if (more < 0)
		return more;
	more = 1;
	for (uint32_t commands = 0; more > 0 && commands < most; commands++)
		more = follow_once(drain, outlet);
	if (more < 0)
		return more;
	tell_clock(drain, outlet, false);
	return 0;
}

/* Says so, where someone else has changed what we set. */
static bool is_taken_over(struct mlx5_drain *drain)
{
	if (drain->dead || !guard_is_foreign(&drain->guard, &drain->transport))
		return drain->dead == -EBUSY;
	drain->dead = -EBUSY;
	snprintf(drain->message, sizeof drain->message,
		 "someone else set the device's sampler to something else; what it does now is left as it is");
	return true;
}

/* The device answers and has nothing new: it was stopped, or started again with other parameters. */
static void look_into_silence(struct mlx5_drain *drain, struct outlet *outlet)
{
	uint64_t now = drain_now_ns();
	if (drain->lapped)
		return;
	if (drain->quiet_ns == 0)
		drain->quiet_ns = now;
	if ((double)(now - drain->quiet_ns) < SILENCE_NS + 64 * period_ns(drain))
		return;
	drain_account_for_silence(drain, outlet, drain_now_ns());
	if (is_taken_over(drain))
		return;
	drain->state = DRAIN_FIRST_LOOK;
	snprintf(drain->message, sizeof drain->message, "the device stopped sampling, or someone else restarted it");
}

static int drain_once(struct mlx5_drain *drain, struct outlet *outlet)
{
	if (drain->state == DRAIN_OVER)
		return 0;
	if (drain->state != DRAIN_FOLLOWS) {
		int error = drain_look(drain, outlet);
		if (error || drain->state != DRAIN_FOLLOWS)
			return error;
	}
	int error = follow(drain, outlet);
	if (error == 0 && drain->left == 0)
		drain_end_single(drain);
	else if (error == 0)
		look_into_silence(drain, outlet);
	return error;
}

static int drain_diagnostics(struct reader *reader, struct outlet *outlet, bool last)
{
	struct mlx5_drain *drain = reader->state;
	if (drain->took_ns == 0)
		drain->took_ns = drain->looked_ns = drain_now_ns();
	int error = drain->dead ? drain->dead : drain_once(drain, outlet);
	if (error == -EREMOTEIO && is_taken_over(drain))
		error = drain->dead;
	/* Someone else's single ring that never changed: nothing was due. */
	if (last && drain->single && !drain->start.in && !drain->failed && drain->state < DRAIN_FOLLOWS)
		drain_end_single(drain);
	if (drain->dead || (last && (drain->failed || drain->state < DRAIN_FOLLOWS)))
		drain_account_for_silence(drain, outlet, drain_now_ns());
	if (last) {
		tell_clock(drain, outlet, true);
		is_taken_over(drain);
		bool killed;
		int refused = guard_end(&drain->guard, drain->answer, &killed);
		if (refused && drain->dead != -ENODEV)
			note(drain, "the device could not be put back as it was found: SET_DIAGNOSTIC_PARAMS", refused);
		else if (killed && !drain->message[0])
			snprintf(drain->message, sizeof drain->message, GUARD_KILLED);
	}
	reader->said = drain->message[0] ? drain->message : NULL;
	return error;
}

static int allocate(struct mlx5_drain *drain, uint32_t columns)
{
	struct sample_layout *layout = &drain->layout;
	drain->answer = calloc(1, ANSWER_HEADER + drain->most * sample_bytes(layout));
	drain->seen = calloc(drain->places, sizeof *drain->seen);
	drain->changed = calloc(drain->places, sizeof *drain->changed);
	drain->spare = calloc(columns, sizeof *drain->spare);
	layout->ids = calloc(layout->counters, sizeof *layout->ids);
	layout->columns = calloc(layout->counters, sizeof *layout->columns);
	bool all = drain->answer && drain->seen && drain->changed && drain->spare && layout->ids && layout->columns;
	return all ? 0 : -ENOMEM;
}

/* The guard before the change: from then on, whatever happens, the device is put back. */
static int start_sampling(struct mlx5_drain *drain)
{
	drain->restore.scope = drain->start.scope = drain->address.write_scope;
	drain->restore.out = drain->start.out = drain->answer;
	drain->restore.out_bytes = drain->start.out_bytes = MAILBOX_LEAST;
	if (!drain->start.in)
		return 0;
	int error = guard_claim(&drain->transport, &drain->restore, drain->message, sizeof drain->message);
	if (error)
		return error;
	error = guard_start(&drain->guard, &drain->transport, &drain->restore, 1);
	drain->started_ns = drain_now_ns();
	if (error == 0)
		error = transport_command(&drain->transport, &drain->start);
	if (error)
		return note(drain, "SET_DIAGNOSTIC_PARAMS", error);
	guard_remember(&drain->guard, &drain->transport);
	return 0;
}

static int open_diagnostics(struct reader *reader)
{
	struct mlx5_drain *drain = reader->state;
	if (!drain->address.path || !drain->query.in || !drain->places || !drain->start.in != !drain->restore.in)
		return -EINVAL;
	if (drain->wish_count > drain->layout.counters)
		return -EINVAL;
	reader->what = drain->address.path;
	int error = allocate(drain, reader->columns);
	if (error == 0 && !drain->transport.ops)
		error = transport_open(&drain->transport, drain->address.driver, drain->address.path);
	if (error)
		return error;
	drain->query.scope = drain->address.read_scope;
	drain->query.out = drain->answer;
	drain->period = (double)drain->nominal_period;
	device_clock_init(&drain->clock, drain->frequency_khz, readable_clocks(drain));
	error = start_sampling(drain);
	if (error)
		reader->said = drain->message;
	return error;
}

static void close_diagnostics(struct reader *reader)
{
	struct mlx5_drain *drain = reader->state;
	guard_end(&drain->guard, NULL, NULL);
	transport_close(&drain->transport);
	free(drain->answer);
	free(drain->seen);
	free(drain->changed);
	free(drain->spare);
	free(drain->layout.ids);
	free(drain->layout.columns);
	drain_free_plan(drain);
}

const struct reader_ops mlx5_drain_reader = {
	.name = "mlx5_drain",
	.state_bytes = sizeof(struct mlx5_drain),
	.configure = drain_configure,
	.open = open_diagnostics,
	.drain = drain_diagnostics,
	.close = close_diagnostics,
};
