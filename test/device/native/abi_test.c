// SPDX-License-Identifier: Apache-2.0
/*
 * The ioctls of both drivers as a client sees them: sizes, errnos, scopes, umems. Runs against the kernel module where
 * its nodes are (in the guest) or against the shim, under which it starts itself again.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model_support.h"

enum { FWCTL_INFO = 0x9a00, FWCTL_RPC = 0x9a01 };
#define CTL_INFO 0x80105c00u
#define CTL_CMDRPC 0xc0185c01u
#define CTL_UMEM_REG 0xc0185c02u
#define CTL_UMEM_UNREG 0xc0085c03u

struct rpc {
	uint32_t size, scope, in_length, out_length;
	uint64_t in_at, out_at, beyond;
};
static int fwctl, ctl;
static char folder[] = "/tmp/countersink-abi-XXXXXX";

static void passed(const char *name)
{
	printf("ok %s\n", name);
}

static uint64_t place(const void *at)
{
	return (uintptr_t)at;
}

static int open_node(const char *root, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

/* 0 or -errno. */
static int ask(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) ? -errno : 0;
}

static int rpc(uint32_t scope, uint32_t in_length, uint32_t out_length)
{
	struct rpc asked = {32, scope, in_length, out_length, place(in), place(out), 0};
	memset(out, 0xee, out_length);
	return ask(fwctl, FWCTL_RPC, &asked);
}

static int cmdrpc(uint32_t in_length, uint32_t out_length)
{
	uint64_t asked[3] = {place(in), place(out), (uint64_t)out_length << 32 | in_length};
	memset(out, 0xee, out_length);
	return ask(ctl, CTL_CMDRPC, asked);
}

#define SAYS(wanted, asked)                                                                                            \
	do {                                                                                                           \
		int said_ = (asked);                                                                                   \
		CHECK(said_ == (wanted), "%d", said_);                                                                 \
	} while (0)

static void test_sizes(void)
{
	struct rpc asked = {32, 1, 16, 16, place(in), place(out), 0};
	begin(FW_NOP, 0);
	SAYS(0, ask(fwctl, FWCTL_RPC, &asked));
	asked.size = 31;
	SAYS(-EINVAL, ask(fwctl, FWCTL_RPC, &asked));
	asked.size = 40;
	SAYS(0, ask(fwctl, FWCTL_RPC, &asked));
	asked.beyond = 1;
	SAYS(-E2BIG, ask(fwctl, FWCTL_RPC, &asked));
	SAYS(-ENOTTY, ask(fwctl, 0x9a02, &asked));
	SAYS(-ENOTTY, ask(fwctl, 0x9a03, &asked));
	SAYS(-EFAULT, ask(fwctl, FWCTL_RPC, (void *)8));
	SAYS(-EMSGSIZE, rpc(1, 15, 16));
	SAYS(-EMSGSIZE, rpc(1, 16, 15));
	asked = (struct rpc){32, 1, (2 << 20) + 1, 16, place(in), place(out), 0};
	SAYS(-EMSGSIZE, ask(fwctl, FWCTL_RPC, &asked));
	asked = (struct rpc){32, 1, 16, 16, 8, place(out), 0};
	SAYS(-EFAULT, ask(fwctl, FWCTL_RPC, &asked));
	passed("fwctl: sizes of structs and mailboxes");
}

static void test_info(void)
{
	uint32_t data[4] = {1, 1, 1, 1};
	struct {
		uint32_t size, flags, type, length;
		uint64_t at;
	} info = {24, 0, 99, sizeof(data), place(data)};
	SAYS(0, ask(fwctl, FWCTL_INFO, &info));
	CHECK(info.type == 1 && info.length == 8, "type %u, %u bytes", info.type, info.length);
	CHECK(data[0] && data[1] == 4 && !data[2] && !data[3], "uid %u caps %u", data[0], data[1]);
	info.flags = 1;
	SAYS(-EOPNOTSUPP, ask(fwctl, FWCTL_INFO, &info));
	uint32_t said[4] = {0};
	SAYS(0, ask(ctl, CTL_INFO, said));
	CHECK(said[0] && said[0] < 0x10000 && said[1] == 7 && said[2] == 7, "uid 0x%x caps %u %u", said[0], said[1], said[2]);
	SAYS(-ENOTTY, ask(ctl, 0xc0185c07, said));
	passed("both: information");
}

