// SPDX-License-Identifier: Apache-2.0
/**
 * Takes two rights from this process and everything it starts, for good: opening files for writing, and locking files.
 * It uses a seccomp filter (Linux Documentation/userspace-api/seccomp_filter.rst). A lock fails as on a file system
 * that has no locks.
 *
 *   struct sock_fprog  @0 u16 length  @8 address of the filter
 *   struct sock_filter @0 u16 code  @2 u8 jump if true  @3 u8 jump if not  @4 u32 operand
 *   struct seccomp_data (what the filter loads from) @0 i32 number  @4 u32 architecture  @16 u64 arguments[6]
 */
import { unavailable } from "./errors.js";
import { call, errno, viewMemory } from "./ffi.js";

interface Machine {
	readonly audit: number;
	readonly seccomp: number;
	readonly fcntl: number;
	readonly openat: number;
	/** Absent where the machine has only openat. */
	readonly open?: number;
}

const machines: Readonly<Record<string, Machine>> = {
	x64: { audit: 0xc000003e, seccomp: 317, fcntl: 72, openat: 257, open: 2 },
	arm64: { audit: 0xc00000b7, seccomp: 277, fcntl: 25, openat: 56 },
};

const LOAD = 0x20;
const EQUAL = 0x15;
const ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EACCES = 13;
const ENOSYS = 38;
const EOPNOTSUPP = 95;

const F_SETLK = 6;
const F_SETLKW = 7;
/** O_WRONLY, O_RDWR, O_CREAT and O_TRUNC. */
const WRITING = 0o1103;

type Instruction = readonly [code: number, yes: number, no: number, operand: number];

const NUMBER = 0;
const ARCHITECTURE = 4;
/** Offset of the lower half of argument n. Both machines are little-endian. */
const argument = (n: number): number => 16 + 8 * n;

/** Instructions for one system call: it fails with the error where a test of its argument holds, and is allowed
 *  otherwise. */
function refuse(
	number: number,
	n: number,
	tests: readonly (readonly [code: number, operand: number])[],
	error: number,
): Instruction[] {
	const body: Instruction[] = [
		[LOAD, 0, 0, argument(n)],
		...tests.map(([code, operand], i): Instruction => [code, tests.length - i, 0, operand]),
		[RETURN, 0, 0, ALLOW],
		[RETURN, 0, 0, ERRNO | error],
	];
	return [[EQUAL, 0, body.length, number], ...body];
}

function filterFor({ audit, fcntl, openat, open }: Machine): Instruction[] {
	const writing = [[ANY_BIT, WRITING]] as const;
	return [
		[LOAD, 0, 0, ARCHITECTURE],
		[EQUAL, 1, 0, audit],
		[RETURN, 0, 0, ERRNO | ENOSYS],
		[LOAD, 0, 0, NUMBER],
		...refuse(openat, 2, writing, EACCES),
		...(open === undefined ? [] : refuse(open, 1, writing, EACCES)),
		...refuse(
			fcntl,
			1,
			[
				[EQUAL, F_SETLK],
				[EQUAL, F_SETLKW],
			],
			EOPNOTSUPP,
		),
		[RETURN, 0, 0, ALLOW],
	];
}

const PAGE = 4096;
const FILTER = 16;

/** Writes the program into a page of its own. @returns its address */
function writeProgram(filter: readonly Instruction[]): number {
	const address = call("mmap", 0, PAGE, 3, 0x22, -1, 0);
	const page = new DataView(viewMemory(address, PAGE));
	page.setUint16(0, filter.length, true);
	page.setBigUint64(8, BigInt(address + FILTER), true);
	filter.forEach(([code, yes, no, operand], i) => {
		const at = FILTER + 8 * i;
		page.setUint16(at, code, true);
		page.setUint8(at + 2, yes);
		page.setUint8(at + 3, no);
		page.setUint32(at + 4, operand >>> 0, true);
	});
	return address;
}

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
/** Applies to all threads, also to those that Node has started already. */
const SECCOMP_FILTER_FLAG_TSYNC = 1;

/** Applies the filter. It cannot be taken off again. */
export function confine(): void {
	const machine = machines[process.arch];
	if (!machine)
		throw unavailable(
			`a file that is being written cannot be read on ${process.arch}; wait until the recording has ended`,
		);
	const program = writeProgram(filterFor(machine));
	call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	const failed = call(
		"syscall",
		machine.seccomp,
		"int",
		SECCOMP_SET_MODE_FILTER,
		"int",
		SECCOMP_FILTER_FLAG_TSYNC,
		"intptr_t",
		program,
	);
	if (failed !== 0)
		throw unavailable(
			`this system does not permit a seccomp filter (errno ${errno()}), so a file that is being written cannot be read safely; wait until the recording has ended`,
		);
}
