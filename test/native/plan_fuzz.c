// SPDX-License-Identifier: Apache-2.0
/*
 * Feeds mutated plans, mutated ring headers and a consumer that writes wrong words. Each is refused or harmless; there
 * is never a crash or a leak (run it under AddressSanitizer). plan_fuzz PLANS [ITERATIONS] [SEED]; PLANS is a directory
 * of good plans, one or more for each reader.
 */
#include <dirent.h>
#include <errno.h>

#include "../../sampler/native/plan.h"
#include "support.h"

enum { MAX_SEEDS = 64, MAX_BYTES = 1 << 16 };

static struct {
	char *text;
	size_t size;
} seeds[MAX_SEEDS];
static size_t seed_count;
static struct plan plan;

static const char *const edges[] = {"0", "1", "-1", "-2", "63", "64", "65", "4095", "4096", "4097", "2147483648",
				    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
				    "18446744073709551615", "18446744073709551616", "99999999999999999999999", "", "%00",
				    "%", "%4", "%GG", "1e9", "0x10", "+1", "1 ", "end", "lane", "stream", "reader", "set"};

/* --- mutation --- */

/* Replaces the bytes [at, at + out) by those of `in`. The text keeps its maximum size. */
static void splice(char *text, size_t *size, size_t at, size_t out, const char *in, size_t bytes)
{
	if (*size - out + bytes > MAX_BYTES)
		return;
	memmove(text + at + bytes, text + at + out, *size - at - out);
	memcpy(text + at, in, bytes);
	*size += bytes - out;
}

/* The token at a random place: the bytes between two separators. */
static void find_token(const char *text, size_t size, struct chance *chance, char separator, size_t *at, size_t *length)
{
	size_t begin = draw_below(chance, size), end = begin;
	while (begin > 0 && text[begin - 1] != separator && text[begin - 1] != '\n')
		begin--;
	while (end < size && text[end] != separator && text[end] != '\n')
		end++;
	*at = begin;
	*length = end - begin;
}

static void mutate_line(char *text, size_t *size, struct chance *chance)
{
	size_t at, length, to, unused;
	char line[512];
	find_token(text, *size, chance, '\n', &at, &length);
	length += at + length < *size; /* the line feed included */
	if (length == 0 || length > sizeof line)
		return;
	memcpy(line, text + at, length);
	if (draw_below(chance, 2))
		splice(text, size, at, length, "", 0);
	if (*size == 0 || draw_below(chance, 3) == 0)
		return;
	find_token(text, *size, chance, '\n', &to, &unused);
	for (uint64_t copies = draw_below(chance, 20) ? 1 : draw_below(chance, 600); copies; copies--)
		splice(text, size, to, 0, line, length);
}

static void mutate(char *text, size_t *size, struct chance *chance)
{
	if (*size == 0)
		return;
	size_t at = draw_below(chance, *size), length = 0;
	char byte = (char)draw(chance);
	const char *edge = edges[draw_below(chance, sizeof edges / sizeof *edges)];
	switch (draw_below(chance, 8)) {
	case 0:
		text[at] ^= (char)(1 << draw_below(chance, 8));
		break;
	case 1:
		splice(text, size, at, 0, &byte, 1);
		break;
	case 2:
		splice(text, size, at, 1, "", 0);
		break;
	case 3:
		if (draw_below(chance, 10) == 0)
			*size = at;
		break;
	case 4:
		mutate_line(text, size, chance);
		break;
	default:
		find_token(text, *size, chance, ' ', &at, &length);
		splice(text, size, at, length, edge, strlen(edge));
	}
}

/* --- plans --- */

static void check_stream(const struct stream *stream, const struct lane *lane, const struct reader *first)
{
	CHECK(stream_wake_ns(stream) >= PLAN_SHORTEST_PERIOD_NS, "the loop would wake every %" PRIu64 " ns", stream_wake_ns(stream));
	CHECK(stream->lane == lane, "stream of another lane");
	CHECK(stream->period_ns >= 1 && stream->period_ns <= 3600 * 1000000000ULL, "period %" PRIu64, stream->period_ns);
	CHECK(stream->columns >= 1 && stream->columns <= RING_MAX_COLUMNS, "%u columns", stream->columns);
	CHECK(stream->ring_offset % UMEM_PAGE == 0 && stream->ring_bytes % UMEM_PAGE == 0, "the size of the ring is not a multiple of a page");
	CHECK(stream->readers == first && stream->reader_count >= 1, "readers of another stream");
	for (uint32_t column = 0; column < stream->columns; column++) {
		unsigned claims = 0;
		for (uint32_t r = 0; r < stream->reader_count; r++)
			claims += stream->readers[r].mine[column / 64] >> (column % 64) & 1;
		CHECK(claims == 1, "column %u is filled by %u readers", column, claims);
	}
	for (uint32_t r = 0; r < stream->reader_count; r++)
		CHECK(stream->readers[r].cpu >= -1 && stream->readers[r].columns == stream->columns, "reader %u", r);
}

