// SPDX-License-Identifier: Apache-2.0
/* The card of the shim: one firmware model in a file that every process maps, under a lock that survives its
 * holder. */
#ifndef COUNTERSINK_SHIM_STATE_H
#define COUNTERSINK_SHIM_STATE_H

#include <pthread.h>
#include <sys/types.h>

#include "../model/fw.h"

struct state {
	uint64_t magic; /* written last */
	pthread_mutex_t lock;
	pid_t holders[FW_MAX_OBJECTS]; /* process that has fw.uids[i] */
	struct fw fw;
};

/* Maps the file, making a card with the settings of the environment when it is new; NULL path: of this process only. */
struct state *state_map(const char *path);
void state_lock(struct state *state);
void state_unlock(struct state *state);
/* Closes the contexts of processes that have died, as the kernel would have done; under the lock. */
void state_reap(struct state *state);
/* A context for this process; 0: no place. Under the lock. */
uint16_t state_open(struct state *state, uint32_t caps);
uint64_t state_now(void);

#endif
