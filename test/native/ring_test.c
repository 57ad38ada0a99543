// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of the ring, tested in one thread against a simple model. ring_test [SEED] [ROUNDS]
 *
 *   conservation   ticks = rows + ticks in gaps, in order of tick, each gap before the row that follows it
 *   contents       every cell, validity bit, ts and read_ns has the value that was put there until the row is released
 *   liveness       a ring with room stores the row; a consumer that drains gets everything
 *   visibility     at most RING_MAX_UNPUBLISHED rows are kept back; none after ring_publish_staged, a gap, or the end
 *                  of a block
 *
 * for every way of writing a line that this CPU has (transpose.h).
 */
#include "cells.h"
#include "consumer.h"

enum { ROW = 0, STEPS = 60000, MAX_TICKS = STEPS * 8 };

/* What happened to one tick, according to the model. */
struct outcome {
	uint8_t asked; /* ROW, or the reason given to ring_miss */
	bool stored, ledger_full;
	int64_t at_ns;
};

struct model {
	struct chance chance;
	struct ring ring;
	struct cells cells;
	struct consumer consumer;
	struct outcome *outcomes;
	uint64_t salt, tick, rows, nulls, errors;
	int64_t at_ns;
	bool pending;
	enum transpose_kind transpose;
};

/* How often each situation occurred in all rounds: a law that was never tested proves nothing. */
static struct {
	uint64_t rows, late, ring_full, source_error, refused, nulls, laps;
	uint64_t most_unpublished, parts, lines[TRANSPOSE_KINDS];
} met;

static uint64_t expect_of_model(void *context, uint64_t tick, uint32_t column, bool *null)
{
	struct model *model = context;
	return expect_cell(&model->salt, tick, column, null);
}

static void check_row(void *context, uint64_t tick, int64_t ts, uint32_t read_ns)
{
	struct model *model = context;
	CHECK(tick < model->tick, "row of tick %" PRIu64 " from the future", tick);
	CHECK(model->outcomes[tick].stored, "row of tick %" PRIu64 " was never committed", tick);
	CHECK(ts == model->outcomes[tick].at_ns, "ts of tick %" PRIu64, tick);
	CHECK(read_ns == (uint32_t)mix(tick), "read_ns of tick %" PRIu64, tick);
}

static void check_gap(void *context, const struct gap *gap)
{
	struct model *model = context;
	uint64_t end = gap->first_tick + gap->ticks;
	CHECK(end <= model->tick, "gap to tick %" PRIu64 " from the future", end);
	CHECK((int64_t)gap->at_ns == model->outcomes[gap->first_tick].at_ns, "at_ns of the gap at %" PRIu64,
	      gap->first_tick);
	/* Only a full ledger may lose the reason. */
	bool reason_lost = false;
	for (uint64_t tick = gap->first_tick; tick < end; tick++)
		reason_lost |= model->outcomes[tick].ledger_full;
	for (uint64_t tick = gap->first_tick; tick < end; tick++) {
		CHECK(!model->outcomes[tick].stored, "tick %" PRIu64 " is a row and in a gap", tick);
		CHECK(model->outcomes[tick].asked == gap->reason || (reason_lost && gap->reason == GAP_RING_FULL),
		      "tick %" PRIu64 " is in a gap for reason %" PRIu64 ", not %d", tick, gap->reason,
		      model->outcomes[tick].asked);
	}
}

static bool ledger_is_full(const struct model *model)
{
	return *ring_word(&model->ring, ring_gaps_published) - model->consumer.gaps == model->consumer.gap_capacity;
}

/* All rows are published, except at most kept. */
static void check_published(const struct model *model, uint64_t kept)
{
	uint64_t published = *ring_word(&model->ring, ring_rows_published);
	CHECK(published + kept >= model->rows && published <= model->rows, "%" PRIu64 " of %" PRIu64 " rows published", published,
	      model->rows);
}

static void miss(struct model *model, uint64_t ticks, enum gap_reason reason)
{
	for (uint64_t i = 0; i < ticks; i++)
		model->outcomes[model->tick + i] =
			(struct outcome){(uint8_t)reason, false, model->pending && ledger_is_full(model), model->at_ns};
	ring_miss(&model->ring, model->tick, ticks, reason, model->at_ns);
	model->tick += ticks;
	model->pending = true;
	check_published(model, 0);
}

