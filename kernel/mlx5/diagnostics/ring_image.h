// SPDX-License-Identifier: Apache-2.0
/*
 * Two looks at the whole ring, and what changed between them: that tells where the device writes. The image of a place
 * is the first eight bytes of its sample: counter id, sample id and time stamp. It is 0 where there is nothing, since
 * no counter has id 0.
 */
#ifndef COUNTERSINK_RING_IMAGE_H
#define COUNTERSINK_RING_IMAGE_H

#include "drain_cursor.h"

struct ring_image {
	uint32_t places;
	uint64_t *seen;	   /* at the first look */
	uint64_t *changed; /* at the last look, or 0 where nothing changed */
};

/* 0 or -ENOMEM; image_free() also after a failure. */
int image_create(struct ring_image *image, uint32_t places);
void image_free(struct ring_image *image);

/* Notes `count` samples from `place` on. first: this is the first look. */
void image_note(struct ring_image *image, uint32_t place, uint32_t count, const uint8_t *records, size_t sample_bytes,
		bool first);

/* The oldest sample that changed. False: none did. */
bool image_find_oldest(const struct ring_image *image, uint32_t *oldest);
uint32_t image_find_newest(const struct ring_image *image, uint32_t oldest);

/* A sample that changed, numbered anew. */
struct position image_position(const struct ring_image *image, uint32_t place);
/* From one changed sample to a later one. period: in clocks. */
struct position image_walk(const struct ring_image *image, struct position at, uint32_t place, double period);

/* For a ring that is filled once: finds the first sample of the run that leads to `oldest`, though it did not
 * change. newest_after: clocks from the oldest to the newest sample that changed. A sample that is max_age clocks
 * older than the newest does not belong to the run. *earlier: number of samples from the first one to `oldest`. */
uint32_t image_find_start(const struct ring_image *image, uint32_t oldest, uint64_t newest_after, double max_age,
			  uint32_t *earlier);

/* Calls samples changed that were only seen: from `first` up to `end`, or all. */
void image_accept(struct ring_image *image, uint32_t first, uint32_t end);
void image_accept_all(struct ring_image *image);

#endif
