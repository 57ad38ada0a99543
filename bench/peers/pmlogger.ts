// SPDX-License-Identifier: Apache-2.0
/** PCP: pmcd with its agents for Linux, and pmlogger, which fetches from it into an archive. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isGone, until } from "../../test/support/processes.js";
import { treeOf } from "../cpu-time.js";
import { sum } from "../statistics.js";
import type { Output, Peer } from "./peer.js";
import { notUnpacked, outputOf, type Program, run, unpacked } from "./programs.js";

const bin = "usr/lib/pcp/bin";
const agents = "usr/lib/pcp/pmdas";
const names = "usr/lib/pcp/pmns";

/** What countersink has as net, vm, cpu and softirq, as far as PCP has it. */
const METRICS = [
	"network.interface.in",
	"network.interface.out",
	"network.interface.collisions",
	"network.softnet.percpu",
	"mem.vmstat",
	"kernel.all.cpu",
	"kernel.all.intr",
	"kernel.all.pswitch",
	"kernel.all.sysfork",
	"kernel.percpu.cpu",
	"kernel.percpu.softirqs",
];

/** @param text what `pmdumplog ARCHIVE` printed: one block of lines for each fetch */
export function parseArchive(text: string): Pick<Output, "delivered" | "counters" | "values"> {
	/* Blocks with metrics of pmcd itself stand at the start and at the end of an archive. */
	const fetches = text.split("\n\n").filter((block) => block.includes("(kernel.percpu.cpu.user):"));
	const values = fetches.map((block) => block.match(/ value /g)?.length ?? 0);
	return { delivered: fetches.length, counters: Math.max(0, ...values), values: sum(values) };
}

/** The words of pmlogger's log after the date and the process. */
export function logged(text: string): string | null {
	const remarks = [...text.matchAll(/pmlogger\(\d+\) (?:Info|Warning|Error): (.*)/g)].map(([, remark]) => remark!);
	return remarks.filter((remark) => remark !== "Start").join("; ") || null;
}

/** Environment variables that lead PCP's programs to the unpacked package, and what they write into the folder. */
const environment = (folder: string): NodeJS.ProcessEnv => ({
	...process.env,
	PCP_BINADM_DIR: unpacked(bin),
	PCP_VAR_DIR: unpacked("var/lib/pcp"),
	PCP_RUN_DIR: folder,
	PCP_LOG_DIR: folder,
	PCP_TMP_DIR: folder,
	PMLOGGER_LOCAL: "1",
});

/** A TCP port that is free now: pmcd listens on one even when nobody uses it. */
async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await new Promise((listening) => server.once("listening", listening));
	const address = server.address();
	await new Promise((closed) => server.close(closed));
	return typeof address === "object" && address ? address.port : 0;
}

async function startPmcd(folder: string, socket: string): Promise<Program> {
	const space = join(folder, "names");
	const roots = ["root", "pmcd", "linux"].map((name) => unpacked(`${names}/root_${name}`));
	outputOf(unpacked(`${bin}/pmnsmerge`), [...roots, space], environment(folder));
	const configuration = join(folder, "pmcd.conf");
	writeFileSync(
		configuration,
		[
			`root 1 pipe binary ${unpacked(`${agents}/root/pmdaroot`)}`,
			`pmcd 2 dso pmcd_init ${unpacked(`${agents}/pmcd/pmda_pmcd.so`)}`,
			`linux 60 pipe binary ${unpacked(`${agents}/linux/pmdalinux`)}`,
			'[access]\nallow "local:*" : all;\n',
		].join("\n"),
	);
	const listen = ["-i", "127.0.0.1", "-p", `${await freePort()}`, "-s", socket];
	const words = ["-f", "-A", "-H", "localhost", "-c", configuration, "-n", space, ...listen];
	const log = ["-l", join(folder, "pmcd.log"), "-U", userInfo().username];
	/* A benchmark that is killed must not leave a daemon; everything else ends by itself after the length of the run. */
	const withParent = ["--pdeathsig", "TERM", unpacked(`${bin}/pmcd`)];
	return run("setpriv", [...withParent, ...words, ...log], { cwd: folder, env: environment(folder) });
}

/** Ends pmcd, which ends its agents; what is left of these after two seconds is killed. */
async function stopPmcd(pmcd: Program): Promise<void> {
	const all = treeOf([pmcd.child.pid!]);
	pmcd.child.kill("SIGTERM");
	await pmcd.ended.catch(() => {});
	const deadline = Date.now() + 2000;
	while (!all.every(isGone) && Date.now() < deadline) await sleep(20);
	for (const pid of all.filter((each) => !isGone(each))) process.kill(pid, "SIGKILL");
}

export const pmlogger: Peer = {
	tool: "PCP: pmcd, agents, pmlogger",
	subject: "proc",
	rates_hz: [10, 100, 1000],
	absence: () => notUnpacked(`${bin}/pmcd`),
	version: () => /[\d.]+/.exec(outputOf(unpacked("usr/bin/pminfo"), ["--version"]))?.[0] ?? "unknown",
	async start({ rate_hz, seconds, folder }) {
		const socket = join(folder, "pmcd.socket");
		const archive = join(folder, "archive");
		const configuration = join(folder, "pmlogger.conf");
		writeFileSync(configuration, `log mandatory on every ${1000 / rate_hz} msec { ${METRICS.join(" ")} }\n`);
		const pmcd = await startPmcd(folder, socket);
		const env = environment(folder);
		try {
			const asked = ["-h", `local:${socket}`, "-f", "pmcd.pid"];
			await until("pmcd answers", () => outputOf(unpacked("usr/bin/pminfo"), asked, env).includes("value"));
		} catch (error) {
			await stopPmcd(pmcd);
			throw error;
		}
		const words = ["-h", `local:${socket}`, "-c", configuration, "-s", `${seconds}sec`, "-l", "-", archive];
		const logger = run(unpacked(`${bin}/pmlogger`), words, { cwd: folder, env });
		return {
			pids: [pmcd.child.pid!, logger.child.pid!],
			ended: logger.ended,
			stop: () => stopPmcd(pmcd),
			output: () => ({
				...parseArchive(outputOf(unpacked("usr/bin/pmdumplog"), [archive], env)),
				bytes: sum(
					readdirSync(folder)
						.filter((name) => name.startsWith("archive."))
						.map((name) => statSync(join(folder, name)).size),
				),
				says: logged(logger.said()),
			}),
		};
	},
};
