// SPDX-License-Identifier: Apache-2.0
/*
 * Diagnostic counters: the device samples them by itself into a ring of its own, and is asked for what is new. Plan
 * lines are in drain_plan.h. The state is struct mlx5_drain, and this file owns it: it alone decides and goes from
 * state to state. The functions of drain_cursor.c, drain_health.c and ring_search.c change only the part that is handed
 * to them.
 *
 *   The ring has 2^LOG_SAMPLES places, written round and round. It has no producer index:
 *
 *       ... 37 38 39 40 | 25 26 27 ...                 sample ids; the newest is where they stop growing
 *                       ^ cursor: the next place
 *
 *   States, and what leads from one to the next:
 *
 *       FIRST_LOOK ──▶ SECOND_LOOK ──some samples changed──▶ FOLLOWS ──single: every place was taken──▶ OVER
 *           ▲            │    ▲                                 │
 *           │            └────┘ nothing changed                 │
 *           └──────────────── silence, sampler still ours ──────┘
 *
 *       from any state: the device is gone, or someone else has set its sampler ──▶ dead (health.dead), for good
 *
 *   The protocol of a drain:
 *
 *    1. Find out where the device writes. Look at the whole ring twice. The samples that changed are those of the time
 *       between, and the oldest of them is tick 0. If nothing changed, look again at the next drain.
 *    2. If every sample changed, the device has gone round, and is about to overwrite the oldest. Start a quarter of
 *       the ring later.
 *    3. Ask a few times for the next samples, to see the newest when it is fresh and the next one while it is absent.
 *       Each answer bounds the device's clock (device_clock.h).
 *    4. Follow. Ask from the cursor on for as many samples as can be there, and one more. A sample whose number is the
 *       next one is a row. A higher number: the samples between are missing. A lower number: the sample is old, so
 *       nothing newer is there.
 *    5. If a jump is as long as the ring and enough time has passed, the device has lapped us. Walk on until numbers
 *       fall: that is after the newest sample. Go on a quarter of the ring later. The jump becomes a gap (late).
 *    6. If nothing new comes for long, account for the samples that were due, and ask whose the sampler is. If someone
 *       else has set it, the stream ends. Otherwise it was stopped or started again: go to 1.
 *    7. A command that fails leaves the cursor where it is. What is missing afterwards is a gap (source_error).
 *    8. At the end, tell the last fit of the clock and put the device back (guard.h).
 *
 *   A ring that is filled once ("single") differs. Nothing in it is ever written over, so nothing is late and it may be
 *   read at any time. If we started the device, tick 0 is the first sample after the start: samples of before are told
 *   by their ids, which do not lead to ours, and by their age. The stream is over when every place was taken.
 */
#include "mlx5_drain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "take_samples.h"

#define TELL_CLOCK_NS 1000000000

static struct search search_of(struct mlx5_drain *drain, struct outlet *outlet)
{
	return (struct search){&drain->looks, &drain->plan, &drain->query, &drain->cursor, outlet};
}

/* Samples that were due by the clock alone: nobody will ever say how many there were. */
static void account_for_silence(struct mlx5_drain *drain, struct outlet *outlet, uint64_t until_ns)
{
	double period_ns = cursor_period_ns(&drain->cursor), missing = health_due(&drain->health, until_ns, period_ns);
	if (drain->plan.single && missing > drain->cursor.left)
		missing = drain->cursor.left;
	if (missing < 1)
		return;
	drain->cursor.left -= drain->plan.single ? (uint32_t)missing : 0;
	outlet->miss(outlet, (uint64_t)missing, MISSING_ERROR);
	health_note_missing(&drain->health, (uint64_t)missing, period_ns);
}

static void end_single(struct mlx5_drain *drain)
{
	drain->state = DRAIN_OVER;
	snprintf(drain->health.message, sizeof drain->health.message,
		 "single: the device has filled its ring of %u samples%s", drain->plan.places,
		 drain->cursor.row.ts ? "" : ", before this recording");
}

/* Steps 1 to 3. 0 or -errno. */
static int look(struct mlx5_drain *drain, struct outlet *outlet)
{
	const struct search search = search_of(drain, outlet);
	enum found found;
	uint64_t seen_ns;
	int error = search_look(&search, drain->state == DRAIN_FIRST_LOOK, &found, &seen_ns);
	if (error)
		return error;
	switch (found) {
	case FOUND_NOTHING:
		drain->state = DRAIN_SECOND_LOOK;
		drain->health.failed = 0;
		break;
	case FOUND_OTHER_COUNTERS:
		health_die(&drain->health, -EBUSY,
			   "the device samples other counters than those asked for; someone else uses its sampler");
		break;
	case FOUND_SAMPLES:
		/* The device had stopped, and was started again. Before the first start nothing is missing. */
		if (drain->cursor.row.ts && !drain->plan.single)
			account_for_silence(drain, outlet, drain->cursor.looked_ns);
		health_note_taken(&drain->health, seen_ns);
		drain->state = DRAIN_FOLLOWS;
		break;
	}
	return 0;
}

