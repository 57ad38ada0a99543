// SPDX-License-Identifier: Apache-2.0
/**
 * Executes commands through `countersink-sampler device` (sampler/native/device.h). It alone may be privileged, and it
 * refuses every command that is not on its own list.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { failure, unavailable } from "../../../base/errors.js";
import { samplerBinary } from "../../../base/paths.js";
import { planWord } from "../../source.js";
import { firmware } from "./firmware.gen.js";
import { type Command, hex } from "./mailbox.js";
import { explainOutbox } from "./refusal.js";

export type Driver = "fwctl" | "mlx5ctl";

/** A node of /dev and its driver. */
export interface Node {
	readonly driver: Driver;
	readonly path: string;
}

export type Answer =
	| { readonly kind: "ok"; readonly outbox: Uint8Array }
	/** The firmware refused; the outbox has status and syndrome. */
	| { readonly kind: "remote"; readonly outbox: Uint8Array }
	/** The sampler refused: the command is not on its list. */
	| { readonly kind: "refused" }
	/** The kernel refused, or the node cannot be opened. */
	| { readonly kind: "errno"; readonly errno: number; readonly what: string };

/** Without a command the driver is asked what it is (INFO). */
export type Request = readonly [node: Node, command: Command | null];

/** Enough for a machine with dozens of cards. */
const MAX_ANSWER_BYTES = 256 << 20;
const TIMEOUT_MS = 30_000;

const requestLine = ([{ driver, path }, command]: Request): string =>
	command === null
		? `info ${driver} ${planWord(path)}\n`
		: `${driver} ${planWord(path)} ${command.scope} ${command.outBytes} ${hex(command.inbox)}\n`;

function parseAnswer(line: string): Answer {
	const [verdict = "", first = "", ...rest] = line.split(" ");
	if (verdict === "ok" || verdict === "remote") return { kind: verdict, outbox: Buffer.from(first, "hex") };
	if (verdict === "refused") return { kind: "refused" };
	if (verdict === "errno" && /^\d+$/.test(first)) return { kind: "errno", errno: Number(first), what: rest.join(" ") };
	throw failure(`the sampler answered '${line.slice(0, 60)}' to a command for a device; run npm run build again`);
}

/** One answer for each request, in the same order. Throws when the sampler cannot be run. */
export function execute(requests: readonly Request[]): Answer[] {
	if (requests.length === 0) return [];
	const { stdout, stderr, error, status } = spawnSync(samplerBinary(), ["device"], {
		input: requests.map(requestLine).join(""),
		encoding: "latin1",
		maxBuffer: MAX_ANSWER_BYTES,
		timeout: TIMEOUT_MS,
	});
	if (error) throw failure(`the sampler ${samplerBinary()} cannot ask devices: ${error.message}; try npm run build`);
	const lines = stdout.split("\n").filter((line) => line !== "");
	if (lines.length !== requests.length)
		throw failure(
			`the sampler answered ${lines.length} of ${requests.length} commands for devices (status ${status}): ${stderr.trim() || "no message"}; run npm run build again`,
		);
	return lines.map(parseAnswer);
}

const { EACCES, EPERM, ENODEV, ENXIO, ENOENT, EBADMSG, ENOTTY, EOPNOTSUPP, ETIMEDOUT, EBUSY } = constants.errno;
/** What fwctl devices of other makers answer to INFO. Node has no name for this errno. */
const EMEDIUMTYPE = firmware.ERRNO_OTHER_MAKER;
export const isOfOtherMaker = (answer: Answer): boolean => answer.kind === "errno" && answer.errno === EMEDIUMTYPE;

function lockdown(): string | null {
	try {
		return /\[(\w+)\]/.exec(readFileSync("/sys/kernel/security/lockdown", "utf8"))?.[1] ?? null;
	} catch {
		return null;
	}
}

function permission({ driver, path }: Node): string {
	const locked = lockdown();
	const why =
		locked !== null && locked !== "none" ? ` (the kernel is locked down: ${locked}, which may be the reason)` : "";
	return driver === "mlx5ctl"
		? `EPERM: mlx5ctl asks for CAP_SYS_ADMIN on every command${why}; give it to the sampler (countersink doctor shows how)`
		: `EPERM: no permission for this command on ${path}${why}; it needs CAP_SYS_RAWIO where the scope is DEBUG_WRITE_FULL`;
}

function explainErrno(errno: number, what: string, node: Node): string {
	switch (errno) {
		case EACCES:
			return `EACCES: no permission for ${node.path}; try sudo setfacl -m u:$USER:rw ${node.path}`;
		case EPERM:
			return permission(node);
		case ENODEV:
		case ENXIO:
			return `ENODEV: the device is gone; plug it in again, or load its driver`;
		case ENOENT:
			return `ENOENT: ${node.path} is gone; list the devices again`;
		case EBADMSG:
			return `EBADMSG: ${node.driver} refuses this command at this scope; a newer kernel may allow it`;
		case ENOTTY:
		case EOPNOTSUPP:
			return `${what}: ${node.path} does not have the ABI of ${node.driver}; use the driver of Linux 6.15 or later`;
		case ETIMEDOUT:
			return `ETIMEDOUT: the firmware did not answer; see the kernel's log`;
		case EBUSY:
			return `EBUSY: someone else uses ${node.path}; end that first`;
		case EMEDIUMTYPE:
			return `${node.path} is not an mlx5 device; choose another`;
		default:
			return `${what} (errno ${errno}); see the kernel's log`;
	}
}

/** Why a command was not executed, and what to try: one sentence with the name of the command. */
export function explainAnswer(answer: Answer, node: Node, name: string): string {
	if (answer.kind === "remote") return `${name} was refused by the firmware: ${explainOutbox(answer.outbox)}`;
	if (answer.kind === "refused")
		return `${name} is not on the sampler's list of commands; use the sampler of this version`;
	return answer.kind === "errno" ? `${name}: ${explainErrno(answer.errno, answer.what, node)}` : `${name} was executed`;
}

/** The outbox, or a CountersinkError that says who refused and why. */
export function outboxOf(answer: Answer, node: Node, name: string): Uint8Array {
	if (answer.kind === "ok") return answer.outbox;
	throw unavailable(explainAnswer(answer, node, name));
}
