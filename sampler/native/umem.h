// SPDX-License-Identifier: Apache-2.0
/* The sampler's mapping of the umem that Node made (layout.h draws it). */
#ifndef COUNTERSINK_UMEM_H
#define COUNTERSINK_UMEM_H

#include "plan.h"

struct umem {
	char *base;
	size_t bytes;
};

/* Maps fd and checks that it is a umem of this layout. 0, -EPROTO (not ours), -EILSEQ (other layout), -EMSGSIZE
 * (truncated) or what the kernel says. */
int umem_map(struct umem *umem, int fd);

/* Attaches the ring of a planned stream, wherever the plan says it lies; the errors of ring_attach. */
int umem_attach(const struct umem *umem, struct stream *stream);

/* Touches every page for writing, so that no tick pays for a page fault. */
void umem_prefault(const struct umem *umem);

static inline uint64_t *umem_word(const struct umem *umem, size_t offset)
{
	return word_at(umem->base, offset);
}

#endif
