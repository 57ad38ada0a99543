// SPDX-License-Identifier: Apache-2.0
/** Rows of /proc/interrupts that are not numbered interrupts: arch_show_interrupts() in irq.c of each architecture. */

/** What the rows of an architecture count; any other row is described by its own text. */
export const archHelp: Record<string, string> = {
	NMI: "Non-maskable interrupts; hardware profiling with perf arrives here",
	LOC: "Interrupts of the CPU's own timer: scheduler ticks and high-resolution timers",
	SPU: "Interrupts that were withdrawn before the CPU asked which they were",
	PMI: "Interrupts of the performance counters",
	IWI: "Interrupts that a CPU sends itself to leave NMI context (irq_work)",
	RTR: "Repeated reads of the APIC's command register",
	RES: "Interrupts from other CPUs that ask this one to look for a task to run",
	CAL: "Interrupts from other CPUs that ask this one to run a function",
	TLB: "Flushes of the TLB that another CPU asked for",
	TRM: "Interrupts of the thermal sensors",
	THR: "Interrupts of the machine-check threshold",
	DFR: "Deferred machine-check errors, as AMD reports them",
	MCE: "Machine-check exceptions",
	MCP: "Polls for machine checks",
	HYP: "Interrupts from the hypervisor",
	HRE: "Hyper-V notices about a changed time source",
	HVS: "Interrupts of Hyper-V's synthetic timer",
	PIN: "Posted interrupts for a running guest",
	NPI: "Posted interrupts for a nested guest",
	PIW: "Posted interrupts that wake a guest's CPU",
	ERR: "Errors that interrupt controllers reported",
	MIS: "Level-triggered interrupts that the IO-APIC delivered as if they were edges",
};
