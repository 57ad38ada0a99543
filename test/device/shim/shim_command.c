// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int moved(ssize_t count, size_t length)
{
	return count == (ssize_t)length ? 0 : -EFAULT;
}

/* Through the kernel, so that a bad pointer is EFAULT and no crash. */
int copy_in(void *to, uint64_t from, size_t length)
{
	struct iovec here = {to, length}, there = {(void *)(uintptr_t)from, length};
	return length ? moved(process_vm_readv(getpid(), &here, 1, &there, 1, 0), length) : 0;
}

int copy_out(uint64_t to, const void *from, size_t length)
{
	struct iovec here = {(void *)(uintptr_t)from, length}, there = {(void *)(uintptr_t)to, length};
	return length ? moved(process_vm_writev(getpid(), &here, 1, &there, 1, 0), length) : 0;
}

bool unprivileged(void)
{
	return getenv("COUNTERSINK_FAKE_UNPRIVILEGED") != NULL;
}

static void wait_ns(uint32_t latency_ns)
{
	struct timespec until = {latency_ns / 1000000000, latency_ns % 1000000000};
	if (latency_ns)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &until, NULL);
}

static int in_model(const struct descriptor *of, int scope, uint8_t *in, size_t in_length, uint8_t *out,
		    size_t out_length)
{
	if (in_length >= 4)
		put16(in + 2, of->uid); /* both drivers write the uid of the descriptor into the header */
	state_lock(card);
	int said = fw_command(&card->fw, state_now(), of->uid, scope, in, in_length, out, out_length);
	uint32_t latency_ns = card->fw.faults.latency_ns;
	state_unlock(card);
	wait_ns(latency_ns);
	return said == -EREMOTEIO ? 0 : said;
}

int run_command(const struct descriptor *of, int scope, uint64_t in_at, size_t in_length, uint64_t out_at,
		size_t out_length)
{
	uint8_t *in = calloc(1, in_length + 1), *out = calloc(1, out_length + 1);
	int said = in && out ? copy_in(in, in_at, in_length) : -ENOMEM;
	if (!said)
		said = in_model(of, scope, in, in_length, out, out_length);
	if (!said)
		said = copy_out(out_at, out, out_length);
	free(in);
	free(out);
	return said;
}