static void commit(struct model *model, uint64_t nulls)
{
	bool refused = model->pending && ledger_is_full(model);
	uint8_t asked = refused ? GAP_RING_FULL : ROW;
	model->outcomes[model->tick] = (struct outcome){asked, !refused, refused, model->at_ns};
	ring_commit(&model->ring, &model->cells, model->at_ns, (uint32_t)mix(model->tick));
	model->tick++;
	model->rows += !refused;
	model->nulls += refused ? 0 : nulls;
	met.refused += refused;
	model->pending = refused;
	uint64_t unpublished = ring_unpublished(&model->ring);
	CHECK(*ring_word(&model->ring, ring_rows_published) + unpublished == model->rows, "tick %" PRIu64 " was %s",
	      model->tick - 1, refused ? "stored although its gap could not be" : "not stored although there was room");
	check_published(model, model->rows % BLOCK_ROWS ? RING_MAX_UNPUBLISHED : 0);
	met.most_unpublished = unpublished > met.most_unpublished ? unpublished : met.most_unpublished;
	met.lines[model->transpose] += !refused && model->rows % LINE_ROWS == 0;
}

/* What the lane does before it sleeps; a row may be open. */
static void publish(struct model *model)
{
	met.parts += model->rows % LINE_ROWS != 0;
	ring_publish_staged(&model->ring);
	check_published(model, 0);
}

static void produce(struct model *model, uint64_t mood)
{
	struct chance *chance = &model->chance;
	model->at_ns += (int64_t)(draw_below(chance, 300) ? draw_below(chance, 1000000) : 250000000);
	if (mood == 1 && draw_below(chance, 4) == 0) {
		miss(model, 1 + draw_below(chance, 6), GAP_LATE);
		return;
	}
	bool open = model->rows % BLOCK_ROWS != 0;
	bool room = open || (model->rows - model->consumer.rows / BLOCK_ROWS * BLOCK_ROWS) / BLOCK_ROWS <
				    model->consumer.blocks;
	bool begun = ring_begin(&model->ring, model->tick, &model->cells);
	CHECK(begun == room, "ring with %s room at tick %" PRIu64, room ? "some" : "no", model->tick);
	if (!begun) {
		miss(model, 1, GAP_RING_FULL);
		return;
	}
	bool sleeps = draw_below(chance, 40) == 0;
	if (sleeps && draw_below(chance, 2))
		publish(model);
	uint64_t nulls = fill(&model->cells, model->ring.columns, model->salt, model->tick);
	/* A read that fails has already filled some cells and set others to null. */
	if (mood == 2 && draw_below(chance, 3) == 0)
		miss(model, 1, GAP_SOURCE_ERROR);
	else
		commit(model, nulls);
	if (sleeps)
		publish(model);
}

static void consume(struct model *model, uint64_t mood)
{
	struct consumer *consumer = &model->consumer;
	uint64_t waiting = consumer_waiting(consumer);
	if (mood == 1 && waiting)
		consume_row(consumer);
	if (mood == 2 && draw_below(&model->chance, 500) == 0)
		for (uint64_t rows = draw_below(&model->chance, waiting + 1); rows; rows--)
			consume_row(consumer);
	if (mood == 3 && draw_below(&model->chance, 10) == 0)
		consume_all(consumer);
	if (mood == 4)
		consume_trailing_gaps(consumer);
}

