// SPDX-License-Identifier: Apache-2.0
/*
 * Tests the netlink reader against a kernel that misbehaves: send() and recv() are replaced (ld --wrap), so that
 * replies can be late, lost, cut short, refused or malformed. Prints what does not hold; then the exit status is 1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../kernel/net/netlink.h"

enum { MAX_REPLIES = 16, REPLY_BYTES = 1024, WORDS = 25 };

struct reply {
	char bytes[REPLY_BYTES];
	ssize_t length; /* the length that recv() returns, or -errno */
};

static struct reply replies[MAX_REPLIES];
static int queued, taken, failures;
static uint32_t sent_sequence; /* sequence of the first request of the last send() */

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags);

/* The sequence of a reply is relative to the request that it follows, so it is completed when the reply is taken. */
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	(void)fd, (void)flags;
	const struct nlmsghdr *header = bytes;
	sent_sequence = header->nlmsg_seq;
	return (ssize_t)length;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags)
{
	(void)fd, (void)length, (void)flags;
	if (taken == queued) {
		errno = EAGAIN;
		return -1;
	}
	struct reply *reply = &replies[taken++];
	if (reply->length < 0) {
		errno = (int)-reply->length;
		return -1;
	}
	memcpy(bytes, reply->bytes, REPLY_BYTES);
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct nlmsghdr) <= reply->length;) {
		struct nlmsghdr *header = (void *)((char *)bytes + at);
		header->nlmsg_seq += sent_sequence;
		if (header->nlmsg_len == 0)
			break;
		at += NLMSG_ALIGN(header->nlmsg_len);
	}
	return reply->length;
}

static void expect(const char *what, long got, long wanted)
{
	if (got == wanted)
		return;
	printf("%s: %ld, not %ld\n", what, got, wanted);
	failures++;
}

static struct reply *add_reply(void)
{
	struct reply *reply = &replies[queued++];
	memset(reply, 0, sizeof *reply);
	return reply;
}

static void add_failure(int error)
{
	add_reply()->length = -error;
}

/* Appends a message and returns its body. */
static char *add_message(struct reply *reply, uint16_t type, uint32_t sequence, size_t bytes)
{
	struct nlmsghdr *header = (void *)(reply->bytes + reply->length);
	header->nlmsg_len = (uint32_t)NLMSG_LENGTH(bytes);
	header->nlmsg_type = type;
	header->nlmsg_seq = sequence;
	reply->length += NLMSG_ALIGN(header->nlmsg_len);
	return (char *)header + NLMSG_HDRLEN;
}

/* Appends statistics whose word i is 1000 * ifindex + i, after an attribute of an unknown type. */
static char *add_statistics(struct reply *reply, uint32_t sequence, uint32_t ifindex, uint64_t words)
{
	struct nlattr padding = {sizeof padding, IFLA_STATS_UNSPEC};
	struct nlattr attribute = {(uint16_t)(sizeof attribute + words * 8), IFLA_STATS_LINK_64};
	struct if_stats_msg about = {.ifindex = ifindex};
	char *body = add_message(reply, RTM_NEWSTATS, sequence, sizeof about + sizeof padding + attribute.nla_len);
	memcpy(body, &about, sizeof about);
	memcpy(body + sizeof about, &padding, sizeof padding);
	char *at = body + sizeof about + sizeof padding;
	memcpy(at, &attribute, sizeof attribute);
	for (uint64_t i = 0, value = 1000 * ifindex; i < words; i++, value++)
		memcpy(at + sizeof attribute + i * 8, &value, 8);
	return at;
}

static void add_error(struct reply *reply, uint16_t type, uint32_t sequence, int error)
{
	memcpy(add_message(reply, type, sequence, sizeof error), &error, sizeof error);
}

static struct reader reader;
static uint64_t values[4], nulls, mine;
static struct cells cells;

static void set(char *a, char *b, char *c)
{
	char *words[] = {a, b, c};
	expect("configure", reader.ops->configure(&reader, c ? 3 : 2, words), 0);
}

/* Columns 0 and 1: words 0 and 24 of link 7; columns 2 and 3: the same of link 9. */
static void begin(char *mode)
{
	reader = (struct reader){.ops = reader_find("netlink"), .columns = 4, .mine = &mine, .cpu = -1};
	mine = 0;
	reader.state = calloc(1, reader.ops->state_bytes);
	set("mode", mode, NULL);
	set("link", "7", NULL);
	set("value", "0", "0");
	set("value", "24", "1");
	set("link", "9", NULL);
	set("value", "0", "2");
	set("value", "24", "3");
	expect("open", reader.ops->open(&reader), 0);
	queued = taken = 0;
}

static void end(void)
{
	reader.ops->close(&reader);
	free(reader.state);
}

static void expect_read(const char *what, int error, uint64_t wanted_nulls)
{
	nulls = 0;
	memset(values, 0xee, sizeof values);
	cells = (struct cells){.base = (char *)values, .stride = 8, .nulls = &nulls};
	expect(what, reader.ops->read(&reader, &cells), error);
	expect("replies left", queued - taken, 0);
	queued = taken = 0;
	if (error)
		return;
	expect(what, (long)nulls, (long)wanted_nulls);
	static const uint64_t truth[] = {7000, 7024, 9000, 9024};
	for (int i = 0; i < 4; i++)
		expect(what, (long)values[i], wanted_nulls >> i & 1 ? 0 : (long)truth[i]);
}

static void add_both(void)
{
	add_statistics(add_reply(), 0, 7, WORDS);
	add_statistics(add_reply(), 1, 9, WORDS);
}

