// SPDX-License-Identifier: Apache-2.0
#include "ring_image.h"

#include <errno.h>
#include <stdlib.h>

#include "unwrap.h"

/* Numbers start here, so that none before the first becomes negative. */
#define FIRST_NUMBER (1ULL << 32)

int image_create(struct ring_image *image, uint32_t places)
{
	image->places = places;
	image->seen = calloc(places, sizeof *image->seen);
	image->changed = calloc(places, sizeof *image->changed);
	return image->seen && image->changed ? 0 : -ENOMEM;
}

void image_free(struct ring_image *image)
{
	free(image->seen);
	free(image->changed);
}

static uint32_t next_place(const struct ring_image *image, uint32_t place)
{
	return (place + 1) & (image->places - 1);
}

static uint32_t previous_place(const struct ring_image *image, uint32_t place)
{
	return (place - 1) & (image->places - 1);
}

static uint16_t id_of(uint64_t head)
{
	return (uint16_t)(head >> 32);
}

/* Less than half of all ids lie between the two. */
static int16_t ids_apart(uint64_t later, uint64_t earlier)
{
	return (int16_t)(uint16_t)(id_of(later) - id_of(earlier));
}

static bool same_counter(uint64_t a, uint64_t b)
{
	return a >> 48 == b >> 48;
}

void image_note(struct ring_image *image, uint32_t place, uint32_t count, const uint8_t *records, size_t sample_bytes,
		bool first)
{
	for (uint32_t i = 0; i < count; i++, records += sample_bytes) {
		uint64_t head = get_u64(records);
		if (first)
			image->seen[place + i] = head;
		image->changed[place + i] = head != image->seen[place + i] ? head : 0;
	}
}

/* The oldest is the first of a run of changed samples: the sample before it did not change, or is newer, where the
 * device went all the way round. There can be two runs, since the device goes on while the ring is read in parts;
 * then the one with the earlier id. */
bool image_find_oldest(const struct ring_image *image, uint32_t *oldest)
{
	bool found = false;
	for (uint32_t place = 0; place < image->places; place++) {
		uint64_t head = image->changed[place], before = image->changed[previous_place(image, place)];
		if (head == 0 || (image->places > 1 && before != 0 && ids_apart(head, before) >= 0))
			continue;
		if (!found || ids_apart(head, image->changed[*oldest]) < 0)
			*oldest = place;
		found = true;
	}
	return found;
}

uint32_t image_find_newest(const struct ring_image *image, uint32_t oldest)
{
	uint32_t newest = oldest;
	for (uint32_t next = next_place(image, newest); next != oldest; next = next_place(image, newest)) {
		if (image->changed[next] == 0 || ids_apart(image->changed[next], image->changed[newest]) <= 0)
			break;
		newest = next;
	}
	return newest;
}

struct position image_position(const struct ring_image *image, uint32_t place)
{
	uint64_t head = image->changed[place];
	return (struct position){place, FIRST_NUMBER + id_of(head), FIRST_NUMBER | (uint32_t)head};
}

/* Sample by sample, so that neither ids nor time stamps wrap unnoticed. */
struct position image_walk(const struct ring_image *image, struct position at, uint32_t place, double period)
{
	while (at.place != place) {
		uint32_t next = next_place(image, at.place);
		uint64_t passed = (uint16_t)(id_of(image->changed[next]) - id_of(image->changed[at.place]));
		at.clock = unwrap_u32((uint32_t)image->changed[next], at.clock + (uint64_t)((double)passed * period));
		at.number += passed;
		at.place = next;
	}
	return at;
}

static uint64_t head_of(const struct ring_image *image, uint32_t place)
{
	return image->changed[place] ? image->changed[place] : image->seen[place];
}

uint32_t image_find_start(const struct ring_image *image, uint32_t oldest, uint64_t newest_after, double max_age,
			  uint32_t *earlier)
{
	double age = (double)newest_after;
	uint32_t first = oldest;
	*earlier = 0;
	for (uint32_t before; *earlier + 1 < image->places; first = before, ++*earlier) {
		before = previous_place(image, first);
		uint64_t head = head_of(image, first), older = head_of(image, before);
		age += (uint32_t)((uint32_t)head - (uint32_t)older);
		if (!same_counter(head, older) || ids_apart(head, older) <= 0 || age > max_age)
			break;
	}
	return first;
}

void image_accept(struct ring_image *image, uint32_t first, uint32_t end)
{
	for (uint32_t place = first; place != end; place = next_place(image, place))
		image->changed[place] = head_of(image, place);
}

void image_accept_all(struct ring_image *image)
{
	memcpy(image->changed, image->seen, image->places * sizeof *image->changed);
}