/* Step 5. 0 or -errno. */
static int overtake(struct mlx5_drain *drain, struct outlet *outlet)
{
	const struct search search = search_of(drain, outlet);
	return search_overtake(&search);
}

/* Takes what one answer holds. 1: there may be more; 0: not now; or -errno. */
static int follow_once(struct mlx5_drain *drain, struct outlet *outlet)
{
	const struct drain_plan *plan = &drain->plan;
	struct drain_cursor *cursor = &drain->cursor;
	struct drain_query *query = &drain->query;
	struct bracket bracket;
	uint64_t number = cursor->next_number, clock = cursor->last_clock;
	uint32_t count = cursor_due(cursor, plan, drain_now_ns() + query->latency_ns);
	int error = query_ask(query, plan, outlet, cursor->place, count, &bracket);
	if (error)
		return error;
	uint64_t now_ns = drain_now_ns(), latest = cursor_latest(cursor, plan, now_ns);
	/* The clock first: rows are placed by its fit, and after a silence the fit is old. */
	struct news news = cursor_news(cursor, &query->layout, query_records(query), count, latest);
	cursor_bound_clock(cursor, &news, count, &bracket);
	const struct taking taking = {
		.plan = plan,
		.layout = &query->layout,
		.records = query_records(query),
		.spare = drain->spare,
		.failed = drain->health.failed != 0,
		.now_ns = now_ns,
	};
	struct taken taken = take_samples(&taking, cursor, outlet, count);
	cursor->place = place_after(plan, cursor->place, taken.places);
	cursor->left -= plan->single ? taken.places : 0;
	if (cursor->next_number != number) {
		uint64_t passed = cursor->last_clock > clock ? cursor->last_clock - clock : 0;
		cursor_learn_period(cursor, plan, cursor->next_number - number, passed);
		health_note_taken(&drain->health, bracket.after_ns);
	}
	if (taken.lapped) {
		cursor->absent_at_ns = 0;
		error = overtake(drain, outlet);
		cursor->lapped = error == 0;
		return error ? error : 1;
	}
	/* In the middle of a ring that the device went round, an older sample tells nothing about newer ones. */
	if (!cursor->lapped && taken.places < count)
		cursor->looked_ns = bracket.before_ns;
	return taken.places == count && cursor->left;
}

static void tell_clock(struct mlx5_drain *drain, struct outlet *outlet, bool last)
{
	struct drain_cursor *cursor = &drain->cursor;
	if (!cursor->any)
		return;
	if (!last && drain->told_ns && cursor->looked_ns - drain->told_ns < TELL_CLOCK_NS)
		return;
	drain->told_ns = cursor->looked_ns;
	const struct clock_fit fit = {
		.ts = device_clock_map(&cursor->clock, cursor->last_clock) + outlet->wall_offset_ns,
		.device_clock = cursor->last_clock,
		.rate_ppb = (int64_t)(-cursor->clock.slope * 1e9),
		.residual_ns = (uint64_t)cursor->clock.worst_ns,
	};
	outlet->clock(outlet, &fit);
	cursor->clock.worst_ns = cursor->clock.residual_ns;
}

/* A device that is faster than we are would keep us here for ever, so a drain ends after two rings. */
static int follow(struct mlx5_drain *drain, struct outlet *outlet)
{
	uint32_t max_commands = 2 * drain->plan.places / drain->plan.max_samples + 4;
	/* Where the last drain was about to go on is out of date by now. */
	int more = drain->cursor.lapped ? overtake(drain, outlet) : 0;
	if (more < 0)
		return more;
	more = 1;
	for (uint32_t commands = 0; more > 0 && commands < max_commands; commands++)
		more = follow_once(drain, outlet);
	if (more < 0)
		return more;
	tell_clock(drain, outlet, false);
	return 0;
}

/* Whether someone else has set the device's sampler. Then the stream is dead. */
static bool is_taken_over(struct mlx5_drain *drain)
{
	if (drain->health.dead || !guard_is_foreign(&drain->guard))
		return drain->health.dead == -EBUSY;
	health_die(&drain->health, -EBUSY,
		   "someone else set the device's sampler to something else; what it does now is left as it is");
	return true;
}

/* Step 6. */
static void look_into_silence(struct mlx5_drain *drain, struct outlet *outlet)
{
	if (drain->cursor.lapped || !health_is_silent(&drain->health, drain_now_ns(), cursor_period_ns(&drain->cursor)))
		return;
	account_for_silence(drain, outlet, drain_now_ns());
	if (is_taken_over(drain))
		return;
	drain->state = DRAIN_FIRST_LOOK;
	health_say(&drain->health, "the device stopped sampling, or someone else restarted it");
}

