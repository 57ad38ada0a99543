// SPDX-License-Identifier: Apache-2.0
/*
 * Reads interface counters over NETLINK_ROUTE, with RTM_GETSTATS, whose answer is only a struct rtnl_link_stats64.
 *
 *   set mode get|dump         ask for each link by its number, or once for all links of the namespace
 *   set link IFINDEX          starts a link
 *   set value WORD COLUMN     a u64 of the struct, by its index; of the link before
 *
 * A get sends up to GET_BATCH requests at once, and the kernel queues one reply to each before send() returns. The
 * kernel fills a dump piece by piece while it is received. So no call waits: a reply that is not there was lost. A link
 * that is gone is null, and so is a word that the struct of this kernel does not have. When all links are gone there is
 * no row.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

static int open_netlink(struct reader *reader)
{
	struct netlink *source = reader->state;
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	reader->what = "netlink socket";
	int error = netlink_prepare(source);
	if (error)
		return error;
	source->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (source->fd < 0)
		return -errno;
	source->opened = true;
	/* Connected, so that only the kernel can put a message into this socket. */
	return connect(source->fd, (struct sockaddr *)&kernel, sizeof kernel) ? -errno : 0;
}

static bool message_fits(const struct nlmsghdr *header, size_t left)
{
	return left >= sizeof *header && header->nlmsg_len >= sizeof *header && header->nlmsg_len <= left;
}

/* Receives the next datagram. Returns its length, or -errno; -EAGAIN when there is none. */
static ssize_t receive(struct netlink *source)
{
	ssize_t length;
	do
		length = recv(source->fd, source->buffer, BUFFER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	return length > BUFFER_BYTES ? -EMSGSIZE : length;
}

/* Empties the socket. That also ends a dump that was received in part: the kernel refuses another one until then. */
static int discard_stale(struct netlink *source)
{
	for (int i = 0; i < STALE_MESSAGES; i++)
		if (receive(source) == -EAGAIN) {
			source->stale = false;
			return 0;
		}
	return -EBUSY;
}

static int ask(const struct netlink *source, const struct request *requests, uint32_t count)
{
	ssize_t sent;
	do
		sent = send(source->fd, requests, count * sizeof *requests, 0);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void put_values(struct netlink *source, struct link *link, const char *words, size_t bytes, struct cells *cells)
{
	for (uint32_t i = link->first; i < link->first + link->count; i++) {
		const struct value *value = &source->values[i];
		size_t at = value->word * sizeof(uint64_t);
		uint64_t word;
		if (at + sizeof word > bytes) {
			cell_null(cells, value->column);
			continue;
		}
		memcpy(&word, words + at, sizeof word);
		cell_put(cells, value->column, word);
	}
	source->seen += link->sweep != source->sweep;
	link->sweep = source->sweep;
}

/* link NULL: the link that the message is about, if there is one. */
static void take_statistics(struct netlink *source, const struct nlmsghdr *header, struct link *link,
			    struct cells *cells)
{
	const struct if_stats_msg *body = NLMSG_DATA(header);
	if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body))
		return;
	if (!link)
		link = netlink_find(source, body->ifindex);
	if (!link || link->ifindex != body->ifindex)
		return;
	const char *at = (const char *)body + NLMSG_ALIGN(sizeof *body);
	const char *end = (const char *)header + header->nlmsg_len;
	while (end - at >= (ptrdiff_t)sizeof(struct nlattr)) {
		struct nlattr attribute;
		memcpy(&attribute, at, sizeof attribute);
		if (attribute.nla_len < sizeof attribute || attribute.nla_len > end - at)
			return;
		if (attribute.nla_type == IFLA_STATS_LINK_64) {
			put_values(source, link, at + sizeof attribute, attribute.nla_len - sizeof attribute, cells);
			return;
		}
		at += NLA_ALIGN(attribute.nla_len);
	}
}

