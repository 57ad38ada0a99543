// SPDX-License-Identifier: Apache-2.0
/** The only file that loads native code by FFI: a table of C prototypes of libc, bound on first use. */
import { createRequire } from "node:module";
import type Koffi from "koffi";

const prototypes = {
	memfd_create: "int memfd_create(const char *name, unsigned int flags)",
	ftruncate: "int ftruncate(int fd, int64_t length)",
	flock: "int flock(int fd, int operation)",
	fcntl: "int fcntl(int fd, int command, int argument)",
	mmap: "intptr_t mmap(intptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)",
	munmap: "int munmap(intptr_t address, size_t length)",
	close: "int close(int fd)",
	getxattr: "intptr_t getxattr(const char *path, const char *name, _Out_ uint8_t *value, size_t size)",
	socket: "int socket(int domain, int type, int protocol)",
	send: "intptr_t send(int fd, const void *message, size_t bytes, int flags)",
	recv: "intptr_t recv(int fd, _Out_ void *buffer, size_t bytes, int flags)",
	unshare: "int unshare(int flags)",
	/** Variadic: each argument is preceded by its C type, as in call("syscall", number, "int", 0). */
	syscall: "long syscall(long number, ...)",
	prctl: "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
	getsockopt: "int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *bytes)",
	ioctl: "int ioctl(int fd, unsigned long request, void *argument)",
	clock_gettime: "int clock_gettime(int clock, _Out_ int64_t *time)",
	sched_setaffinity: "int sched_setaffinity(int pid, size_t bytes, const uint8_t *mask)",
	sched_getaffinity: "int sched_getaffinity(int pid, size_t bytes, _Out_ uint8_t *mask)",
} as const;

type Verb = keyof typeof prototypes;
type Native = (...args: unknown[]) => number;

let koffi: typeof Koffi | undefined;
let libc: ReturnType<typeof Koffi.load> | undefined;
const bound = new Map<Verb, Native>();

function load(): typeof Koffi {
	koffi ??= createRequire(import.meta.url)("koffi") as typeof Koffi;
	return koffi;
}

function bind(verb: Verb): Native {
	libc ??= load().load("libc.so.6");
	const native = libc.func(prototypes[verb]) as unknown as Native;
	bound.set(verb, native);
	return native;
}

/** Calls libc. Returns what C returns; on failure (-1) errno() tells why. */
export const call = (verb: Verb, ...args: unknown[]): number => (bound.get(verb) ?? bind(verb))(...args);

/** errno of this thread after a failed call. */
export const errno = (): number => load().errno();

/** Memory at an address as an ArrayBuffer that aliases it. Using it after the memory is unmapped crashes the
 *  process. */
export const viewMemory = (address: number, bytes: number): ArrayBuffer => load().view(BigInt(address), bytes);
