// SPDX-License-Identifier: Apache-2.0
#include "umem.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

int umem_map(struct umem *umem, int fd)
{
	struct stat file;
	if (fstat(fd, &file))
		return -errno;
	if (file.st_size < UMEM_CONTROL_BYTES)
		return -EMSGSIZE;
	umem->bytes = (size_t)file.st_size;
	void *base = mmap(NULL, umem->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	umem->base = base;
	if (load_from_consumer(umem_word(umem, control_magic)) != UMEM_MAGIC)
		return -EPROTO;
	if (*umem_word(umem, control_hash) != layout_hash())
		return -EILSEQ;
	if (*umem_word(umem, control_bytes) != umem->bytes)
		return -EMSGSIZE;
	return 0;
}

int umem_attach(const struct umem *umem, struct stream *stream)
{
	if (stream->ring_offset < UMEM_CONTROL_BYTES || stream->ring_bytes > umem->bytes ||
	    stream->ring_offset > umem->bytes - stream->ring_bytes)
		return -EMSGSIZE;
	return ring_attach(&stream->ring, umem->base + stream->ring_offset, stream->ring_bytes, stream->columns,
			   stream->period_ns);
}

void umem_prefault(const struct umem *umem)
{
	if (madvise(umem->base, umem->bytes, MADV_POPULATE_WRITE) == 0)
		return;
	for (size_t at = 0; at < umem->bytes; at += UMEM_PAGE)
		__atomic_fetch_add((uint64_t *)(void *)(umem->base + at), 0, __ATOMIC_RELAXED);
}
