// SPDX-License-Identifier: Apache-2.0
/* What the tests of the model share: a card, mailboxes, and a check that names its line. */
#ifndef COUNTERSINK_DEVICE_SUPPORT_H
#define COUNTERSINK_DEVICE_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>

#include "../model/fw.h"

#define CHECK(condition, ...)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                \
			fprintf(stderr, __VA_ARGS__);                                                                  \
			fputc('\n', stderr);                                                                           \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

enum { BOX = 1 << 19, UID = 7 };
static struct fw card;
static uint8_t in[BOX], out[BOX];
static uint64_t now = 1000000000;

/* A card that runs on its nominal clock from 0, unless the test says more. */
static inline void fresh(void)
{
	struct fw_config config;
	fw_default_config(&config);
	config.clock_offset = 0;
	config.clock_drift_ppb = 0;
	fw_init(&card, &config, now);
}

static inline void begin(uint16_t opcode, uint16_t modifier)
{
	memset(in, 0, sizeof(in));
	put16(in, opcode);
	put16(in + 6, modifier);
}

static inline int send(size_t in_length, size_t out_length)
{
	memset(out, 0xee, sizeof(out));
	return fw_command(&card, now, UID, FW_MLX5CTL, in, in_length, out, out_length);
}

/* Sends, expects a status and a syndrome. */
#define REFUSED(in_length, out_length, status, syndrome)                                                               \
	do {                                                                                                           \
		CHECK(send(in_length, out_length) == -EREMOTEIO, "accepted");                                          \
		CHECK(out[0] == (status) && get32(out + 4) == (syndrome), "status 0x%x syndrome 0x%x", out[0],         \
		      get32(out + 4));                                                                                 \
	} while (0)
#define ACCEPTED(in_length, out_length)                                                                                \
	do {                                                                                                           \
		int said_ = send(in_length, out_length);                                                               \
		CHECK(said_ == 0, "%d: status 0x%x syndrome 0x%x", said_, out[0], get32(out + 4));                     \
	} while (0)

/* SET_DIAGNOSTIC_PARAMS of the first counters of the catalogue's front; the length of the mailbox. */
static inline size_t set_params(unsigned counters, uint8_t log_samples, uint8_t flags, uint8_t log_period)
{
	static const uint16_t ids[] = {0x0401, 0x0402, 0x0403, 0x0406, 0x0409, 0x040a, 0x040b, 0x0801};
	begin(FW_SET_DIAGNOSTIC_PARAMS, 0);
	put16(in + 8, counters);
	in[11] = log_samples;
	in[12] = flags;
	in[15] = log_period;
	for (unsigned at = 0; at < counters; at++)
		put16(in + 32 + 4 * at + 2, ids[at % 8]);
	return 32 + 4 * counters;
}

static inline void query_samples(unsigned samples, unsigned index)
{
	begin(FW_QUERY_DIAGNOSTIC_COUNTERS, 0);
	put16(in + 8, samples);
	put16(in + 10, index);
}

#endif
