// SPDX-License-Identifier: Apache-2.0
/*
 * Answers open, ioctl and close of the device nodes below $COUNTERSINK_DEVICE_ROOT/dev with the firmware model. The
 * nodes are plain files there (fwdump ROOT tree makes them); everything else goes to libc.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

enum { MAX_DESCRIPTORS = 32 };

struct state *card;
static struct descriptor descriptors[MAX_DESCRIPTORS];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT, tracer_once = PTHREAD_ONCE_INIT;

#define REAL(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

static void write_log(void)
{
	static char text[1 << 16];
	const char *path = getenv("COUNTERSINK_FAKE_LOG");
	FILE *file = path && card ? fopen(path, "w") : NULL;
	if (!file)
		return;
	state_lock(card);
	size_t length = fw_dump(&card->fw, state_now(), text, sizeof(text));
	state_unlock(card);
	fwrite(text, 1, length, file);
	fclose(file);
}

static void appear(void)
{
	card = state_map(getenv("COUNTERSINK_FAKE_STATE"));
	atexit(write_log);
}

static const char *device_root(void)
{
	return getenv("COUNTERSINK_DEVICE_ROOT");
}

/* Whether a path is written with the root: programs that look for nodes do, the sampler opens them as they are
 * called. */
static bool below_root(const char *path)
{
	size_t length = strlen(device_root());
	return length && !strncmp(path, device_root(), length);
}

/* 0: not ours, 1: fwctl, 2: mlx5ctl. */
static int kind_of(const char *path)
{
	if (!device_root())
		return 0;
	const char *name = below_root(path) ? path + strlen(device_root()) : path;
	if (!strcmp(name, "/dev/fwctl/fwctl0"))
		return 1;
	return strncmp(name, "/dev/mlx5ctl-", 13) ? 0 : 2;
}

/* The path of the file in place of a node; any other path stays as it is. */
static const char *place_of(const char *path, char room[PATH_MAX])
{
	if (!kind_of(path) || below_root(path))
		return path;
	snprintf(room, PATH_MAX, "%s%s", device_root(), path);
	return room;
}

static struct descriptor *descriptor_of(int fd)
{
	for (unsigned at = 0; at < MAX_DESCRIPTORS; at++)
		if (descriptors[at].uid && descriptors[at].fd == fd)
			return &descriptors[at];
	return NULL;
}

static int fail(int said)
{
	if (said >= 0)
		return said;
	errno = -said;
	return -1;
}

static int open_card(struct descriptor *place, int fd, bool mlx5ctl)
{
	uint32_t wanted = mlx5ctl ? 0x7 : FW_TOOLS_RESOURCES;
	state_lock(card);
	int said = card->fw.gone ? -ENODEV : 0;
	place->caps = wanted & fw_uctx_cap(&card->fw);
	place->uid = said ? 0 : state_open(card, place->caps);
	state_unlock(card);
	place->fd = fd;
	place->mlx5ctl = mlx5ctl;
	return said ? said : place->uid ? fd : -EBUSY;
}

static int open_ours(int fd, bool mlx5ctl)
{
	int said = -EMFILE;
	if (fd < 0)
		return fd;
	pthread_once(&once, appear);
	pthread_mutex_lock(&table);
	for (unsigned at = 0; at < MAX_DESCRIPTORS && said == -EMFILE; at++)
		if (!descriptors[at].uid)
			said = open_card(&descriptors[at], fd, mlx5ctl);
	pthread_mutex_unlock(&table);
	if (said < 0)
		REAL(close, int)(fd);
	return fail(said);
}

#define OPEN(name, at_parameter, at_argument, ...)                                                                     \
	int name(at_parameter const char *path, int flags, ...)                                                        \
	{                                                                                                              \
		va_list more;                                                                                          \
		va_start(more, flags);                                                                                 \
		mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;                              \
		va_end(more);                                                                                          \
		char room[PATH_MAX];                                                                                   \
		int fd = REAL(name, __VA_ARGS__)(at_argument place_of(path, room), flags, mode);                       \
		int kind = kind_of(path);                                                                              \
		return kind ? open_ours(fd, kind == 2) : fd;                                                           \
	}
#define COMMA ,
OPEN(open, , , const char *, int, ...)
OPEN(open64, , , const char *, int, ...)
OPEN(openat, int folder COMMA, folder COMMA, int, const char *, int, ...)
OPEN(openat64, int folder COMMA, folder COMMA, int, const char *, int, ...)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}
int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list more;
	va_start(more, request);
	void *argument = va_arg(more, void *);
	va_end(more);
	struct descriptor *ours = descriptor_of(fd);
	if (!ours)
		return REAL(ioctl, int, unsigned long, ...)(fd, request, argument);
	uint64_t at = (uintptr_t)argument;
	int (*handle)(struct descriptor *, unsigned, uint64_t) = ours->mlx5ctl ? mlx5ctl_ioctl : fwctl_ioctl;
	return fail(handle(ours, (unsigned)request, at));
}

int close(int fd)
{
	struct descriptor *ours = descriptor_of(fd);
	if (ours) {
		state_lock(card);
		for (unsigned at = 0; at < MAX_UMEMS; at++)
			if (ours->umems[at].id)
				fw_umem_destroy(&card->fw, ours->uid, ours->umems[at].id);
		memset(ours->umems, 0, sizeof(ours->umems));
		fw_close(&card->fw, ours->uid);
		ours->uid = 0;
		state_unlock(card);
	}
	return REAL(close, int)(fd);
}

/* The device's DMA: the time stamp of a block lands after its events. Called under the card's lock. */
static bool write_umem(void *context, uint32_t id, uint64_t offset, const uint8_t *bytes, size_t length)
{
	(void)context;
	for (unsigned of = 0; of < MAX_DESCRIPTORS; of++)
		for (unsigned at = 0; descriptors[of].uid && at < MAX_UMEMS; at++) {
			struct umem *umem = &descriptors[of].umems[at];
			if (umem->id != id || offset + length > umem->bytes)
				continue;
			uint64_t last;
			memcpy(&last, bytes + length - 8, 8);
			memcpy(umem->at + offset, bytes, length - 8);
			__atomic_store_n((uint64_t *)(void *)(umem->at + offset + length - 8), last, __ATOMIC_RELEASE);
			return true;
		}
	return false;
}

static void *trace(void *nothing)
{
	for (;; usleep(500)) {
		state_lock(card);
		fw_trace_run(&card->fw, state_now(), write_umem, NULL);
		state_unlock(card);
	}
	return nothing;
}

static void make_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, trace, NULL) == 0)
		pthread_detach(thread);
}

void tracer_start(void)
{
	pthread_once(&tracer_once, make_thread);
}