/* Checks what the loop relies on in an accepted plan. */
static void check_plan(void)
{
	uint32_t streams = 0, readers = 0;
	CHECK(plan.lane_count >= 1 && plan.lane_count <= PLAN_MAX_LANES, "%u lanes", plan.lane_count);
	CHECK(plan.stream_count >= 1 && plan.stream_count <= PLAN_MAX_STREAMS, "%u streams", plan.stream_count);
	CHECK(plan.reader_count >= 1 && plan.reader_count <= PLAN_MAX_READERS, "%u readers", plan.reader_count);
	for (uint32_t l = 0; l < plan.lane_count; l++) {
		const struct lane *lane = &plan.lanes[l];
		CHECK(lane->stream_count >= 1, "lane %u has no stream, so its first stream belongs to another lane", l);
		CHECK(lane->streams == &plan.streams[streams], "lane %u starts at another stream", l);
		for (uint32_t s = 0; s < lane->stream_count; s++, streams++) {
			check_stream(&plan.streams[streams], lane, &plan.readers[readers]);
			readers += plan.streams[streams].reader_count;
		}
	}
	CHECK(streams == plan.stream_count && readers == plan.reader_count, "streams or readers that no lane has");
	for (uint32_t s = 0; s < plan.stream_count; s++)
		for (uint32_t other = 0; other < s; other++) {
			const struct stream *a = &plan.streams[s], *b = &plan.streams[other];
			bool apart = a->ring_offset >= b->ring_offset ? a->ring_offset - b->ring_offset >= b->ring_bytes
								      : b->ring_offset - a->ring_offset >= a->ring_bytes;
			CHECK(apart, "the rings of streams %u and %u overlap", other, s);
		}
}

/* Copies the plan into memory of exactly its size, so that a read beyond it is found. */
static int parse(const char *text, size_t size, unsigned *line)
{
	char *copy = malloc(size + 1);
	CHECK(copy, "no memory");
	memcpy(copy, text, size);
	copy[size] = 0;
	int error = plan_parse(&plan, copy, line);
	CHECK(error <= 0 && error > -4096, "plan_parse gave %d", error);
	if (error == 0)
		check_plan();
	plan_free(&plan);
	free(copy);
	return error;
}

static void fuzz_plans(uint64_t iterations)
{
	static char text[MAX_BYTES];
	struct chance chance = {mix(test_seed)};
	uint64_t accepted = 0;
	unsigned line;
	for (size_t i = 0; i < seed_count; i++) {
		int error = parse(seeds[i].text, seeds[i].size, &line);
		CHECK(error == 0, "good plan %zu is refused in line %u: %s", i, line, strerror(-error));
	}
	for (uint64_t i = 0; i < iterations; i++) {
		size_t which = draw_below(&chance, seed_count), size = seeds[which].size;
		memcpy(text, seeds[which].text, size);
		for (uint64_t n = 1 + draw_below(&chance, 4); n; n--)
			mutate(text, &size, &chance);
		accepted += parse(text, size, &line) == 0;
	}
	printf("ok %" PRIu64 " mutations of %zu plans, %" PRIu64 " of them acceptable\n", iterations, seed_count, accepted);
}

static void read_seeds(const char *path)
{
	DIR *directory = opendir(path);
	CHECK(directory, "%s: %s", path, strerror(errno));
	for (struct dirent *entry; (entry = readdir(directory));) {
		char name[4096];
		if (!strstr(entry->d_name, ".plan"))
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		FILE *file = fopen(name, "r");
		CHECK(file && seed_count < MAX_SEEDS, "%s: %s", name, strerror(errno));
		seeds[seed_count].text = calloc(1, MAX_BYTES);
		CHECK(seeds[seed_count].text, "no memory");
		seeds[seed_count].size = fread(seeds[seed_count].text, 1, MAX_BYTES, file);
		CHECK(seeds[seed_count].size < MAX_BYTES, "%s is too long", name);
		seed_count++;
		fclose(file);
	}
	closedir(directory);
	CHECK(seed_count, "no plan in %s", path);
}

