// SPDX-License-Identifier: Apache-2.0
/** Every case by its name: what is put into the sandbox, and which verbs are run over it. */
import { copyFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { changeMetadata, mutateArrow } from "./arrow-bytes.js";
import type { Sandbox } from "./bait.js";
import { base } from "./bases.js";
import { mutateFile, mutateLog } from "./duckdb-bytes.js";
import { hostileImports } from "./imports/index.js";
import { parquetWith } from "./imports/metadata-cases.js";
import { mutateParquet } from "./parquet-bytes.js";
import { Random } from "./random.js";
import { hostileRecordings } from "./recordings/index.js";
import { mutateCsv, mutateNdjson } from "./text-bytes.js";

/** What is prepared by hand has a name, what is mutated a number by seed: "recording:view-gaps-reads-a-file", "csv:7.12". */
export type Kind = "recording" | "import" | Format;
export const formats = ["duckdb", "wal", "arrow", "parquet", "csv", "ndjson"] as const;
export type Format = (typeof formats)[number];

type Words = readonly string[];

export interface Prepared {
	/** What is run, one after the other. */
	readonly verbs: readonly Words[];
	/** What DuckDB refused to make, so that it is not tested. */
	readonly unmade: readonly string[];
}

/** What a person does who was sent a recording. @param all or only some of it, where many files are tried */
function overRecording(random: Random, path: string, { out }: Sandbox, stream: string, all: boolean): Words[] {
	const [ask, to] = [`./${basename(path)}`, join(out, "x")];
	const usual: Words[] = [
		["sql", ask, "FROM streams"],
		["query", "moved", ask, "--stream", stream],
		["export", ask, "-f", "csv", "-o", `${to}/`],
		["query", "completeness", ask],
	];
	const rare: Words[] = [
		["info", ask, "--json"],
		["sql", ask, "FROM counters; FROM gaps LIMIT 10", "--json"],
		["sql", ask, "FROM recording", "--csv"],
		["sql", ask, `FROM moved('${stream.replaceAll("'", "''").replaceAll("\0", "")}', 'lo_rx_packets')`],
		["sql", ask, "SELECT 1", "--unsafe"],
		["query", "drops", ask],
		["query", "gaps", ask],
		["query", "over-time", ask, "--stream", stream],
		["compare", ask, base.path("base.duckdb")],
		...["parquet", "arrows", "ndjson", "openmetrics", "chrome", "perfetto"].map((format) => [
			"export",
			ask,
			"-f",
			format,
			"-o",
			`${to}/`,
		]),
		["export", ask, "--as", "rate", "--rate", "100Hz", "-f", "csv", "-o", `${to}/`],
		["export", ask, "--partition", "host,date,stream", "-o", to],
		["import", ask, "-o", `${to}.duckdb`],
		["recover", "--clean", ask, "-o", `${to}.duckdb`],
	];
	const [info, asked, copied, merged]: Words[] = [
		["info", ask],
		["query", "moved", ask, "--stream", stream],
		["export", ask, "-f", "csv", "-o", `${to}/`],
		/* The last: it writes to the recording. */
		["recover", ask],
	];
	const any = random.pick([...usual, ...rare]);
	if (all) return [info!, asked!, copied!, any, merged!];
	return [info!, random.pick(usual), random.chance(0.2) ? merged! : any];
}

/** What a person does who was sent data. */
function overInput(random: Random, path: string, { out }: Sandbox): Words[] {
	const made = join(out, "x.duckdb");
	const after = random.pick<Words>([
		["info", made],
		["sql", made, "FROM counters"],
		["export", made, "-f", "csv", "-o", `${out}/x/`],
	]);
	const long = random.chance(0.05) ? ["--id", "word", "--value", "rx"] : [];
	return [["import", `./${basename(path)}`, "-o", made, ...long], after];
}

async function change(path: string, statements: readonly string[]): Promise<string[]> {
	const instance = await DuckDBInstance.create(path, { threads: "1" });
	const connection = await instance.connect();
	const unmade: string[] = [];
	for (const statement of statements)
		await connection
			.run(statement)
			.catch((error: Error) => unmade.push(`${statement.slice(0, 100)}: ${error.message.split("\n")[0]}`));
	connection.closeSync();
	instance.closeSync();
	return unmade;
}

async function recording(random: Random, sandbox: Sandbox, name: string): Promise<Prepared> {
	const found = hostileRecordings(sandbox).find((one) => one.name === name);
	if (!found) throw new Error(`there is no hostile recording '${name}'`);
	const path = join(sandbox.in, "case.duckdb");
	copyFileSync(base.path("base.duckdb"), path);
	const unmade = found.sql ? await change(path, found.sql) : [];
	const moved = found.place?.(path, sandbox) ?? path;
	return { verbs: overRecording(random, moved, sandbox, (found.stream ?? "net").replaceAll("\0", ""), true), unmade };
}

async function input(random: Random, sandbox: Sandbox, name: string): Promise<Prepared> {
	const found = hostileImports().find((one) => one.name === name);
	if (!found) throw new Error(`there is no hostile import '${name}'`);
	return { verbs: overInput(random, await found.make(sandbox), sandbox), unmade: [] };
}

const originals: Readonly<Record<Exclude<Format, "duckdb" | "wal">, readonly string[]>> = {
	arrow: ["ours.arrows", "ours.arrows", "ours.arrow", "foreign.arrow"],
	parquet: [
		"ours.parquet",
		"foreign-snappy.parquet",
		"foreign-zstd.parquet",
		"foreign-gzip.parquet",
		"foreign-uncompressed.parquet",
	],
	csv: ["ours.csv", "foreign.csv"],
	ndjson: ["ours.ndjson", "foreign.ndjson"],
};

async function mutated(random: Random, sandbox: Sandbox, format: Format): Promise<Prepared> {
	if (format === "duckdb" || format === "wal") {
		const path = join(sandbox.in, "case.duckdb");
		if (format === "duckdb") writeFileSync(path, mutateFile(random, base("base.duckdb")));
		else {
			writeFileSync(path, base("log.duckdb"));
			writeFileSync(`${path}.wal`, mutateLog(random, base("log.duckdb.wal")));
		}
		return { verbs: overRecording(random, path, sandbox, "net", false), unmade: [] };
	}
	const name = random.pick(originals[format]);
	const path = join(sandbox.in, `case${name.slice(name.lastIndexOf("."))}`);
	if (format === "parquet" && name === "ours.parquet" && random.chance(0.5))
		await parquetWith(path, (metadata) => changeMetadata(random, metadata, sandbox));
	else {
		const mutate = { arrow: mutateArrow, parquet: mutateParquet, csv: mutateCsv, ndjson: mutateNdjson }[format];
		writeFileSync(path, mutate(random, base(name), sandbox));
	}
	return { verbs: overInput(random, path, sandbox), unmade: [] };
}

/** Puts the files of a case into a clean sandbox. */
export async function prepare(id: string, sandbox: Sandbox): Promise<Prepared> {
	const [kind, name] = [id.slice(0, id.indexOf(":")) as Kind, id.slice(id.indexOf(":") + 1)];
	const random = new Random(id);
	if (kind === "recording") return recording(random, sandbox, name);
	if (kind === "import") return input(random, sandbox, name);
	return mutated(random, sandbox, kind);
}

/** Names of all that is prepared by hand. */
export const structured = (): string[] => [
	...hostileRecordings({ folder: "/" }).map(({ name }) => `recording:${name}`),
	...hostileImports().map(({ name }) => `import:${name}`),
];

/** Names of mutations, so many of each format. A log counts as the file it belongs to: half of each. */
export function mutations(perFormat: number, seed: string, wanted: readonly Format[] = formats): string[] {
	return wanted.flatMap((format) => {
		const many = format === "wal" || format === "duckdb" ? Math.ceil(perFormat / 2) : perFormat;
		return Array.from({ length: many }, (_, i) => `${format}:${seed}.${i}`);
	});
}
