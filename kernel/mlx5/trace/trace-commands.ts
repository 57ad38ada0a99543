// SPDX-License-Identifier: Apache-2.0
/** The commands of the firmware tracer. Those that the sampler sends (trace.h) lack numbers that only it will know. */
import { decode, encode, type Values } from "../transport/bit-fields.js";
import { registerData } from "../transport/headers.js";
import {
	accessRegister as access,
	type Command,
	HEADER_BYTES,
	inbox,
	type OpcodeName,
	scope,
} from "../transport/mailbox.js";
import {
	MKEY_CREATION_BYTES,
	mkeyCreation,
	stringData,
	stringRead,
	stringSection,
	stringSections,
	TRACE_CAPABILITY_BYTES,
	TRACE_CONFIGURATION_BYTES,
	TRACE_CONTROL_BYTES,
	traceCapability,
	traceConfiguration,
	traceControl,
} from "./trace-layouts.js";

export const PAGE_BYTES = 4096;
const LOG_PAGE_BYTES = 12;
/** A translation (MTT) takes 8 bytes, so two of them an octword. */
const PAGES_PER_OCTWORD = 2;
const ACCESS_MODE_MTT = 1;
const NO_QPN = 0xffffff;
const TRACE_TO_MEMORY = 1;
const TRACE_STATUS = 1;

const plain = (name: OpcodeName, bytes = HEADER_BYTES): Command => ({
	name,
	scope: scope.debugWrite,
	inbox: inbox(name, bytes),
	outBytes: HEADER_BYTES,
});

export const readTraceCapability: Command = access("MTRC_CAP", "read", TRACE_CAPABILITY_BYTES, traceCapability);

export interface StringSection {
	/** Of its first byte, as trace events name it. */
	readonly address: number;
	readonly bytes: number;
}

export interface TraceCapability extends Values<typeof traceCapability> {
	readonly sections: readonly StringSection[];
}

export function decodeTraceCapability(outbox: Uint8Array): TraceCapability {
	const capability = decode(traceCapability, outbox, registerData.begin);
	const first = registerData.begin + stringSections.begin;
	const count = Math.min(capability.num_string_db, stringSections.most);
	const sections = Array.from({ length: count }, (_, i) => {
		const { string_db_base_address, string_db_size } = decode(stringSection, outbox, first + i * stringSections.bytes);
		return { address: string_db_base_address, bytes: string_db_size };
	});
	return { ...capability, sections };
}

/** A piece of a section. Linux asks for it by a write, which changes nothing. */
export const readStrings = (section: number, offset: number, bytes: number): Command =>
	access(
		"MTRC_STDB",
		"write",
		stringData.begin,
		stringRead,
		{ string_db_index: section, read_size: bytes, start_offset: offset },
		stringData.begin + bytes,
	);

export const stringsOf = (outbox: Uint8Array): Uint8Array => outbox.subarray(registerData.begin + stringData.begin);

/** All pages of one umem, for the device to write; the sampler adds pd, address and umem. */
function createMkey(bytes: number): Command {
	const command = plain("CREATE_MKEY", MKEY_CREATION_BYTES);
	const octwords = Math.ceil(bytes / PAGE_BYTES / PAGES_PER_OCTWORD);
	const values = {
		mkey_umem_valid: 1,
		lw: 1,
		lr: 1,
		access_mode_1_0: ACCESS_MODE_MTT,
		qpn: NO_QPN,
		len_l: bytes,
		translations_octword_size: octwords,
		translations_octword_actual_size: octwords,
		log_page_size: LOG_PAGE_BYTES,
	};
	encode(mkeyCreation, values, command.inbox);
	return command;
}

const own = (trace_owner: 0 | 1): Command =>
	access("MTRC_CAP", "write", TRACE_CAPABILITY_BYTES, traceCapability, { trace_owner });

/* arm_event stays 0: the event that it arms would go to the kernel. */
const trace = (trace_status: 0 | 1): Command =>
	access("MTRC_CTRL", "write", TRACE_CONTROL_BYTES, traceControl, { modify_field_select: TRACE_STATUS, trace_status });

/** By the names of TRACE_COMMANDS (trace.h), in its order. */
export const traceCommands = (logPages: number): Readonly<Record<string, Command>> => ({
	alloc_pd: plain("ALLOC_PD"),
	create_mkey: createMkey(PAGE_BYTES * 2 ** logPages),
	acquire: own(1),
	configure: access("MTRC_CONF", "write", TRACE_CONFIGURATION_BYTES, traceConfiguration, {
		trace_mode: TRACE_TO_MEMORY,
		log_trace_buffer_size: logPages,
	}),
	clock: access("MTRC_CTRL", "read", TRACE_CONTROL_BYTES, traceControl),
	enable: trace(1),
	disable: trace(0),
	release: own(0),
	destroy_mkey: plain("DESTROY_MKEY"),
	dealloc_pd: plain("DEALLOC_PD"),
});
