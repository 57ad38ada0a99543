// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <errno.h>
#include <stdlib.h>

typedef int line_parser(struct plan *plan, int count, char **words);

static int parse_flag(const char *word, bool *flag)
{
	if ((*word != '0' && *word != '1') || word[1])
		return -EINVAL;
	*flag = *word == '1';
	return 0;
}

static int parse_cpu(const char *word, int *cpu)
{
	int64_t value;
	if (parse_i64(word, &value) || value < -1 || value > 4095)
		return -EINVAL;
	*cpu = (int)value;
	return 0;
}

static int parse_wait(struct plan *plan, int count, char **words)
{
	static const char *const names[] = {"sleep", "hybrid", "spin"};
	for (int i = 0; count == 2 && i < 3; i++)
		if (strcmp(words[1], names[i]) == 0) {
			plan->wait = (enum wait_policy)i;
			return 0;
		}
	return -EINVAL;
}

static int parse_realtime(struct plan *plan, int count, char **words)
{
	return count == 2 ? parse_flag(words[1], &plan->realtime) : -EINVAL;
}

static int parse_duration(struct plan *plan, int count, char **words)
{
	/* At most a century, so that start + duration cannot overflow. */
	if (count != 2 || parse_u64(words[1], &plan->duration_ns) || plan->duration_ns > 3155760000 * 1000000000ULL)
		return -EINVAL;
	return 0;
}

static int parse_probe(struct plan *plan, int count, char **words)
{
	return count == 2 ? parse_u64(words[1], &plan->probe) : -EINVAL;
}

static int parse_lane(struct plan *plan, int count, char **words)
{
	if (count != 2 || plan->lane_count == PLAN_MAX_LANES)
		return -EINVAL;
	struct lane *lane = &plan->lanes[plan->lane_count];
	if (parse_cpu(words[1], &lane->cpu))
		return -EINVAL;
	lane->streams = &plan->streams[plan->stream_count];
	plan->lane_count++;
	return 0;
}

/* Rings are whole pages and do not overlap: two that did would be two writers of one word. */
static bool ring_fits(const struct plan *plan, uint64_t offset, uint64_t bytes)
{
	if (offset % UMEM_PAGE || bytes % UMEM_PAGE || bytes > UINT64_MAX - offset)
		return false;
	for (uint32_t s = 0; s < plan->stream_count; s++) {
		const struct stream *other = &plan->streams[s];
		if (offset < other->ring_offset + other->ring_bytes && other->ring_offset < offset + bytes)
			return false;
	}
	return true;
}

static int parse_stream(struct plan *plan, int count, char **words)
{
	if (count != 6 || plan->lane_count == 0 || plan->stream_count == PLAN_MAX_STREAMS)
		return -EINVAL;
	struct stream *stream = &plan->streams[plan->stream_count];
	uint64_t columns, offset, bytes;
	if (parse_u64(words[2], &stream->period_ns) || parse_u64(words[3], &columns) || parse_u64(words[4], &offset) ||
	    parse_u64(words[5], &bytes))
		return -EINVAL;
	/* At most an hour, so that deadlines cannot overflow within the life of a machine. */
	if (stream->period_ns == 0 || stream->period_ns > 3600 * 1000000000ULL)
		return -EINVAL;
	if (columns == 0 || columns > RING_MAX_COLUMNS || !ring_fits(plan, offset, bytes))
		return -EINVAL;
	stream->name = words[1];
	stream->columns = (uint32_t)columns;
	stream->ring_offset = offset;
	stream->ring_bytes = bytes;
	stream->readers = &plan->readers[plan->reader_count];
	stream->lane = &plan->lanes[plan->lane_count - 1];
	stream->lane->stream_count++;
	plan->stream_count++;
	return 0;
}

static int parse_reader(struct plan *plan, int count, char **words)
{
	if (count != 3 || plan->stream_count == 0 || plan->reader_count == PLAN_MAX_READERS)
		return -EINVAL;
	struct stream *stream = &plan->streams[plan->stream_count - 1];
	struct reader *reader = &plan->readers[plan->reader_count];
	reader->ops = reader_find(words[1]);
	if (!reader->ops)
		return -ENOENT;
	if (parse_cpu(words[2], &reader->cpu))
		return -EINVAL;
	reader->columns = stream->columns;
	reader->state = calloc(1, reader->ops->state_bytes);
	reader->mine = calloc((stream->columns + 63) / 64, sizeof *reader->mine);
	if (!reader->state || !reader->mine)
		return -ENOMEM;
	stream->reader_count++;
	plan->reader_count++;
	return 0;
}

