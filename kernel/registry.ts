// SPDX-License-Identifier: Apache-2.0
/** Every source of this build, in the order of `countersink list`. */
import { cgroup } from "./cgroup/index.js";
import { cpu } from "./cpu/index.js";
import { disk } from "./disk/index.js";
import { ethtool } from "./ethtool/index.js";
import { file } from "./file/index.js";
import { irq } from "./irq/index.js";
import { mlx5 } from "./mlx5/diagnostics/index.js";
import { mlx5reg } from "./mlx5/registers/index.js";
import { mlx5trace } from "./mlx5/trace/index.js";
import { net } from "./net/index.js";
import { perf } from "./perf/index.js";
import { psi } from "./psi/index.js";
import { snmp } from "./snmp/index.js";
import { softirq } from "./softirq/index.js";
import type { Consent, Source } from "./source.js";
import { synthetic } from "./synthetic/index.js";
import { vm } from "./vm/index.js";

export const sources: readonly Source<never>[] = [
	net,
	ethtool,
	softirq,
	irq,
	cpu,
	vm,
	disk,
	psi,
	snmp,
	cgroup,
	perf,
	mlx5,
	mlx5reg,
	mlx5trace,
	file,
	synthetic,
] as unknown as readonly Source<never>[];

export const findSource = (name: string): Source<never> | undefined => sources.find((source) => source.name === name);

/** The consents of all sources, each flag once. */
export const consents: readonly Consent[] = [
	...new Map(sources.flatMap((source) => source.consents ?? []).map((consent) => [consent.flag, consent])).values(),
];
