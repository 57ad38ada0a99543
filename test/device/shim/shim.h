// SPDX-License-Identifier: Apache-2.0
/* What the two drivers of the shim share: an open descriptor, copies that fail as the kernel's do, and one command. */
#ifndef COUNTERSINK_SHIM_H
#define COUNTERSINK_SHIM_H

#include "state.h"

enum { MAX_UMEMS = 16 };

struct umem {
	uint32_t id;
	uint8_t *at;
	uint64_t bytes;
};

struct descriptor {
	int fd;
	bool mlx5ctl;
	uint16_t uid;
	uint32_t caps;
	struct umem umems[MAX_UMEMS];
};

extern struct state *card;

/* -errno or 0. */
int copy_in(void *to, uint64_t from, size_t length);
int copy_out(uint64_t to, const void *from, size_t length);
/* A whole command with the caller's buffers; the outbox is copied when the model filled it. Takes as long as asked. */
int run_command(const struct descriptor *of, int scope, uint64_t in_at, size_t in_length, uint64_t out_at,
		size_t out_length);
bool unprivileged(void);

int fwctl_ioctl(struct descriptor *of, unsigned request, uint64_t argument);
int mlx5ctl_ioctl(struct descriptor *of, unsigned request, uint64_t argument);
/* The thread that writes trace blocks into the umems of this process, from the first one on. */
void tracer_start(void);

#endif