/* The error of an NLMSG_ERROR or of the NLMSG_DONE that ends a dump. */
static int error_of(const struct nlmsghdr *header)
{
	int error;
	if (header->nlmsg_len < NLMSG_LENGTH(sizeof error))
		return header->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, NLMSG_DATA(header), sizeof error);
	return error;
}

static int read_batch(struct netlink *source, uint32_t first, uint32_t count, struct cells *cells)
{
	uint32_t base = source->sequence + 1;
	for (uint32_t i = 0; i < count; i++)
		source->requests[first + i].header.nlmsg_seq = base + i;
	source->sequence += count;
	int error = ask(source, &source->requests[first], count);
	for (uint32_t answered = 0; !error && answered < count;) {
		ssize_t length = receive(source);
		if (length < 0)
			return (int)length;
		const struct nlmsghdr *header = (const void *)source->buffer;
		uint32_t number = header->nlmsg_seq - base;
		if (!message_fits(header, (size_t)length) || number >= count)
			continue;
		answered++;
		if (header->nlmsg_type == RTM_NEWSTATS)
			take_statistics(source, header, &source->links[first + number], cells);
		else if (header->nlmsg_type == NLMSG_ERROR && error_of(header) != -ENODEV)
			error = error_of(header);
	}
	return error;
}

static int read_links(struct netlink *source, struct cells *cells)
{
	int error = 0;
	for (uint32_t first = 0; !error && first < source->link_count; first += GET_BATCH) {
		uint32_t left = source->link_count - first;
		error = read_batch(source, first, left < GET_BATCH ? left : GET_BATCH, cells);
	}
	return error;
}

/* Returns 1 when the dump has ended, 0 when it continues, or -errno. */
static int take_piece(struct netlink *source, size_t length, struct cells *cells)
{
	for (size_t at = 0; at < length;) {
		const struct nlmsghdr *header = (const void *)(source->buffer + at);
		if (!message_fits(header, length - at))
			return -EBADMSG;
		at += NLMSG_ALIGN(header->nlmsg_len);
		if (header->nlmsg_seq != source->sequence)
			continue;
		if (header->nlmsg_type == RTM_NEWSTATS)
			take_statistics(source, header, NULL, cells);
		else if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
			return error_of(header) < 0 ? error_of(header) : 1;
	}
	return 0;
}

static int read_dump(struct netlink *source, struct cells *cells)
{
	source->requests[0].header.nlmsg_seq = ++source->sequence;
	int state = ask(source, source->requests, 1);
	while (state == 0) {
		ssize_t length = receive(source);
		state = length < 0 ? (int)length : take_piece(source, (size_t)length, cells);
	}
	return state < 0 ? state : 0;
}

static void null_unseen(const struct netlink *source, struct cells *cells)
{
	for (uint32_t l = 0; l < source->link_count; l++) {
		const struct link *link = &source->links[l];
		for (uint32_t i = 0; link->sweep != source->sweep && i < link->count; i++)
			cell_null(cells, source->values[link->first + i].column);
	}
}

static int read_netlink(struct reader *reader, struct cells *cells)
{
	struct netlink *source = reader->state;
	int error = source->stale ? discard_stale(source) : 0;
	if (error)
		return error;
	source->sweep++;
	source->seen = 0;
	error = source->dump ? read_dump(source, cells) : read_links(source, cells);
	if (error) {
		source->stale = true;
		return error;
	}
	if (source->seen == 0)
		return -ENODEV;
	if (source->seen < source->link_count)
		null_unseen(source, cells);
	return 0;
}

static void close_netlink(struct reader *reader)
{
	struct netlink *source = reader->state;
	if (source->opened)
		close(source->fd);
	free(source->links);
	free(source->values);
	free(source->requests);
	free(source->slots);
}

const struct reader_ops netlink_reader = {
	.name = "netlink",
	.state_bytes = sizeof(struct netlink),
	.configure = netlink_configure,
	.open = open_netlink,
	.read = read_netlink,
	.close = close_netlink,
};
