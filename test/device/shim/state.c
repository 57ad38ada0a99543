// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATE_MAGIC (0x66776d6f64656cULL << 8 ^ sizeof(struct state))

uint64_t state_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void refuse(const char *what, const char *path)
{
	fprintf(stderr, "simulated device: %s %s: %s\n", what, path ? path : "memory", strerror(errno));
	abort();
}

/* COUNTERSINK_FAKE_SKIP_EVERY=7 sets skip_every. */
static void read_environment(struct fw_config *config, struct fw_faults *faults)
{
	for (unsigned at = 0; fw_setting_name(at); at++) {
		char name[64] = "COUNTERSINK_FAKE_";
		char *end = name + strlen(name);
		for (const char *from = fw_setting_name(at); *from; from++)
			*end++ = (char)toupper(*from);
		const char *value = getenv(name);
		if (value)
			fw_set(config, faults, fw_setting_name(at), strtoll(value, NULL, 0));
	}
}

static void make_card(struct state *state)
{
	struct fw_config config;
	struct fw_faults faults = {0};
	pthread_mutexattr_t kind;
	fw_default_config(&config);
	read_environment(&config, &faults);
	fw_init(&state->fw, &config, state_now());
	state->fw.faults = faults;
	pthread_mutexattr_init(&kind);
	pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&state->lock, &kind);
	state->magic = STATE_MAGIC;
}

static struct state *map_shared(const char *path, int fd)
{
	struct stat file;
	if (flock(fd, LOCK_EX) || fstat(fd, &file))
		refuse("cannot lock", path);
	bool fresh = file.st_size == 0;
	if (fresh && ftruncate(fd, sizeof(struct state)))
		refuse("cannot grow", path);
	struct state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		refuse("cannot map", path);
	if (fresh)
		make_card(state);
	errno = EPROTO;
	if (state->magic != STATE_MAGIC)
		refuse("another version wrote", path);
	flock(fd, LOCK_UN); /* the mapping keeps the open file, so closing it would not */
	close(fd);
	return state;
}

struct state *state_map(const char *path)
{
	if (path) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			refuse("cannot open", path);
		return map_shared(path, fd);
	}
	struct state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		refuse("cannot map", path);
	make_card(state);
	return state;
}

void state_lock(struct state *state)
{
	/* A holder that died in the middle left numbers that are at worst one command old. */
	if (pthread_mutex_lock(&state->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&state->lock);
}

void state_unlock(struct state *state)
{
	pthread_mutex_unlock(&state->lock);
}

void state_reap(struct state *state)
{
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		if (state->fw.uids[at] && kill(state->holders[at], 0) && errno == ESRCH)
			fw_close(&state->fw, state->fw.uids[at]);
}

uint16_t state_open(struct state *state, uint32_t caps)
{
	state_reap(state);
	uint16_t uid = fw_open(&state->fw, caps);
	for (unsigned at = 0; uid && at < FW_MAX_OBJECTS; at++)
		if (state->fw.uids[at] == uid)
			state->holders[at] = getpid();
	return uid;
}