/* 0 or -errno of a command. */
static int drain_once(struct mlx5_drain *drain, struct outlet *outlet)
{
	int error = 0;
	if (drain->state < DRAIN_FOLLOWS)
		error = look(drain, outlet);
	if (error || drain->state != DRAIN_FOLLOWS)
		return error;
	error = follow(drain, outlet);
	if (error == 0 && drain->cursor.left == 0)
		end_single(drain);
	else if (error == 0)
		look_into_silence(drain, outlet);
	return error;
}

/* Step 8. */
static void finish(struct mlx5_drain *drain, struct outlet *outlet)
{
	struct drain_health *health = &drain->health;
	bool killed;
	tell_clock(drain, outlet, true);
	is_taken_over(drain);
	int refused = guard_end(&drain->guard, drain->query.answer, &killed);
	if (refused && health->dead != -ENODEV)
		health_fail(health, "the device could not be put back as it was found: SET_DIAGNOSTIC_PARAMS", refused,
			    drain->query.answer);
	else if (killed && !health->message[0])
		health_say(health, GUARD_KILLED);
}

static int drain_diagnostics(struct reader *reader, struct outlet *outlet, bool last)
{
	struct mlx5_drain *drain = reader->state;
	struct drain_health *health = &drain->health;
	if (health->took_ns == 0)
		health->took_ns = drain->cursor.looked_ns = drain_now_ns();
	int error = health->dead ? 0 : drain_once(drain, outlet);
	if (error)
		health_fail(health, "QUERY_DIAGNOSTIC_COUNTERS", error, drain->query.answer);
	if (error == -EREMOTEIO)
		is_taken_over(drain);
	/* A single ring of someone else that never changed: no sample was due. */
	if (last && drain->plan.single && !drain->plan.start.in && !health->failed && drain->state < DRAIN_FOLLOWS)
		end_single(drain);
	if (health->dead || (last && (health->failed || drain->state < DRAIN_FOLLOWS)))
		account_for_silence(drain, outlet, drain_now_ns());
	error = health->dead ? health->dead : error;
	if (last)
		finish(drain, outlet);
	reader->said = health->message[0] ? health->message : NULL;
	return error;
}

/* The guard before the change: from then on the device is put back, whatever happens. */
static int start_sampling(struct mlx5_drain *drain)
{
	struct drain_health *health = &drain->health;
	struct mailbox start = drain->plan.start;
	if (!start.in)
		return 0;
	drain->restore = drain->plan.restore;
	drain->restore.out = start.out = drain->query.answer;
	drain->restore.out_bytes = start.out_bytes = MAILBOX_MIN;
	int error = owner_claim(&drain->query.transport, &drain->restore, health->message, sizeof health->message);
	if (error)
		return error;
	error = guard_start(&drain->guard, &drain->query.transport, &drain->restore, 1);
	drain->cursor.started_ns = drain_now_ns();
	if (error == 0)
		error = transport_command(&drain->query.transport, &start);
	if (error)
		return health_fail(health, "SET_DIAGNOSTIC_PARAMS", error, drain->query.answer);
	guard_remember(&drain->guard);
	return 0;
}

static int allocate(struct mlx5_drain *drain, uint32_t columns)
{
	int query = query_create(&drain->query, &drain->plan);
	int image = image_create(&drain->looks.image, drain->plan.places);
	drain->spare = calloc(columns, sizeof *drain->spare);
	return query || image || !drain->spare ? -ENOMEM : 0;
}

static int configure_diagnostics(struct reader *reader, int count, char **words)
{
	struct mlx5_drain *drain = reader->state;
	return drain_plan_line(&drain->plan, reader, count, words);
}

static int open_diagnostics(struct reader *reader)
{
	struct mlx5_drain *drain = reader->state;
	int error = drain_plan_finish(&drain->plan);
	if (error)
		return error;
	reader->what = drain->plan.address.path;
	error = allocate(drain, reader->columns);
	if (error == 0 && !drain->query.transport.ops)
		error = transport_open(&drain->query.transport, drain->plan.address.driver, drain->plan.address.path);
	if (error)
		return error;
	cursor_init(&drain->cursor, &drain->plan);
	error = start_sampling(drain);
	if (error)
		reader->said = drain->health.message;
	return error;
}

static void close_diagnostics(struct reader *reader)
{
	struct mlx5_drain *drain = reader->state;
	guard_end(&drain->guard, NULL, NULL);
	transport_close(&drain->query.transport);
	query_free(&drain->query);
	image_free(&drain->looks.image);
	free(drain->spare);
	drain_plan_free(&drain->plan);
}

const struct reader_ops mlx5_drain_reader = {
	.name = "mlx5_drain",
	.state_bytes = sizeof(struct mlx5_drain),
	.configure = configure_diagnostics,
	.open = open_diagnostics,
	.drain = drain_diagnostics,
	.close = close_diagnostics,
};
