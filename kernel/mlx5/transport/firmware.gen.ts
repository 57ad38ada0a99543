// SPDX-License-Identifier: Apache-2.0
// Printed by kernel/mlx5/tables_print.c from transport/firmware.h: change it there and run `npm run gen`.

/** What fwctl lets a command do. mlx5ctl has no scopes. */
export const scope = {
	configuration: 0,
	debugReadOnly: 1,
	debugWrite: 2,
	debugWriteFull: 3,
} as const;

/** Every command that the sampler executes, and the widest scope that it may have. */
export const opcodes = {
	QUERY_HCA_CAP: { number: 0x100, scope: 1 },
	CREATE_MKEY: { number: 0x200, scope: 2 },
	DESTROY_MKEY: { number: 0x202, scope: 2 },
	ALLOC_PD: { number: 0x800, scope: 2 },
	DEALLOC_PD: { number: 0x801, scope: 2 },
	ACCESS_REG: { number: 0x805, scope: 1 },
	QUERY_DIAGNOSTIC_PARAMS: { number: 0x819, scope: 1 },
	SET_DIAGNOSTIC_PARAMS: { number: 0x820, scope: 2 },
	QUERY_DIAGNOSTIC_COUNTERS: { number: 0x821, scope: 1 },
} as const;

/** Every register that ACCESS_REG may name. */
export const registers = {
	PPCNT: 0x5008,
	MTRC_CAP: 0x9040,
	MTRC_CONF: 0x9041,
	MTRC_STDB: 0x9042,
	MTRC_CTRL: 0x9043,
	MPCNT: 0x9051,
	MTUTC: 0x9055,
} as const;

/** Name and meaning of each status of a command. */
export const statuses: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
	0: ["OK", "done"],
	1: ["INTERNAL_ERR", "the firmware failed"],
	2: ["BAD_OP", "this firmware has no such command"],
	3: ["BAD_PARAM", "a parameter is not supported"],
	4: ["BAD_SYS_STATE", "not possible in the present state of the system"],
	5: ["BAD_RESOURCE", "no such resource, or not ours"],
	6: ["RESOURCE_BUSY", "someone else uses the resource"],
	8: ["EXCEED_LIM", "beyond a limit of the device"],
	9: ["BAD_RES_STATE", "not possible in the present state of the resource"],
	10: ["BAD_INDEX", "an index is out of range"],
	15: ["NO_RESOURCES", "the device has none left"],
	16: ["BAD_QP_STATE", "not possible in the present state of the queue pair"],
	48: ["BAD_PKT", "a malformed management packet"],
	64: ["BAD_SIZE_OUTS_CQES", "more completions are outstanding than fit"],
	80: ["BAD_INPUT_LEN", "the inbox has the wrong length"],
	81: ["BAD_OUTPUT_LEN", "the outbox is too small for the answer"],
};

/** Sizes and offsets in bytes, unless the name says otherwise. */
export const firmware = {
	MAILBOX_MIN: 16,
	FWCTL_MAX_BYTES: 2097152,
	MLX5CTL_MAX_BYTES: 262144,
	ERRNO_OTHER_MAKER: 124,
	REGISTER_WRITE: 0,
	REGISTER_READ: 1,
	REGISTER_START: 16,
	PARAMETERS_START: 8,
	PARAMETERS_LIST: 32,
	PARAMETERS_COUNTER_BYTES: 4,
	PARAMETERS_MAX_COUNTERS: 1024,
	RECORDS_START: 16,
	RECORD_BYTES: 16,
	TRACE_PAGE_BYTES: 4096,
	TRACE_IS_ON: 1,
} as const;

/* Structures: first bit and number of bits of each field. */
export const inHeader = {
	opcode: [0, 16],
	uid: [16, 16],
	op_mod: [48, 16],
} as const;
export const outHeader = {
	status: [0, 8],
	syndrome: [32, 32],
} as const;
export const registerAccess = {
	register_id: [80, 16],
	argument: [96, 32],
} as const;
export const parametersContext = {
	num_of_counters: [0, 16],
	log_num_of_samples: [24, 8],
	single: [32, 1],
	repetitive: [33, 1],
	sync: [34, 1],
	clear: [35, 1],
	on_demand: [36, 1],
	enable: [37, 1],
	tracer_dump: [38, 1],
	log_sample_period: [56, 8],
} as const;
export const parametersCounter = {
	counter_id: [16, 16],
} as const;
export const counterQuery = {
	num_of_samples: [64, 16],
	sample_index: [80, 16],
} as const;
export const sampleRecord = {
	counter_id: [0, 16],
	sample_id: [16, 16],
	time_stamp: [32, 32],
	value_h: [64, 32],
	value_l: [96, 32],
} as const;
export const objectNumber = {
	number: [72, 24],
} as const;
export const mkeyCreation = {
	mkey_umem_valid: [97, 1],
	lw: [148, 1],
	lr: [149, 1],
	access_mode_1_0: [150, 2],
	qpn: [160, 24],
	mkey_7_0: [184, 8],
	pd: [232, 24],
	start_addr_h: [256, 32],
	start_addr_l: [288, 32],
	len_h: [320, 32],
	len_l: [352, 32],
	translations_octword_size: [544, 32],
	log_page_size: [602, 6],
	translations_octword_actual_size: [768, 32],
	mkey_umem_id: [800, 32],
} as const;
export const traceCapability = {
	trace_owner: [0, 1],
	trace_to_memory: [1, 1],
	trc_ver: [6, 2],
	num_string_db: [28, 4],
	first_string_trace: [32, 8],
	num_string_trace: [40, 8],
	log_max_trace_buffer_size: [88, 8],
} as const;
export const traceConfiguration = {
	trace_mode: [28, 4],
	log_trace_buffer_size: [56, 8],
	trace_mkey: [64, 32],
} as const;
export const traceControl = {
	trace_status: [0, 2],
	arm_event: [4, 1],
	modify_field_select: [16, 16],
	current_timestamp52_32: [75, 21],
	current_timestamp31_0: [96, 32],
} as const;
