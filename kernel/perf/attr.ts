// SPDX-License-Identifier: Apache-2.0
/** Asks the kernel whether it knows an event: opens the event and closes it again. */
import { constants } from "node:os";
import { call, errno } from "../../base/ffi.js";

/** Numbers of the system call perf_event_open, for which libc has no function, on the little-endian machines that Node
 *  supports. */
const syscallNumbers: Partial<Record<NodeJS.Architecture, number>> = {
	x64: 298,
	arm64: 241,
	riscv64: 241,
	loong64: 241,
};

/**
 * struct perf_event_attr (linux/perf_event.h). Its first version, of 64 bytes, is enough here:
 *
 *   0 u32 type   4 u32 size   8 u64 config   16 period   24 sample_type   32 read_format   40 u64 flags   48 ... 63
 */
const ATTR_BYTES = 64;
const offset = { type: 0, size: 4, config: 8, flags: 40 } as const;
const DISABLED = 1n << 0n;
const EXCLUDE_KERNEL = 1n << 5n;
const EXCLUDE_HV = 1n << 6n;

/** Opens the event for this thread in user mode, which needs the least privilege. Returns 0 or the errno of the
 *  refusal. */
export function probe(type: number, config: bigint): number {
	const number = syscallNumbers[process.arch];
	if (number === undefined) return constants.errno.ENOSYS;
	const attr = new DataView(new ArrayBuffer(ATTR_BYTES));
	attr.setUint32(offset.type, type, true);
	attr.setUint32(offset.size, ATTR_BYTES, true);
	attr.setBigUint64(offset.config, config, true);
	attr.setBigUint64(offset.flags, DISABLED | EXCLUDE_KERNEL | EXCLUDE_HV, true);
	const bytes = new Uint8Array(attr.buffer);
	const fd = call("syscall", number, "uint8_t *", bytes, "int", 0, "int", -1, "int", -1, "unsigned long", 0);
	if (fd < 0) return errno();
	call("close", fd);
	return 0;
}