static void test_scopes(void)
{
	begin(FW_QUERY_HCA_CAP, 0);
	SAYS(0, rpc(0, 16, 4112));
	begin(FW_QUERY_DIAGNOSTIC_PARAMS, 0);
	SAYS(-EBADMSG, rpc(0, 16, 4096));
	SAYS(0, rpc(1, 16, 4096));
	size_t length = set_params(2, 4, 0x44, 12);
	SAYS(-EBADMSG, rpc(1, (uint32_t)length, 16));
	SAYS(0, rpc(2, (uint32_t)length, 16));
	CHECK(out[0] == 0, "status 0x%x", out[0]);
	usleep(1000);
	query_samples(16, 0);
	SAYS(0, rpc(1, 16, 16 + 16 * 32));
	CHECK(out[0] == 0 && get16(out + 16) == 0x401 && get16(out + 32) == 0x402, "no samples");
	begin(FW_SET_DIAGNOSTIC_PARAMS, 0);
	SAYS(0, rpc(3, 32, 16));
	SAYS(-EOPNOTSUPP, rpc(4, 32, 16));
	begin(FW_ALLOC_PD, 0);
	SAYS(-EBADMSG, rpc(3, 16, 16));
	passed("fwctl: scopes");
}

static void test_register_scopes(void)
{
	begin(FW_ACCESS_REG, 1);
	put16(in + 10, 0x5008);
	in[17] = 1;
	SAYS(-EBADMSG, rpc(0, 272, 272));
	SAYS(0, rpc(1, 272, 272));
	CHECK(out[0] == 0 && get64(out + 24), "status 0x%x", out[0]);
	begin(FW_ACCESS_REG, 0);
	put16(in + 10, 0x5008);
	SAYS(0, rpc(0, 272, 272)); /* a write passes the driver at any scope; this card refuses it */
	CHECK(out[0] == FW_BAD_PARAM, "status 0x%x", out[0]);
	passed("fwctl: reads of registers need the debug scope, writes do not");
}

static uint32_t made(uint16_t opcode, uint32_t length)
{
	SAYS(0, cmdrpc(length, length < 64 ? 64 : length));
	CHECK(out[0] == 0, "opcode 0x%x: status 0x%x syndrome 0x%x", opcode, out[0], get32(out + 4));
	return get32(out + 8) & 0xffffff;
}

static uint32_t make_mkey(uint32_t pd, uint32_t umem, const void *at, uint64_t bytes)
{
	begin(FW_CREATE_MKEY, 0);
	put32(in + 12, 1u << 30);
	put32(in + 16, 1u << 11 | 1u << 10 | 1u << 8);
	put32(in + 20, 0xffffff42);
	put32(in + 28, pd);
	put64(in + 32, place(at));
	put64(in + 40, bytes);
	put32(in + 100, umem);
	return made(FW_CREATE_MKEY, 272) << 8 | 0x42;
}

static void trace_register(uint16_t id)
{
	begin(FW_ACCESS_REG, 0);
	put16(in + 10, id);
}

static void start_tracer(uint32_t mkey)
{
	trace_register(0x9040);
	put32(in + 16, 1u << 31);
	made(FW_ACCESS_REG, 144);
	trace_register(0x9041);
	in[19] = 1;
	in[23] = 1;
	put32(in + 24, mkey);
	made(FW_ACCESS_REG, 144);
	trace_register(0x9043);
	put32(in + 16, 1u << 30 | 1u << 27 | 1);
	made(FW_ACCESS_REG, 80);
}

static void stop_tracer(void)
{
	trace_register(0x9043);
	put32(in + 16, 1);
	made(FW_ACCESS_REG, 80);
	trace_register(0x9040);
	made(FW_ACCESS_REG, 144);
}

static void drop(uint16_t opcode, uint32_t id)
{
	begin(opcode, 0);
	put32(in + 8, id);
	made(opcode, 16);
}

/* The other end of the pinned pages: blocks appear in the memory, their time stamps rising. */
static void expect_blocks(volatile const uint8_t *buffer)
{
	uint8_t last[8];
	for (unsigned waited = 0; waited < 5000 && !buffer[5 * 256 - 7]; waited++)
		usleep(1000);
	for (unsigned block = 0; block < 5; block++) {
		for (unsigned at = 0; at < 8; at++)
			last[at] = buffer[block * 256 + 248 + at];
		CHECK(last[1] == 0xff, "block %u has no time stamp", block);
		CHECK(buffer[block * 256 + 1] >= 0x40 && buffer[block * 256 + 1] < 0x48, "block %u: id", block);
	}
}

