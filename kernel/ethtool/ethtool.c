// SPDX-License-Identifier: Apache-2.0
/*
 * Reads counters of network drivers with ETHTOOL_GSTATS, whose answer has all counters of a device.
 *
 *   set device NAME IFINDEX COUNT    starts a device that has COUNT counters; NAME is escaped
 *   set value INDEX COLUMN           a counter by its index in the list of the driver; of the device before
 *
 * The names of the driver decided which counter has which index. So the values of a device are null from the moment on
 * when its number of counters changes, when its name belongs to another device, or when it is gone. When no device is
 * left there is no row.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "../reader.h"

/* A bound for a plan that is wrong; the largest drivers have thousands. */
enum { MAX_COUNTERS = 1 << 20 };

struct value {
	uint32_t index;
	uint32_t column;
};

struct device {
	char name[IFNAMSIZ];
	int ifindex;
	uint32_t count;		 /* counters of the driver */
	uint32_t first, wanted; /* its run of values */
};

struct drivers {
	int fd;
	bool opened;
	struct device *devices;
	struct value *values;
	uint32_t device_count, value_count;
	struct ethtool_stats *answer;
	size_t mapped;
};

static int configure_device(struct drivers *source, char **words)
{
	struct device device = {.first = source->value_count};
	uint64_t ifindex, count;
	if (unescape(words[1]) || strlen(words[1]) >= sizeof device.name)
		return -EINVAL;
	if (parse_u64(words[2], &ifindex) || parse_u64(words[3], &count))
		return -EINVAL;
	if (ifindex == 0 || ifindex > INT32_MAX || count == 0 || count > MAX_COUNTERS)
		return -EINVAL;
	strcpy(device.name, words[1]);
	device.ifindex = (int)ifindex;
	device.count = (uint32_t)count;
	struct device *devices = realloc(source->devices, (source->device_count + 1) * sizeof *devices);
	if (!devices)
		return -ENOMEM;
	devices[source->device_count++] = device;
	source->devices = devices;
	return 0;
}

static int configure_value(struct reader *reader, char **words)
{
	struct drivers *source = reader->state;
	struct device *device = source->device_count ? &source->devices[source->device_count - 1] : NULL;
	struct value value;
	uint64_t index;
	if (!device || parse_u64(words[1], &index) || index >= device->count)
		return -EINVAL;
	if (claim_column(reader, words[2], &value.column))
		return -EINVAL;
	value.index = (uint32_t)index;
	struct value *values = realloc(source->values, (source->value_count + 1) * sizeof *values);
	if (!values)
		return -ENOMEM;
	values[source->value_count++] = value;
	source->values = values;
	device->wanted++;
	return 0;
}

static int configure(struct reader *reader, int count, char **words)
{
	if (count == 4 && strcmp(words[0], "device") == 0)
		return configure_device(reader->state, words);
	if (count == 3 && strcmp(words[0], "value") == 0)
		return configure_value(reader, words);
	return -EINVAL;
}

/*
 * The kernel does not check the size of the answer: it writes all counters that the driver has now. So the answer lies
 * before pages that cannot be written. When the driver has more counters than before, the copy stops at the first such
 * page and the call fails (EFAULT); nothing is overwritten.
 */
static int map_answer(struct drivers *source)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint32_t most = 0;
	for (uint32_t d = 0; d < source->device_count; d++)
		if (source->devices[d].count > most)
			most = source->devices[d].count;
	size_t bytes = (sizeof(struct ethtool_stats) + most * sizeof(uint64_t) + page - 1) / page * page;
	char *base = mmap(NULL, bytes + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	source->answer = (void *)base;
	source->mapped = bytes + page;
	if (mprotect(base, bytes, PROT_READ | PROT_WRITE))
		return -errno;
	memset(base, 0, bytes);
	return 0;
}

static int open_drivers(struct reader *reader)
{
	struct drivers *source = reader->state;
	reader->what = "socket for ethtool";
	if (source->device_count == 0)
		return -EINVAL;
	int error = map_answer(source);
	if (error)
		return error;
	/* Any socket works, and every kernel has this family. */
	source->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	source->opened = source->fd >= 0;
	return source->opened ? 0 : -errno;
}

static int request(const struct drivers *source, const struct device *device, unsigned long number,
		   struct ifreq *arguments)
{
	memcpy(arguments->ifr_name, device->name, sizeof arguments->ifr_name);
	return ioctl(source->fd, number, arguments) ? -errno : 0;
}

static int ask(struct drivers *source, const struct device *device)
{
	struct ifreq statistics = {.ifr_data = (void *)source->answer};
	struct ifreq identity = {0};
	source->answer->cmd = ETHTOOL_GSTATS;
	source->answer->n_stats = device->count;
	int error = request(source, device, SIOCETHTOOL, &statistics);
	if (error)
		return error == -EFAULT ? -EOVERFLOW : error;
	if (source->answer->n_stats != device->count)
		return -EOVERFLOW;
	/* Checked after the read: the values came from the device that still has this name. */
	error = request(source, device, SIOCGIFINDEX, &identity);
	return !error && identity.ifr_ifindex != device->ifindex ? -ENODEV : error;
}

static void put_values(const struct drivers *source, const struct device *device, bool valid, struct cells *cells)
{
	const char *words = (const char *)source->answer + sizeof(struct ethtool_stats);
	for (uint32_t i = device->first; i < device->first + device->wanted; i++) {
		const struct value *value = &source->values[i];
		uint64_t word;
		memcpy(&word, words + value->index * sizeof word, sizeof word);
		if (valid)
			cell_put(cells, value->column, word);
		else
			cell_null(cells, value->column);
	}
}

static int read_drivers(struct reader *reader, struct cells *cells)
{
	struct drivers *source = reader->state;
	uint32_t answered = 0;
	int error = 0;
	for (uint32_t d = 0; d < source->device_count; d++) {
		const struct device *device = &source->devices[d];
		int refusal = ask(source, device);
		put_values(source, device, refusal == 0, cells);
		answered += refusal == 0;
		error = error ? error : refusal;
	}
	return answered ? 0 : error;
}

static void close_drivers(struct reader *reader)
{
	struct drivers *source = reader->state;
	if (source->opened)
		close(source->fd);
	if (source->answer)
		munmap(source->answer, source->mapped);
	free(source->devices);
	free(source->values);
}

const struct reader_ops ethtool_reader = {
	.name = "ethtool",
	.state_bytes = sizeof(struct drivers),
	.configure = configure,
	.open = open_drivers,
	.read = read_drivers,
	.close = close_drivers,
};
