// SPDX-License-Identifier: Apache-2.0
/* What the netlink reader was asked for: links, the words of each, and the requests that fetch them. */
#ifndef COUNTERSINK_NETLINK_H
#define COUNTERSINK_NETLINK_H

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../reader.h"

enum {
	GET_BATCH = 32,		/* replies that wait together take about 1 KiB of the socket's buffer each */
	BUFFER_BYTES = 32768,	/* the most that the kernel puts into one piece of a dump */
	MAX_WORDS = 4096,	/* of a struct in an attribute, whose length has 16 bits */
	STALE_MESSAGES = 10000, /* more than this after a failed sweep is not a remainder */
};

struct request {
	struct nlmsghdr header;
	struct if_stats_msg body;
};
_Static_assert(sizeof(struct request) % NLMSG_ALIGNTO == 0, "requests lie end to end in a batch");

struct value {
	uint32_t word;
	uint32_t column;
};

struct link {
	uint32_t ifindex;
	uint32_t first, count; /* its run of values */
	uint64_t sweep;	       /* the last one that saw it */
};

struct netlink {
	int fd;
	bool opened, dump;
	bool stale; /* replies to a sweep that failed may wait in the socket */
	struct link *links;
	struct value *values;
	struct request *requests; /* get: one a link; dump: one */
	uint32_t *slots;	  /* dump: 1 + number of a link, open addressing by ifindex */
	uint32_t link_count, value_count, slot_mask;
	uint32_t sequence; /* of the last request */
	uint64_t sweep;
	uint32_t seen; /* links of this sweep */
	_Alignas(8) char buffer[BUFFER_BYTES];
};

/* One plan line: 0 or -errno. */
int netlink_configure(struct reader *reader, int count, char **words);

/* Once the lines are complete. -EINVAL for a plan without a link, or with a link named twice. */
int netlink_prepare(struct netlink *source);

/* NULL for a link that nobody asked for. */
struct link *netlink_find(const struct netlink *source, uint32_t ifindex);

#endif