static void test_umem(void)
{
	enum { BYTES = 8192 };
	uint8_t *buffer = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t wanted[3] = {place(buffer), BYTES, 0};
	CHECK(buffer != MAP_FAILED, "no memory");
	SAYS(0, ask(ctl, CTL_UMEM_REG, wanted));
	uint32_t umem = (uint32_t)wanted[2];
	begin(FW_ALLOC_PD, 0);
	uint32_t pd = made(FW_ALLOC_PD, 16), mkey = make_mkey(pd, umem, buffer, BYTES);
	start_tracer(mkey);
	expect_blocks(buffer);
	stop_tracer();
	uint32_t unreg[2] = {umem, 0};
	SAYS(-EINVAL, ask(ctl, CTL_UMEM_UNREG, unreg)); /* its key is still there */
	drop(FW_DESTROY_MKEY, mkey >> 8);
	SAYS(0, ask(ctl, CTL_UMEM_UNREG, unreg));
	SAYS(-EINVAL, ask(ctl, CTL_UMEM_UNREG, unreg));
	drop(FW_DEALLOC_PD, pd);
	munmap(buffer, BYTES);
	wanted[0] = 4096;
	SAYS(-EFAULT, ask(ctl, CTL_UMEM_REG, wanted));
	wanted[1] = (64 << 20) + 4096;
	SAYS(-EINVAL, ask(ctl, CTL_UMEM_REG, wanted));
	passed("mlx5ctl: the tracer writes into memory of ours");
}

/* A client that dies while the card writes into its memory: the kernel takes everything back, and the card can be
 * used. */
static void test_killed(const char *root)
{
	pid_t child = fork();
	if (child == 0) {
		uint8_t *buffer = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint64_t wanted[3] = {place(buffer), 8192, 0};
		ctl = open_node(root, "mlx5ctl-mlx5_core.ctl.0");
		SAYS(0, ask(ctl, CTL_UMEM_REG, wanted));
		begin(FW_ALLOC_PD, 0);
		uint32_t pd = made(FW_ALLOC_PD, 16);
		start_tracer(make_mkey(pd, (uint32_t)wanted[2], buffer, 8192));
		usleep(5000);
		raise(SIGKILL);
	}
	int status, mine = ctl;
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status), "status 0x%x", status);
	ctl = open_node(root, "mlx5ctl-mlx5_core.ctl.0");
	trace_register(0x9040);
	put32(in + 16, 1u << 31);
	made(FW_ACCESS_REG, 144);
	CHECK(get32(out + 16) >> 31, "the dead one still owns the tracer");
	trace_register(0x9040);
	made(FW_ACCESS_REG, 144);
	close(ctl);
	ctl = mine;
	passed("mlx5ctl: a client that is killed leaves nothing");
}

static void test_cmdrpc(void)
{
	begin(FW_NOP, 0);
	SAYS(-EINVAL, cmdrpc(15, 16));
	SAYS(-EINVAL, cmdrpc(16, 262145));
	begin(0x123, 0);
	SAYS(0, cmdrpc(16, 16)); /* no list: the card itself says no */
	CHECK(out[0] == FW_BAD_OP, "status 0x%x", out[0]);
	passed("mlx5ctl: any command goes to the card");
}

/* Starts itself again with the shim beside it, and nodes in a folder of its own. */
static void under_shim(char **words)
{
	char path[PATH_MAX], node[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);
	CHECK(length > 0 && mkdtemp(folder), "no folder");
	path[length] = 0;
	strcpy(strrchr(path, '/') + 1, "countersink-shim.so");
	for (const char *const *name = (const char *const[]){"dev", "dev/fwctl", NULL}; *name; name++) {
		snprintf(node, sizeof(node), "%s/%s", folder, *name);
		mkdir(node, 0700);
	}
	for (const char *const *name = (const char *const[]){"fwctl/fwctl0", "mlx5ctl-mlx5_core.ctl.0", NULL}; *name; name++) {
		snprintf(node, sizeof(node), "%s/dev/%s", folder, *name);
		close(open(node, O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	}
	setenv("LD_PRELOAD", path, 1);
	setenv("COUNTERSINK_DEVICE_ROOT", folder, 1);
	execv("/proc/self/exe", words);
	CHECK(0, "%s", strerror(errno));
}

static void remove_nodes(const char *root)
{
	static const char *const names[] = {"dev/fwctl/fwctl0", "dev/fwctl", "dev/mlx5ctl-mlx5_core.ctl.0", "dev", ""};
	char path[PATH_MAX];
	for (unsigned at = 0; at < sizeof(names) / sizeof(names[0]); at++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[at]);
		remove(path);
	}
}

int main(int count, char **words)
{
	const char *root = getenv("COUNTERSINK_DEVICE_ROOT");
	(void)count;
	if (!root && access("/dev/fwctl/fwctl0", F_OK))
		under_shim(words);
	fwctl = open_node(root ? root : "", "fwctl/fwctl0");
	ctl = open_node(root ? root : "", "mlx5ctl-mlx5_core.ctl.0");
	test_sizes();
	test_info();
	test_scopes();
	test_register_scopes();
	test_umem();
	test_cmdrpc();
	test_killed(root ? root : "");
	close(fwctl);
	close(ctl);
	if (root)
		remove_nodes(root);
	return 0;
}
