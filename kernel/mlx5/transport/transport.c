// SPDX-License-Identifier: Apache-2.0
#include "transport.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../reader.h"
#include "allowed.h"
#include "big_endian.h"

/* D(symbol): every driver. */
#define DRIVERS(D)                                                                                                     \
	D(fwctl)                                                                                                       \
	D(mlx5ctl)

#define DECLARE(symbol) extern const struct transport_ops symbol##_transport;
#define ADDRESS(symbol) &symbol##_transport,
DRIVERS(DECLARE)
static const struct transport_ops *const drivers[] = {DRIVERS(ADDRESS)};

static const struct transport_ops *find(const char *driver)
{
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (strcmp(drivers[i]->name, driver) == 0)
			return drivers[i];
	return NULL;
}

/*
 * The author of the plan has no privileges, and the sampler may have some, so only devices of this driver are opened. A
 * simulated device may be below another root; secure_getenv() hides that root from a binary that has privileges.
 */
static bool is_a_device(const struct transport_ops *ops, const char *path)
{
	const char *root = secure_getenv("COUNTERSINK_DEVICE_ROOT");
	if (root && strncmp(path, root, strlen(root)) == 0)
		path += strlen(root);
	size_t length = strlen(ops->prefix);
	return strncmp(path, ops->prefix, length) == 0 && path[length] && !strchr(path + length, '/');
}

int transport_configure(struct transport_address *address, char **words)
{
	uint64_t read_scope, write_scope;
	if (address->path || unescape(words[2]))
		return -EINVAL;
	if (parse_u64(words[3], &read_scope) || parse_u64(words[4], &write_scope))
		return -EINVAL;
	if (read_scope > SCOPE_DEBUG_WRITE_FULL || write_scope > SCOPE_DEBUG_WRITE_FULL)
		return -EINVAL;
	*address = (struct transport_address){words[1], words[2], (enum scope)read_scope, (enum scope)write_scope};
	return 0;
}

int transport_open(struct transport *transport, const char *driver, const char *path)
{
	const struct transport_ops *ops = find(driver);
	if (!ops || !is_a_device(ops, path))
		return -EINVAL;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*transport = (struct transport){.ops = ops, .fd = fd};
	return 0;
}

void transport_close(struct transport *transport)
{
	if (transport->ops && !transport->context)
		close(transport->fd);
	transport->ops = NULL;
}

static bool size_fits(const struct transport *transport, uint32_t bytes)
{
	return bytes >= MAILBOX_MIN && bytes <= transport->ops->max_bytes;
}

/* CREATE_MKEY answers with an index. The mkey is that index and the byte that was asked for. */
static void note_mkey(struct transport *transport, const struct mailbox *mailbox)
{
	uint16_t opcode = get_u16(mailbox->in + in_header_opcode);
	if (opcode == OP_CREATE_MKEY) {
		transport->has_mkey = mailbox->in_bytes > mkey_creation_mkey_7_0;
		if (transport->has_mkey)
			transport->mkey = get_u24(mailbox->out + object_number_number) << 8 |
					  mailbox->in[mkey_creation_mkey_7_0];
	}
	if (opcode == OP_DESTROY_MKEY && get_u24(mailbox->in + object_number_number) == transport->mkey >> 8)
		transport->has_mkey = false;
}

int transport_command(struct transport *transport, const struct mailbox *mailbox)
{
	if (!size_fits(transport, mailbox->in_bytes) || !size_fits(transport, mailbox->out_bytes))
		return -EMSGSIZE;
	if (!command_is_allowed(mailbox, transport->has_mkey ? &transport->mkey : NULL))
		return -ENOMSG;
	int error = transport->ops->command(transport, mailbox);
	if (error == 0)
		note_mkey(transport, mailbox);
	return error;
}