static int parse_set(struct plan *plan, int count, char **words)
{
	struct stream *stream = plan->stream_count ? &plan->streams[plan->stream_count - 1] : NULL;
	if (count < 2 || !stream || stream->reader_count == 0)
		return -EINVAL;
	struct reader *reader = &plan->readers[plan->reader_count - 1];
	return reader->ops->configure(reader, count - 1, words + 1);
}

static const struct {
	const char *word;
	line_parser *parse;
} parsers[] = {
	{"wait", parse_wait},	  {"realtime", parse_realtime}, {"duration_ns", parse_duration}, {"probe", parse_probe},
	{"lane", parse_lane},	  {"stream", parse_stream},	{"reader", parse_reader},	 {"set", parse_set},
};

static int split(char *line, char **words)
{
	int count = 0;
	for (char *save, *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (count == PLAN_MAX_WORDS)
			return -E2BIG;
		words[count++] = word;
	}
	return count;
}

static int parse_line(struct plan *plan, int count, char **words)
{
	for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++)
		if (strcmp(words[0], parsers[i].word) == 0)
			return parsers[i].parse(plan, count, words);
	return -EINVAL;
}

/* Exactly one reader fills each column of a stream, so no cell is published that was not written. */
static int check_columns(const struct plan *plan)
{
	for (uint32_t s = 0; s < plan->stream_count; s++) {
		const struct stream *stream = &plan->streams[s];
		for (uint32_t column = 0; column < stream->columns; column++) {
			unsigned claims = 0;
			for (uint32_t r = 0; r < stream->reader_count; r++)
				claims += (unsigned)(stream->readers[r].mine[column / 64] >> (column % 64)) & 1;
			if (claims != 1)
				return -EINVAL;
		}
	}
	return plan->stream_count ? 0 : -EINVAL;
}

/* A drained reader determines when its stream is visited, so it is the only reader of its stream. */
static int check_drained(const struct plan *plan)
{
	for (uint32_t s = 0; s < plan->stream_count; s++) {
		const struct stream *stream = &plan->streams[s];
		for (uint32_t r = 0; r < stream->reader_count; r++) {
			const struct reader *reader = &stream->readers[r];
			if (reader->ops->drain &&
			    (stream->reader_count > 1 || reader->drain_ns == 0 || reader->cpu >= 0))
				return -EINVAL;
		}
		if (plan->probe && stream_drained(stream))
			return -EINVAL;
	}
	return 0;
}

/* With a shorter period the loop would never wait. */
static int check_periods(const struct plan *plan)
{
	for (uint32_t s = 0; s < plan->stream_count; s++)
		if (stream_wake_ns(&plan->streams[s]) < PLAN_SHORTEST_PERIOD_NS)
			return -ERANGE;
	return 0;
}

/* The loop needs at least one stream in a lane. */
static int check_lanes(const struct plan *plan)
{
	for (uint32_t l = 0; l < plan->lane_count; l++)
		if (plan->lanes[l].stream_count == 0)
			return -EINVAL;
	int error = check_columns(plan);
	error = error ? error : check_drained(plan);
	return error ? error : check_periods(plan);
}

int plan_parse(struct plan *plan, char *text, unsigned *line)
{
	char *words[PLAN_MAX_WORDS];
	memset(plan, 0, sizeof *plan);
	*line = 0;
	for (char *next, *at = text; at && *at; at = next) {
		next = strchr(at, '\n');
		if (!next)
			return -EINVAL;
		*next++ = 0;
		++*line;
		int count = split(at, words);
		if (count < 0)
			return count;
		if (*line == 1) {
			if (count != 2 || strcmp(words[0], "countersink-plan") || strcmp(words[1], "1"))
				return -EPROTO;
			continue;
		}
		if (count == 0)
			return -EINVAL;
		if (count == 1 && strcmp(words[0], "end") == 0)
			return *next ? -EINVAL : check_lanes(plan);
		int error = parse_line(plan, count, words);
		if (error)
			return error;
	}
	return -ENODATA;
}

void plan_free(struct plan *plan)
{
	for (uint32_t r = 0; r < plan->reader_count; r++) {
		struct reader *reader = &plan->readers[r];
		reader->ops->close(reader);
		free(reader->state);
		free(reader->mine);
	}
	plan->reader_count = 0;
	for (uint32_t s = 0; s < plan->stream_count; s++) {
		ring_detach(&plan->streams[s].ring);
		free(plan->streams[s].drain);
		plan->streams[s].drain = NULL;
	}
}
