// SPDX-License-Identifier: Apache-2.0
/*
 * The two ioctls of the kernel's fwctl core with its mlx5 driver.
 *
 *   INFO  0x9a00  0 size u32 | 4 flags u32 | 8 out_device_type u32 | 12 device_data_len u32 | 16 out_device_data u64
 *   RPC   0x9a01  0 size u32 | 4 scope u32 | 8 in_len u32 | 12 out_len u32 | 16 in u64 | 24 out u64
 */
#include "shim.h"

enum { INFO = 0x9a00, RPC = 0x9a01, MAX_RPC = 2 << 20, TYPE_MLX5 = 1 };

struct info {
	uint32_t size, flags, out_device_type, device_data_len;
	uint64_t out_device_data;
};
struct rpc {
	uint32_t size, scope, in_len, out_len;
	uint64_t in, out;
};

/* A struct may be longer than the kernel knows when the rest is zero, and never shorter. */
static int copy_struct(void *to, size_t known, uint64_t from)
{
	uint32_t size;
	int said = copy_in(&size, from, sizeof(size));
	if (said)
		return said;
	if (size < known)
		return -EINVAL;
	for (uint64_t at = known; at < size; at++) {
		uint8_t beyond;
		said = copy_in(&beyond, from + at, 1);
		if (said || beyond)
			return said ? said : -E2BIG;
	}
	return copy_in(to, from, known);
}

static int info(const struct descriptor *of, uint64_t argument)
{
	struct info asked;
	uint32_t data[2] = {of->uid, of->caps};
	int said = copy_struct(&asked, sizeof(asked), argument);
	if (said)
		return said;
	if (asked.flags)
		return -EOPNOTSUPP;
	for (uint32_t at = 0; at < asked.device_data_len && !said; at++)
		said = copy_out(asked.out_device_data + at, at < sizeof(data) ? (uint8_t *)data + at : (uint8_t *)"", 1);
	if (said)
		return said;
	asked.out_device_type = TYPE_MLX5;
	asked.device_data_len = asked.device_data_len ? sizeof(data) : 0;
	return copy_out(argument, &asked, sizeof(asked));
}

static int check_scope(uint32_t scope)
{
	if (scope > FW_DEBUG_WRITE_FULL)
		return -EOPNOTSUPP;
	if (scope == FW_DEBUG_WRITE_FULL && unprivileged())
		return -EPERM;
	if (scope >= FW_DEBUG_WRITE) {
		state_lock(card);
		card->fw.tainted = 1;
		state_unlock(card);
	}
	return 0;
}

static int rpc(const struct descriptor *of, uint64_t argument)
{
	struct rpc asked;
	int said = copy_struct(&asked, sizeof(asked), argument);
	if (said)
		return said;
	if (asked.in_len > MAX_RPC || asked.out_len > MAX_RPC)
		return -EMSGSIZE;
	said = check_scope(asked.scope);
	if (!said)
		said = run_command(of, (int)asked.scope, asked.in, asked.in_len, asked.out, asked.out_len);
	return said ? said : copy_out(argument, &asked, sizeof(asked));
}

static bool gone(void)
{
	state_lock(card);
	bool is = card->fw.gone;
	state_unlock(card);
	return is;
}

int fwctl_ioctl(struct descriptor *of, unsigned request, uint64_t argument)
{
	if (request != INFO && request != RPC)
		return -ENOTTY;
	if (gone())
		return -ENODEV;
	return request == INFO ? info(of, argument) : rpc(of, argument);
}
