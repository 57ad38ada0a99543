// SPDX-License-Identifier: Apache-2.0
/**
 * An apt of our own: other suites than the machine's, read from the machine's own mirror, with lists, package status
 * and downloads in a folder of ours. It only downloads: the machine's own packages and lists are neither seen nor
 * changed.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "./progress.js";

/** Stable for compiler and tools, its backports for the kernel: stable's own is older than fwctl (6.15). */
const stable = "trixie";
const backports = `${stable}-backports`;
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

export interface Apt {
	/** Downloads packages with all that they depend on, the newest there is of each; returns the folder of .deb files. */
	readonly withDependencies: (names: readonly string[]) => string;
	/** Downloads exactly these packages into the same folder. */
	readonly alone: (names: readonly string[]) => string;
	/** Names of the packages that one depends on, itself included, directly or not. */
	readonly closure: (name: string) => string[];
}

/** The address of the machine's Debian mirror, from apt's own view of its configuration. */
function mirror(): string {
	const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
	const format = ["--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"];
	const lines = program("apt-get", ["indextargets", ...format]).split("\n");
	const found = lines.find((line) => line.startsWith(`${codename} `))?.split(" ")[1];
	if (found === undefined) throw new Error(`apt has no source for this machine's own Debian suite (${codename})`);
	return found;
}

const sources = (): string =>
	`Types: deb\nURIs: ${mirror()}\nSuites: ${stable} ${backports}\nComponents: main\nSigned-By: ${keyring}\n`;

const optionsOf = (folder: string): string[] =>
	[
		`Dir::Etc::sourcelist=${folder}/own.sources`,
		"Dir::Etc::sourceparts=/dev/null",
		"Dir::Etc::preferences=/dev/null",
		"Dir::Etc::preferencesparts=/dev/null",
		`Dir::State=${folder}`,
		`Dir::State::lists=${folder}/lists`,
		`Dir::State::status=${folder}/status`,
		`Dir::Cache=${folder}`,
		"Acquire::Languages=none",
		"APT::Sandbox::User=root",
		"APT::Install-Recommends=false",
		`APT::Default-Release=${backports}`,
	].flatMap((option) => ["-o", option]);

export function privateApt(folder: string): Apt {
	const archives = join(folder, "archives");
	for (const path of ["lists/partial", "archives/partial"]) mkdirSync(join(folder, path), { recursive: true });
	writeFileSync(join(folder, "own.sources"), sources());
	writeFileSync(join(folder, "status"), "");
	const apt = (file: string, ...words: string[]): string => program(file, [...optionsOf(folder), ...words], archives);
	apt("apt-get", "update", "-qq");
	return {
		withDependencies: (names) => {
			apt("apt-get", "install", "-y", "-qq", "--download-only", ...names);
			return archives;
		},
		alone: (names) => {
			apt("apt-get", "download", "-qq", ...names);
			return archives;
		},
		closure: (name) => {
			const only = ["--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks"];
			const text = apt("apt-cache", "depends", ...only, "--no-replaces", "--no-enhances", name);
			return [...new Set(text.split("\n").filter((line) => /^[a-z0-9]/.test(line)))];
		},
	};
}