static void test_gets(void)
{
	begin("get");
	add_both();
	expect_read("two replies", 0, 0);
	add_statistics(add_reply(), 0xfffffff0U, 7, WORDS);
	add_failure(EINTR);
	add_both();
	expect_read("a stale reply and an interruption before them", 0, 0);
	add_error(add_reply(), NLMSG_ERROR, 0, -ENODEV);
	add_statistics(add_reply(), 1, 9, WORDS);
	expect_read("the first link is gone", 0, 3);
	add_error(add_reply(), NLMSG_ERROR, 0, -ENODEV);
	add_error(add_reply(), NLMSG_ERROR, 1, -ENODEV);
	expect_read("both are gone", -ENODEV, 0);
	add_both();
	expect_read("both are back", 0, 0);
	add_statistics(add_reply(), 0, 7, 24);
	add_statistics(add_reply(), 1, 9, WORDS);
	expect_read("a struct without the last word", 0, 2);
	add_statistics(add_reply(), 0, 8, WORDS);
	add_statistics(add_reply(), 1, 9, WORDS);
	expect_read("a reply about another link", 0, 3);
	end();
}

static void test_failures(void)
{
	begin("get");
	add_error(add_reply(), NLMSG_ERROR, 0, -EPERM);
	expect_read("refused", -EPERM, 0);
	add_both();
	expect_read("what came too late is discarded, and the new replies are lost", -EAGAIN, 0);
	expect_read("a lost reply", -EAGAIN, 0);
	add_failure(EAGAIN);
	add_both();
	expect_read("well again after that", 0, 0);
	add_reply()->length = 100000;
	expect_read("a reply longer than the buffer", -EMSGSIZE, 0);
	add_failure(EAGAIN);
	add_both();
	expect_read("well again after that", 0, 0);
	add_failure(ENOBUFS);
	expect_read("overrun", -ENOBUFS, 0);
	end();
}

static void test_dumps(void)
{
	begin("dump");
	struct reply *reply = add_reply();
	add_statistics(reply, 0, 1, WORDS);
	add_statistics(reply, 0, 9, WORDS);
	reply = add_reply();
	add_statistics(reply, 0, 7, WORDS);
	add_error(reply, NLMSG_DONE, 0, 0);
	expect_read("two pieces, in any order", 0, 0);
	reply = add_reply();
	add_statistics(reply, 0, 7, WORDS);
	add_statistics(reply, 0xfffffff0U, 9, WORDS);
	add_message(reply, NLMSG_DONE, 0, 0);
	expect_read("a stale link in a piece", 0, 12);
	add_error(add_reply(), NLMSG_DONE, 0, 0);
	expect_read("an empty dump", -ENODEV, 0);
	add_statistics(add_reply(), 0, 7, WORDS);
	expect_read("no end", -EAGAIN, 0);
	add_statistics(add_reply(), 0, 9, WORDS);
	add_error(add_reply(), NLMSG_DONE, 0, 0);
	add_failure(EAGAIN);
	reply = add_reply();
	add_statistics(reply, 0, 7, WORDS);
	add_statistics(reply, 0, 9, WORDS);
	add_error(add_reply(), NLMSG_DONE, 0, 0);
	expect_read("the rest of the last dump is discarded", 0, 0);
	add_error(add_reply(), NLMSG_ERROR, 0, -EBUSY);
	expect_read("refused", -EBUSY, 0);
	add_failure(EAGAIN);
	add_error(add_reply(), NLMSG_DONE, 0, -ENOMEM);
	expect_read("a dump that the kernel gives up", -ENOMEM, 0);
	end();
}

static void test_malformed(void)
{
	begin("dump");
	struct reply *reply = add_reply();
	add_statistics(reply, 0, 7, WORDS);
	((struct nlmsghdr *)(void *)reply->bytes)->nlmsg_len = 4;
	expect_read("a message shorter than its header", -EBADMSG, 0);
	add_failure(EAGAIN);
	reply = add_reply();
	add_statistics(reply, 0, 7, WORDS);
	reply->length -= 8;
	expect_read("a message longer than the piece", -EBADMSG, 0);
	add_failure(EAGAIN);
	reply = add_reply();
	uint16_t lengths[] = {0, 3, 0xffff};
	add_statistics(reply, 0, 9, WORDS);
	for (int i = 0; i < 3; i++)
		memcpy(add_statistics(add_reply(), 0, 7, WORDS), &lengths[i], 2);
	add_message(add_reply(), RTM_NEWSTATS, 0, 4);
	add_error(add_reply(), NLMSG_DONE, 0, 0);
	expect_read("attributes and bodies of impossible length", 0, 3);
	end();
}

static void test_plans(void)
{
	begin("dump");
	char *lines[][3] = {
		{"mode", "both", NULL}, {"link", "0", NULL}, {"link", "eth0", NULL}, {"link", "2147483648", NULL},
		{"value", "0", "0"},	{"value", "0", "4"}, {"value", "4096", "1"}, {"walue", "0", "1"},
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		expect(lines[i][1], reader.ops->configure(&reader, lines[i][2] ? 3 : 2, lines[i]), -EINVAL);
	end();
	reader.state = calloc(1, reader.ops->state_bytes);
	expect("a plan without links", reader.ops->open(&reader), -EINVAL);
	set("link", "7", NULL);
	set("link", "7", NULL);
	expect("a link twice", reader.ops->open(&reader), -EINVAL);
	end();
}

int main(void)
{
	test_gets();
	test_failures();
	test_dumps();
	test_malformed();
	test_plans();
	return failures != 0;
}
