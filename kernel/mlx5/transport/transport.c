// SPDX-License-Identifier: Apache-2.0
#include "transport.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../reader.h"
#include "allowed.h"
#include "big_endian.h"

enum { OP_CREATE_MKEY = 0x200, OP_DESTROY_MKEY = 0x202, IN_MKEY_VARIANT = 23, NUMBER = 8 };

static const struct transport_ops *const transports[] = {&fwctl_transport, &mlx5ctl_transport};

static const struct transport_ops *find(const char *driver)
{
	for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
		if (strcmp(transports[i]->name, driver) == 0)
			return transports[i];
	return NULL;
}

/*
 * Whoever writes the plan has no privileges and we may have: nothing but a device of this driver is opened. A simulated one may lie
 * below another root; the variable says nothing to a binary that has privileges of its own.
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
	if (address->path || unescape(words[2]) || parse_u64(words[3], &read_scope) || parse_u64(words[4], &write_scope))
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
	return bytes >= MAILBOX_LEAST && bytes <= transport->ops->most_bytes;
}

/* CREATE_MKEY answers with an index; the key is that and the byte that was asked for. */
static void note_mkey(struct transport *transport, const struct mailbox *mailbox)
{
	uint16_t opcode = get_u16(mailbox->in);
	if (opcode == OP_CREATE_MKEY && mailbox->in_bytes > IN_MKEY_VARIANT)
		transport->mkey = get_u32(mailbox->out + NUMBER) << 8 | mailbox->in[IN_MKEY_VARIANT];
	if (opcode == OP_CREATE_MKEY)
		transport->has_mkey = mailbox->in_bytes > IN_MKEY_VARIANT;
	if (opcode == OP_DESTROY_MKEY && (get_u32(mailbox->in + NUMBER) & 0xffffff) == transport->mkey >> 8)
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