static void check_end(struct model *model)
{
	struct consumer *consumer = &model->consumer;
	const struct ring *ring = &model->ring;
	consume_all(consumer);
	CHECK(ring_flush(&model->ring), "an empty ledger takes the last gap");
	consume_all(consumer);
	CHECK(consumer->next_tick == model->tick, "%" PRIu64 " of %" PRIu64 " ticks arrived", consumer->next_tick,
	      model->tick);
	CHECK(consumer->rows == model->rows, "%" PRIu64 " of %" PRIu64 " rows arrived", consumer->rows, model->rows);
	CHECK(consumer->rows + consumer_gap_ticks(consumer) == model->tick, "rows + gaps = ticks");
	CHECK(consumer->nulls == model->nulls && *ring_word(ring, ring_null_values) == model->nulls,
	      "%" PRIu64 " nulls counted, %" PRIu64 " seen, %" PRIu64 " put", *ring_word(ring, ring_null_values),
	      consumer->nulls, model->nulls);
	uint64_t missed = *ring_word(ring, ring_missed_late) + *ring_word(ring, ring_missed_ring_full) +
			  *ring_word(ring, ring_missed_source_error);
	CHECK(missed == consumer_gap_ticks(consumer), "%" PRIu64 " ticks counted as missed, %" PRIu64 " in gaps",
	      missed, consumer_gap_ticks(consumer));
	met.rows += consumer->rows;
	met.late += consumer->gap_ticks[GAP_LATE];
	met.ring_full += consumer->gap_ticks[GAP_RING_FULL];
	met.source_error += consumer->gap_ticks[GAP_SOURCE_ERROR];
	met.nulls += consumer->nulls;
	met.laps += consumer->rows / BLOCK_ROWS / consumer->blocks;
}

static void test_model(uint64_t round)
{
	struct model model = {.chance = {mix(test_seed) + (round << 32)}};
	struct chance *chance = &model.chance;
	uint64_t columns = 1 + draw_below(chance, 70), blocks = 2 + draw_below(chance, 3);
	uint64_t gaps = 2 + draw_below(chance, 3);
	void *base = make_ring(columns, blocks, gaps, 1000);
	model.salt = draw(chance);
	model.outcomes = calloc(MAX_TICKS, sizeof *model.outcomes);
	CHECK(model.outcomes, "no memory");
	int error = ring_attach(&model.ring, base, ring_size(columns, blocks, gaps), columns, 1000);
	CHECK(error == 0, "attach: %d", error);
	model.transpose = use_transpose(&model.ring, round);
	consumer_init(&model.consumer, base, &model);
	model.consumer.expect = expect_of_model;
	model.consumer.row = check_row;
	model.consumer.gap = check_gap;
	uint64_t producer_mood = 0, consumer_mood = 3;
	for (int step = 0; step < STEPS; step++) {
		if (draw_below(chance, 1500) == 0)
			producer_mood = draw_below(chance, 3);
		if (draw_below(chance, 1500) == 0)
			consumer_mood = draw_below(chance, 5);
		produce(&model, producer_mood);
		consume(&model, consumer_mood);
	}
	check_end(&model);
	ring_detach(&model.ring);
	free(model.outcomes);
	free(base);
}

int main(int count, char **words)
{
	test_seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
	uint64_t rounds = count > 2 ? strtoull(words[2], NULL, 10) : 12;
	printf("seed %" PRIu64 "\n", test_seed);
	for (uint64_t round = 0; round < rounds; round++)
		test_model(round);
	CHECK(met.late && met.ring_full && met.source_error && met.refused && met.nulls && met.laps > rounds &&
		      met.parts,
	      "a situation never occurred");
	for (int kind = 0; kind < TRANSPOSE_KINDS; kind++)
		CHECK(met.lines[kind] || !transpose_of((enum transpose_kind)kind), "transpose %d never occurred", kind);
	bool streams = transpose_best() != transpose_of(TRANSPOSE_PORTABLE);
	CHECK(met.most_unpublished == (streams ? RING_MAX_UNPUBLISHED : LINE_ROWS - 1), "at most %" PRIu64 " rows were kept back",
	      met.most_unpublished);
	printf("ok %" PRIu64 " rings against the model: %" PRIu64 " rows (lines: %" PRIu64 " portable, %" PRIu64 " AVX2, %" PRIu64
	       " AVX-512), %" PRIu64 " nulls, %" PRIu64 " laps; gaps of %" PRIu64 " late, %" PRIu64 " ring_full (%" PRIu64
	       " for a full ledger), %" PRIu64 " source_error ticks\n",
	       rounds, met.rows, met.lines[TRANSPOSE_PORTABLE], met.lines[TRANSPOSE_AVX2],
	       met.lines[TRANSPOSE_AVX512], met.nulls, met.laps, met.late, met.ring_full, met.refused,
	       met.source_error);
	return 0;
}
