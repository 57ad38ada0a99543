// SPDX-License-Identifier: Apache-2.0
/*
 * The four ioctls of the out-of-tree mlx5ctl driver, fourth version.
 *
 *   INFO        0x80105c00  0 uctx_uid u16, reserved u16 | 4 uctx_cap u32 | 8 dev_uctx_cap u32 | 12 ucap u32
 *   CMDRPC      0xc0185c01  0 in u64 | 8 out u64 | 16 inlen u32 | 20 outlen u32
 *   UMEM_REG    0xc0185c02  0 addr u64 | 8 len u64 | 16 umem_id u32 (answer) | 20 reserved u32
 *   UMEM_UNREG  0xc0085c03  0 umem_id u32 | 4 reserved u32
 */
#include "shim.h"

enum { MIN_RPC = 16, MAX_RPC = 512 * 512, MAX_UMEM = 64 << 20, PAGE = 4096, UCAP = 0x1d };
#define INFO 0x80105c00u
#define CMDRPC 0xc0185c01u
#define UMEM_REG 0xc0185c02u
#define UMEM_UNREG 0xc0085c03u

struct info {
	uint16_t uctx_uid, reserved;
	uint32_t uctx_cap, dev_uctx_cap, ucap;
};
struct cmdrpc {
	uint64_t in, out;
	uint32_t inlen, outlen;
};
struct umem_reg {
	uint64_t addr, len;
	uint32_t umem_id, reserved;
};
struct umem_unreg {
	uint32_t umem_id, reserved;
};

static int info(const struct descriptor *of, uint64_t argument)
{
	struct info said = {of->uid, 0, of->caps, fw_uctx_cap(&card->fw), UCAP};
	return copy_out(argument, &said, sizeof(said));
}

static int cmdrpc(const struct descriptor *of, uint64_t argument)
{
	struct cmdrpc asked;
	int said = copy_in(&asked, argument, sizeof(asked));
	if (said)
		return said;
	if (asked.inlen < MIN_RPC || asked.inlen > MAX_RPC || asked.outlen < MIN_RPC || asked.outlen > MAX_RPC)
		return -EINVAL;
	return run_command(of, FW_MLX5CTL, asked.in, asked.inlen, asked.out, asked.outlen);
}

static struct umem *place_of(struct descriptor *of, uint32_t id)
{
	for (unsigned at = 0; at < MAX_UMEMS; at++)
		if (of->umems[at].id == id)
			return &of->umems[at];
	return NULL;
}

/* Pinning would fault every page in for writing, so memory that cannot be written is refused here, too. */
static int touch(uint64_t from, uint64_t length)
{
	int said = 0;
	for (uint64_t at = 0; at < length && !said; at += PAGE) {
		uint8_t byte;
		said = copy_in(&byte, from + at, 1);
		if (!said)
			said = copy_out(from + at, &byte, 1);
	}
	return said;
}

static int umem_reg(struct descriptor *of, uint64_t argument)
{
	struct umem_reg asked;
	struct umem *place = place_of(of, 0);
	int said = copy_in(&asked, argument, sizeof(asked));
	if (said)
		return said;
	if (asked.reserved || !asked.len || asked.len > MAX_UMEM || asked.addr % PAGE)
		return -EINVAL;
	said = touch(asked.addr, asked.len);
	if (said || !place)
		return said ? said : -ENOMEM;
	state_lock(card);
	asked.umem_id = fw_umem_create(&card->fw, of->uid, asked.len);
	if (asked.umem_id)
		*place = (struct umem){asked.umem_id, (uint8_t *)(uintptr_t)asked.addr, asked.len};
	state_unlock(card);
	if (!asked.umem_id)
		return -ENOMEM;
	tracer_start();
	return copy_out(argument, &asked, sizeof(asked));
}

static int umem_unreg(struct descriptor *of, uint64_t argument)
{
	struct umem_unreg asked;
	int said = copy_in(&asked, argument, sizeof(asked));
	if (said)
		return said;
	struct umem *place = asked.umem_id ? place_of(of, asked.umem_id) : NULL;
	if (asked.reserved || !place)
		return -EINVAL;
	state_lock(card);
	said = fw_umem_destroy(&card->fw, of->uid, asked.umem_id) ? -EINVAL : 0;
	if (!said)
		*place = (struct umem){0};
	state_unlock(card);
	return said;
}

int mlx5ctl_ioctl(struct descriptor *of, unsigned request, uint64_t argument)
{
	state_lock(card);
	bool gone = card->fw.gone;
	state_unlock(card);
	if (unprivileged())
		return -EPERM;
	if (gone)
		return -ENODEV;
	switch (request) {
	case INFO:
		return info(of, argument);
	case CMDRPC:
		return cmdrpc(of, argument);
	case UMEM_REG:
		return umem_reg(of, argument);
	case UMEM_UNREG:
		return umem_unreg(of, argument);
	}
	return -ENOTTY;
}
