// SPDX-License-Identifier: Apache-2.0
/**
 * The commands of the firmware tracer. In those that the sampler sends, some numbers are missing: it alone knows them
 * (trace.h).
 */
import { decode, encode, type Values } from "../transport/bit-fields.js";
import {
	firmware,
	mkeyCreation,
	traceCapability,
	traceConfiguration,
	traceControl,
} from "../transport/firmware.gen.js";
import { accessRegister, type Command, command } from "../transport/mailbox.js";
import type { traceCommandNames } from "./trace.gen.js";
import {
	MKEY_CREATION_BYTES,
	stringData,
	stringRead,
	stringSection,
	stringSections,
	TRACE_CAPABILITY_BYTES,
	TRACE_CONFIGURATION_BYTES,
	TRACE_CONTROL_BYTES,
} from "./trace-layouts.js";

const LOG_PAGE_BYTES = Math.log2(firmware.TRACE_PAGE_BYTES);
/** A translation (MTT) takes 8 bytes, so an octword has two of them. */
const PAGES_PER_OCTWORD = 2;
const ACCESS_MODE_MTT = 1;
const NO_QPN = 0xffffff;
const TRACE_TO_MEMORY = 1;
const TRACE_STATUS = 1;

export const readTraceCapability: Command = accessRegister("MTRC_CAP", "read", TRACE_CAPABILITY_BYTES, traceCapability);

export interface StringSection {
	/** Address of its first byte, as trace events name it. */
	readonly address: number;
	readonly bytes: number;
}

export interface TraceCapability extends Values<typeof traceCapability> {
	readonly sections: readonly StringSection[];
}

export function decodeTraceCapability(outbox: Uint8Array): TraceCapability {
	const capability = decode(traceCapability, outbox, firmware.REGISTER_START);
	const first = firmware.REGISTER_START + stringSections.start;
	const count = Math.min(capability.num_string_db, stringSections.max);
	const sections = Array.from({ length: count }, (_, i) => {
		const { string_db_base_address, string_db_size } = decode(stringSection, outbox, first + i * stringSections.bytes);
		return { address: string_db_base_address, bytes: string_db_size };
	});
	return { ...capability, sections };
}

/** Reads a piece of a section. Linux, too, reads it by a write, which changes nothing. */
export const readStrings = (section: number, offset: number, bytes: number): Command =>
	accessRegister(
		"MTRC_STDB",
		"write",
		stringData.start,
		stringRead,
		{ string_db_index: section, read_size: bytes, start_offset: offset },
		stringData.start + bytes,
	);

export const stringsOf = (outbox: Uint8Array): Uint8Array =>
	outbox.subarray(firmware.REGISTER_START + stringData.start);

/** An mkey with which the device may write to all pages of one umem. The sampler adds pd, address and umem. */
function createMkey(bytes: number): Command {
	const create = command("CREATE_MKEY", { bytes: MKEY_CREATION_BYTES });
	const octwords = Math.ceil(bytes / firmware.TRACE_PAGE_BYTES / PAGES_PER_OCTWORD);
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
	encode(mkeyCreation, values, create.inbox);
	return create;
}

const own = (trace_owner: 0 | 1): Command =>
	accessRegister("MTRC_CAP", "write", TRACE_CAPABILITY_BYTES, traceCapability, { trace_owner });

/** arm_event stays 0: the event that it arms would go to the kernel. */
const switchTo = (trace_status: number): Command =>
	accessRegister("MTRC_CTRL", "write", TRACE_CONTROL_BYTES, traceControl, {
		modify_field_select: TRACE_STATUS,
		trace_status,
	});

/** The commands of a plan. */
export const traceCommands = (logPages: number): Readonly<Record<(typeof traceCommandNames)[number], Command>> => ({
	alloc_pd: command("ALLOC_PD"),
	create_mkey: createMkey(firmware.TRACE_PAGE_BYTES * 2 ** logPages),
	acquire: own(1),
	configure: accessRegister("MTRC_CONF", "write", TRACE_CONFIGURATION_BYTES, traceConfiguration, {
		trace_mode: TRACE_TO_MEMORY,
		log_trace_buffer_size: logPages,
	}),
	clock: accessRegister("MTRC_CTRL", "read", TRACE_CONTROL_BYTES, traceControl),
	enable: switchTo(firmware.TRACE_IS_ON),
	disable: switchTo(0),
	release: own(0),
	destroy_mkey: command("DESTROY_MKEY"),
	dealloc_pd: command("DEALLOC_PD"),
});
