// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "netlink.h"

static int configure_link(struct netlink *source, const char *word)
{
	uint64_t ifindex;
	if (parse_u64(word, &ifindex) || ifindex == 0 || ifindex > INT32_MAX)
		return -EINVAL;
	struct link *links = realloc(source->links, (source->link_count + 1) * sizeof *links);
	if (!links)
		return -ENOMEM;
	links[source->link_count++] = (struct link){.ifindex = (uint32_t)ifindex, .first = source->value_count};
	source->links = links;
	return 0;
}

static int configure_value(struct reader *reader, char **words)
{
	struct netlink *source = reader->state;
	struct value value;
	uint64_t word;
	if (source->link_count == 0 || parse_u64(words[1], &word) || word >= MAX_WORDS)
		return -EINVAL;
	if (claim_column(reader, words[2], &value.column))
		return -EINVAL;
	value.word = (uint32_t)word;
	struct value *values = realloc(source->values, (source->value_count + 1) * sizeof *values);
	if (!values)
		return -ENOMEM;
	values[source->value_count++] = value;
	source->values = values;
	source->links[source->link_count - 1].count++;
	return 0;
}

int netlink_configure(struct reader *reader, int count, char **words)
{
	struct netlink *source = reader->state;
	if (count == 2 && strcmp(words[0], "mode") == 0) {
		source->dump = strcmp(words[1], "dump") == 0;
		return source->dump || strcmp(words[1], "get") == 0 ? 0 : -EINVAL;
	}
	if (count == 2 && strcmp(words[0], "link") == 0)
		return configure_link(source, words[1]);
	if (count == 3 && strcmp(words[0], "value") == 0)
		return configure_value(reader, words);
	return -EINVAL;
}

static int build_requests(struct netlink *source)
{
	uint32_t count = source->dump ? 1 : source->link_count;
	source->requests = calloc(count, sizeof *source->requests);
	if (!source->requests)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		source->requests[i] = (struct request){
			.header.nlmsg_len = sizeof(struct request),
			.header.nlmsg_type = RTM_GETSTATS,
			.header.nlmsg_flags = NLM_F_REQUEST | (source->dump ? NLM_F_DUMP : 0),
			.body.ifindex = source->dump ? 0 : source->links[i].ifindex,
			.body.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
		};
	return 0;
}

struct link *netlink_find(const struct netlink *source, uint32_t ifindex)
{
	for (uint32_t slot = ifindex & source->slot_mask; source->slots[slot]; slot = (slot + 1) & source->slot_mask)
		if (source->links[source->slots[slot] - 1].ifindex == ifindex)
			return &source->links[source->slots[slot] - 1];
	return NULL;
}

/* At most half full, so that a link that is not wanted is recognised within a step or two. */
static int index_links(struct netlink *source)
{
	uint32_t size = 2;
	while (size < 2 * source->link_count)
		size *= 2;
	source->slots = calloc(size, sizeof *source->slots);
	source->slot_mask = size - 1;
	if (!source->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < source->link_count; i++) {
		if (netlink_find(source, source->links[i].ifindex))
			return -EINVAL;
		uint32_t slot = source->links[i].ifindex & source->slot_mask;
		while (source->slots[slot])
			slot = (slot + 1) & source->slot_mask;
		source->slots[slot] = i + 1;
	}
	return 0;
}

int netlink_prepare(struct netlink *source)
{
	if (source->link_count == 0)
		return -EINVAL;
	int error = build_requests(source);
	return error ? error : index_links(source);
}