/* --- rings --- */

static uint64_t strange(struct chance *chance, uint64_t usual)
{
	switch (draw_below(chance, 6)) {
	case 0:
		return usual + draw_below(chance, 9) - 4;
	case 1:
		return 1ULL << draw_below(chance, 64);
	case 2:
		return UINT64_MAX - draw_below(chance, 4);
	case 3:
		return UINT64_MAX / (usual | 1) + draw_below(chance, 3);
	default:
		return draw(chance) >> draw_below(chance, 64);
	}
}

/* Writes rows and gaps into any accepted ring, while the words of the consumer hold random values. */
static void produce(struct ring *ring, struct chance *chance)
{
	struct cells cells = {0};
	for (uint64_t tick = 0; tick < 3 * BLOCK_ROWS; tick++) {
		if (draw_below(chance, 8) == 0)
			*ring_word(ring, ring_rows_released) = draw_below(chance, 2) ? tick : strange(chance, tick + 1);
		if (draw_below(chance, 8) == 0)
			*ring_word(ring, ring_gaps_released) = draw_below(chance, 2) ? tick : strange(chance, tick + 1);
		if (!ring_begin(ring, tick, &cells)) {
			ring_miss(ring, tick, 1, GAP_RING_FULL, (int64_t)tick);
			continue;
		}
		for (uint32_t column = 0; column < ring->columns; column += 1 + ring->columns / 4)
			if (tick % 7 == 0)
				cell_null(&cells, column);
			else
				cell_put(&cells, column, tick);
		if (draw_below(chance, 16) == 0)
			ring_miss(ring, tick, 1, GAP_SOURCE_ERROR, (int64_t)tick);
		else
			ring_commit(ring, &cells, (int64_t)tick, 1);
	}
}

static void fuzz_rings(uint64_t iterations)
{
	static const size_t words[] = {ring_magic, ring_hash, ring_bytes, ring_columns, ring_blocks, ring_gap_capacity,
				       ring_period_ns, ring_rows_published, ring_gaps_published, ring_rows_released};
	struct chance chance = {mix(test_seed) ^ 1};
	uint64_t accepted = 0;
	for (uint64_t i = 0; i < iterations; i++) {
		uint64_t columns = 1 + draw_below(&chance, 3), blocks = 2 + draw_below(&chance, 2), gaps = 2 + draw_below(&chance, 200);
		char *base = make_ring(columns, blocks, gaps, 1000);
		uint64_t bytes = ring_size(columns, blocks, gaps), planned = columns;
		for (uint64_t n = draw_below(&chance, 3); n; n--) {
			uint64_t *word = word_at(base, words[draw_below(&chance, sizeof words / sizeof *words)]);
			*word = strange(&chance, *word + 1);
		}
		/* The plan may match a header that is wrong. */
		if (draw_below(&chance, 2))
			planned = *word_at(base, ring_columns);
		struct ring ring;
		int error = ring_attach(&ring, base, draw_below(&chance, 20) ? bytes : draw_below(&chance, bytes), planned, 1000);
		CHECK(error <= 0 && error > -4096, "ring_attach gave %d", error);
		if (error == 0) {
			produce(&ring, &chance);
			accepted++;
		}
		ring_detach(&ring);
		free(base);
	}
	CHECK(iterations < 100 || (accepted && accepted < iterations), "%" PRIu64 " headers accepted", accepted);
	printf("ok %" PRIu64 " ring headers, %" PRIu64 " of them acceptable\n", iterations, accepted);
}

int main(int count, char **words)
{
	CHECK(count > 1, "usage: plan_fuzz PLANS [ITERATIONS] [SEED]");
	uint64_t iterations = count > 2 ? strtoull(words[2], NULL, 10) : 20000;
	test_seed = count > 3 ? strtoull(words[3], NULL, 10) : 1;
	printf("seed %" PRIu64 "\n", test_seed);
	read_seeds(words[1]);
	fuzz_plans(iterations);
	fuzz_rings(iterations / 20);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].text);
	return 0;
}
