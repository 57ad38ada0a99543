// SPDX-License-Identifier: Apache-2.0
/**
 * Starts the guest in software emulation and follows it to its end. The guest has three ways out, none of which needs
 * a driver that Debian's cloud kernel lacks: the serial console (to console.log), a virtio port for the report (to our
 * standard output as it is written), and one for its files (a tar archive, unpacked to results/).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Kernel } from "./kernel.js";
import { program, tail } from "./progress.js";

export interface Outcome {
	readonly passed: number;
	readonly failed: number;
}

/** An emulated second takes several real ones on a loaded machine; a guest that hangs still ends. */
const limit_ms = 1_800_000;

/**
 * One thread emulates both CPUs: with one each the kernel ended, once in ten runs, by an int3 that one CPU had patched
 * away while the other still ran it from QEMU's cache of translated code.
 */
const accelerator = "tcg,thread=single";

/** Without AVX, which DuckDB and Node would use if it were there: emulating it takes a third longer. */
const processor = "Nehalem";

const port = (name: string): string[] => ["-device", `virtserialport,chardev=${name},name=${name}`];

const commandLine = (tests: readonly string[]): string =>
	["console=ttyS0", "loglevel=6", "panic=-1", "mitigations=off", `countersink.tests=${tests.join(",")}`].join(" ");

function words(kernel: Kernel, image: string, output: string, tests: readonly string[]): string[] {
	return [
		...["-accel", accelerator, "-machine", "q35", "-cpu", processor, "-smp", "2", "-m", "2G"],
		...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
		...["-kernel", kernel.image, "-initrd", image, "-append", commandLine(tests)],
		...["-serial", `file:${join(output, "console.log")}`, "-device", "virtio-serial-pci"],
		...["-chardev", "stdio,id=report,signal=off", ...port("report")],
		...["-chardev", `file,id=results,path=${join(output, "results.tar")}`, ...port("results")],
	];
}

/** Passes the report on as it comes and returns all of it when the guest is off; only this guest is ever ended. */
function follow(guest: ChildProcess): Promise<{ report: string; late: boolean }> {
	const watch = { report: "", late: false };
	const timer = setTimeout(() => {
		watch.late = true;
		guest.kill("SIGKILL");
	}, limit_ms);
	guest.stdout!.setEncoding("utf8").on("data", (text: string) => {
		watch.report += text;
		process.stdout.write(text);
	});
	return new Promise((resolve, reject) => {
		guest.on("error", reject);
		guest.on("close", () => {
			clearTimeout(timer);
			resolve(watch);
		});
	});
}

/** Figures in the last lines of node:test's report. */
function counted(report: string, what: string): number | undefined {
	const count = new RegExp(`^ℹ ${what} (\\d+)$`, "m").exec(report)?.[1];
	return count === undefined ? undefined : Number(count);
}

const endOf = (path: string, lines = 40): string => tail(readFileSync(path, "utf8").replaceAll("\r", ""), lines);

function unpackResults(output: string): void {
	const folder = join(output, "results");
	mkdirSync(folder, { recursive: true });
	const archive = join(output, "results.tar");
	if (statSync(archive).size > 0) program("tar", ["-xf", archive, "-C", folder]);
}

export async function boot(kernel: Kernel, image: string, output: string, tests: readonly string[]): Promise<Outcome> {
	// Standard input stays open: at its end the port would count as unplugged, and the guest's writes would never end.
	const errors = openSync(join(output, "qemu.log"), "w");
	const guest = spawn("qemu-system-x86_64", words(kernel, image, output, tests), { stdio: ["pipe", "pipe", errors] });
	const end = (): boolean => guest.kill("SIGKILL");
	process.once("exit", end);
	const { report, late } = await follow(guest);
	process.removeListener("exit", end);
	closeSync(errors);
	const [all, passed] = [counted(report, "tests"), counted(report, "pass")];
	if (all !== undefined && passed !== undefined) {
		unpackResults(output);
		return { passed, failed: all - passed };
	}
	const why = late ? `the guest did not end within ${limit_ms / 1000} s` : "the guest ended without a result";
	throw new Error(
		`${why}; its console ended with\n${endOf(join(output, "console.log"))}\n${endOf(join(output, "qemu.log"))}`,
	);
}
