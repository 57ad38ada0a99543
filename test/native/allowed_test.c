// SPDX-License-Identifier: Apache-2.0
/* What the sampler executes at all, against a list written by hand here: every opcode, every register. allowed_test */
#include "../../kernel/mlx5/transport/allowed.h"

#include "../../kernel/mlx5/transport/big_endian.h"
#include "../../kernel/mlx5/transport/transport.h"
#include "support.h"

static struct {
	uint16_t opcode;
	int widest;
} const opcodes[] = {{0x100, 1}, {0x200, 2}, {0x202, 2}, {0x800, 2}, {0x801, 2}, {0x805, 1}, {0x819, 1}, {0x820, 2}, {0x821, 1}};

static bool asked(uint16_t opcode, uint16_t op_mod, uint16_t number, uint8_t flags, enum scope scope)
{
	uint8_t in[28] = {0}, out[MAILBOX_MIN];
	static const uint32_t mkey = 0;
	put_u16(in, opcode);
	put_u16(in + 6, op_mod);
	put_u16(in + 10, number);
	in[12] = flags;
	struct mailbox mailbox = {scope, in, out, sizeof in, sizeof out};
	return command_is_allowed(&mailbox, &mkey);
}

static int widest_of(uint32_t opcode)
{
	for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++)
		if (opcodes[i].opcode == opcode)
			return opcodes[i].widest;
	return -1;
}

static void test_opcodes(void)
{
	for (uint32_t opcode = 0; opcode < 65536; opcode++)
		for (int scope = 0; scope <= SCOPE_DEBUG_WRITE_FULL; scope++) {
			bool said = asked((uint16_t)opcode, 1, 0x5008, 0x40, (enum scope)scope);
			CHECK(said == (scope <= widest_of(opcode)), "opcode %x in scope %d", opcode, scope);
		}
	CHECK(!asked(0x200, 0, 0, 0, SCOPE_DEBUG_WRITE), "an mkey of memory that is not a umem");
	printf("ok every opcode in every scope\n");
}

static void test_registers(void)
{
	for (uint32_t number = 0; number < 65536; number++) {
		bool tracer = number >= 0x9040 && number <= 0x9043;
		bool read = tracer || number == 0x5008 || number == 0x9051 || number == 0x9055;
		CHECK(asked(0x805, 1, (uint16_t)number, 0, SCOPE_DEBUG_READ_ONLY) == read, "read of %x", number);
		CHECK(asked(0x805, 0, (uint16_t)number, 0, SCOPE_CONFIGURATION) == tracer, "write of %x", number);
		CHECK(!asked(0x805, 2, (uint16_t)number, 0, SCOPE_CONFIGURATION), "op_mod 2 of %x", number);
	}
	printf("ok every register, read and written\n");
}

/* CREATE_MKEY always returns index 0x1234. */
static int make(const struct transport *transport, const struct mailbox *mailbox)
{
	(void)transport;
	memset(mailbox->out, 0, mailbox->out_bytes);
	put_u16(mailbox->out + 10, 0x1234);
	return 0;
}

static int configure_tracer(struct transport *transport, uint32_t mkey, uint32_t bytes)
{
	uint8_t in[32] = {0x08, 0x05}, out[MAILBOX_MIN];
	put_u16(in + 10, 0x9041);
	put_u16(in + 24, (uint16_t)(mkey >> 16));
	put_u16(in + 26, (uint16_t)mkey);
	return transport_command(transport, &(struct mailbox){0, in, out, bytes, sizeof out});
}

/* The tracer is told to write to memory of this descriptor, or to none. */
static void test_tracer_memory(void)
{
	const struct transport_ops ops = {.max_bytes = 64, .command = make};
	int context;
	struct transport transport = {.ops = &ops, .context = &context};
	enum { OURS = 0x12345a };
	CHECK(configure_tracer(&transport, OURS, 32) == -ENOMSG, "an mkey before one was made");
	uint8_t create[64] = {0x02, 0x00}, destroy[MAILBOX_MIN] = {0x02, 0x02}, out[MAILBOX_MIN];
	create[12] = 0x40;
	create[23] = 0x5a;
	CHECK(transport_command(&transport, &(struct mailbox){2, create, out, sizeof create, sizeof out}) == 0, "CREATE_MKEY");
	CHECK(configure_tracer(&transport, OURS, 32) == 0, "our mkey");
	CHECK(configure_tracer(&transport, OURS, 24) == -ENOMSG, "a mailbox without an mkey");
	static const uint32_t others[] = {0, 1, OURS - 1, OURS + 1, OURS + 0x100, OURS | 0x80000000, 0x5a, 0x1234, UINT32_MAX};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(configure_tracer(&transport, others[i], 32) == -ENOMSG, "mkey %x", others[i]);
	put_u16(destroy + 10, 0x1234);
	CHECK(transport_command(&transport, &(struct mailbox){2, destroy, out, 16, sizeof out}) == 0, "DESTROY_MKEY");
	CHECK(configure_tracer(&transport, OURS, 32) == -ENOMSG, "an mkey that was destroyed");
	printf("ok the tracer writes only to memory of its own descriptor\n");
}

static int never(const struct transport *transport, const struct mailbox *mailbox)
{
	(void)mailbox;
	++*(int *)transport->context;
	return 0;
}

/* Nothing reaches the driver that is not on the list, or of a size that it does not take. */
static void test_gate(void)
{
	const struct transport_ops ops = {.max_bytes = 64, .command = never};
	int executed = 0;
	struct transport transport = {.ops = &ops, .context = &executed};
	uint8_t in[MAILBOX_MIN] = {0x08, 0x1a}, out[MAILBOX_MIN];
	CHECK(transport_command(&transport, &(struct mailbox){1, in, out, 16, 16}) == -ENOMSG, "opcode 81a");
	in[1] = 0x19;
	CHECK(transport_command(&transport, &(struct mailbox){1, in, out, 15, 16}) == -EMSGSIZE, "inbox of 15 bytes");
	CHECK(transport_command(&transport, &(struct mailbox){1, in, out, 16, 65}) == -EMSGSIZE, "outbox of 65 bytes");
	CHECK(executed == 0, "%d commands executed", executed);
	CHECK(transport_command(&transport, &(struct mailbox){1, in, out, 16, 64}) == 0 && executed == 1, "a good command");
	static const char *const paths[] = {"/etc/passwd", "/dev/fwctl/fwctl", "/dev/fwctl/fwctl0/../../mem", "fwctl0", ""};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		CHECK(transport_open(&transport, "fwctl", paths[i]) == -EINVAL, "path %s", paths[i]);
	CHECK(transport_open(&transport, "vfio", "/dev/fwctl/fwctl0") == -EINVAL, "driver vfio");
	printf("ok nothing else reaches the driver\n");
}

int main(void)
{
	test_opcodes();
	test_registers();
	test_gate();
	test_tracer_memory();
	return 0;
}
