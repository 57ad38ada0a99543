// SPDX-License-Identifier: Apache-2.0
/* The state of the netlink reader: links, the words of each link, and the requests that fetch them. */
#ifndef COUNTERSINK_NETLINK_H
#define COUNTERSINK_NETLINK_H

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../reader.h"

enum {
	GET_BATCH = 32,		/* replies that wait together take about 1 KiB of the socket's buffer each */
	BUFFER_BYTES = 32768,	/* most bytes of one piece of a dump */
	MAX_WORDS = 4096,	/* of the struct in an attribute, whose length has 16 bits */
	STALE_MESSAGES = 10000, /* a failed sweep leaves fewer messages than this */
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
	uint64_t sweep;	       /* the last sweep that saw it */
};

struct netlink {
	int fd;
	bool opened, dump;
	bool stale; /* replies to a failed sweep may be in the socket */
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

/* Takes one plan line. Returns 0 or -errno. */
int netlink_configure(struct reader *reader, int count, char **words);

/* Called after the last plan line. Returns 0 or -errno; -EINVAL for a plan without links, or with a link that is named
 * twice. */
int netlink_prepare(struct netlink *source);

/* Returns NULL for a link that is not wanted. */
struct link *netlink_find(const struct netlink *source, uint32_t ifindex);

#endif
