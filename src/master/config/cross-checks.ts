// Checks between the values of a master.yaml: names that do not exist, and names, directories or ports that are used
// twice.
import { definedEntries } from "../../base/defined-entries.ts";
import { didYouMean } from "../../base/near-name.ts";
import { builderDirectory } from "./builder-directory.ts";
import type { MasterInput } from "./master-schema.ts";
import { secondsOf } from "./units.ts";

/** The path of the value, and what is wrong with it. */
export interface CrossFault {
  readonly path: readonly PropertyKey[];
  readonly sentence: string;
}

/** Of periodic schedulers and polls. */
const SHORTEST_INTERVAL_SECONDS = 1;
/** Names that a worker uses in its base directory itself. */
const NAMES_OF_WORKERS = /^(?:info|buildbot\.tac.*|twistd\..*|shutdown\.stamp)$/i;
const EVERY_ADDRESS = ["0.0.0.0", "::", "[::]", "*"];

export function crossFaults(input: MasterInput): readonly CrossFault[] {
  const { workers, builders, web } = input;
  return [
    ...repeated("a worker", placed("workers", workers)),
    ...repeated("a builder", placed("builders", builders)),
    ...repeated("a scheduler", placedKinds("schedulers", input.schedulers)),
    ...repeated("a change source", placedKinds("changeSources", input.changeSources)),
    ...repeated("a reporter", placedKinds("reporters", input.reporters)),
    ...directoryFaults(builders),
    ...unknownNames(input),
    ...intervalFaults([
      ...placedKinds("schedulers", input.schedulers),
      ...placedKinds("changeSources", input.changeSources),
    ]),
    ...workers.flatMap((worker, at) => passwordFaults(worker, ["workers", at])),
    ...colonFaults(input),
    ...portFaults(input),
    ...bothFaults(web?.adminPassword, web?.adminPasswordFile, ["web", "adminPasswordFile"]),
    ...readFaults(web),
  ];
}

interface Named {
  readonly name: string;
  readonly path: readonly PropertyKey[];
}

function placed(key: string, all: readonly { readonly name: string }[]): readonly Named[] {
  return all.map(({ name }, at) => ({ name, path: [key, at] }));
}

/** The items of a list of `oneKindOf`, with their places. */
export function placedKinds<Kinds extends object>(key: string, all: readonly Kinds[]) {
  return all.flatMap((kinds, at) =>
    definedEntries(kinds).map(([kind, value]) => ({ ...value, kind, path: [key, at, kind] as readonly PropertyKey[] })),
  );
}

function repeated(what: string, all: readonly Named[]): readonly CrossFault[] {
  const seen = new Set<string>();
  return all.flatMap(({ name, path }) => {
    if (seen.has(name)) return [{ path: [...path, "name"], sentence: `there is already ${what} named '${name}'` }];
    seen.add(name);
    return [];
  });
}

function directoryFaults(builders: MasterInput["builders"]): readonly CrossFault[] {
  const owners = new Map<string, string>();
  return builders.flatMap((builder, at) => {
    const directory = builderDirectory(builder);
    const path = ["builders", at, builder.directory === undefined ? "name" : "directory"];
    if (NAMES_OF_WORKERS.test(directory)) return [{ path, sentence: `'${directory}' is reserved by workers` }];
    const owner = owners.get(directory);
    // A duplicate name is reported elsewhere.
    owners.set(directory, builder.name);
    if (owner === undefined || owner === builder.name) return [];
    return [
      { path, sentence: `builder '${owner}' already uses the directory '${directory}'; set directory to another one` },
    ];
  });
}

/** Limit of name comparisons for suggestions; further faults have none. */
const MAX_COMPARISONS = 50_000;

function unknownNames(input: MasterInput): readonly CrossFault[] {
  const workers = input.workers.map(({ name }) => name);
  const builders = input.builders.map(({ name }) => name);
  const triggerable = input.schedulers.flatMap((scheduler) => scheduler.triggerable?.name ?? []);
  let comparisons = 0;
  const unknown = (what: string, names: readonly string[], known: readonly string[], path: readonly PropertyKey[]) =>
    names.flatMap((name, place): readonly CrossFault[] => {
      if (known.includes(name)) return [];
      comparisons += known.length;
      const hint = comparisons > MAX_COMPARISONS ? "" : didYouMean(name, known, "'");
      return [{ path: [...path, place], sentence: `there is no ${what} '${name}'${hint}` }];
    });
  const users = [...placedKinds("schedulers", input.schedulers), ...placedKinds("reporters", input.reporters)];
  return [
    ...input.builders.flatMap((builder, at) => [
      ...unknown("worker", builder.workers, workers, ["builders", at, "workers"]),
      ...builder.steps.flatMap(({ trigger }, step) => {
        const path = ["builders", at, "steps", step, "trigger", "schedulers"];
        return unknown("triggerable scheduler", trigger?.schedulers ?? [], triggerable, path);
      }),
    ]),
    ...users.flatMap((user) => unknown("builder", user.builders ?? [], builders, [...user.path, "builders"])),
  ];
}

interface Repeating {
  readonly every?: string | number | undefined;
  readonly path: readonly PropertyKey[];
}

function intervalFaults(all: readonly Repeating[]): readonly CrossFault[] {
  return all.flatMap(({ every, path }) => {
    if (every === undefined || secondsOf(every) >= SHORTEST_INTERVAL_SECONDS) return [];
    return [{ path: [...path, "every"], sentence: "expected at least 1 second" }];
  });
}

function passwordFaults(
  { password, passwordFile }: MasterInput["workers"][number],
  path: readonly PropertyKey[],
): readonly CrossFault[] {
  if (password === undefined && passwordFile === undefined)
    return [{ path, sentence: "password or passwordFile is missing" }];
  return bothFaults(password, passwordFile, [...path, "passwordFile"]);
}

/** Otherwise nobody could read anything. */
function readFaults(web: MasterInput["web"]): readonly CrossFault[] {
  if (web?.read !== "password" || web.adminPassword !== undefined || web.adminPasswordFile !== undefined) return [];
  return [{ path: ["web", "read"], sentence: "password needs adminPassword or adminPasswordFile" }];
}

/** `path` is that of the file's key, which is the password's key and `File`. */
function bothFaults(
  password: string | undefined,
  file: string | undefined,
  path: readonly PropertyKey[],
): readonly CrossFault[] {
  if (password === undefined || file === undefined) return [];
  const key = String(path.at(-1));
  return [{ path, sentence: `expected ${key.replace(/File$/, "")} or ${key}, got both` }];
}

/** A login over MessagePack is `name:password`. */
function colonFaults({ workers, listeners }: MasterInput): readonly CrossFault[] {
  if (!listeners.some(({ protocol }) => protocol === "msgpack")) return [];
  return workers.flatMap(({ name }, at) =>
    name.includes(":")
      ? [{ path: ["workers", at, "name"], sentence: "expected a name without ':', reserved in MessagePack logins" }]
      : [],
  );
}

function portFaults({ listeners, web }: MasterInput): readonly CrossFault[] {
  const all = [
    ...listeners.map(({ host, port }, at) => ({
      host,
      port,
      path: ["listeners", at, "port"],
      what: `listener ${at + 1}`,
    })),
    ...(web === undefined ? [] : [{ ...web, path: ["web", "port"], what: "the status page" }]),
  ];
  return all.flatMap(({ host, port, path }, at) => {
    const other = all
      .slice(0, at)
      .find((earlier) => port !== 0 && earlier.port === port && overlap(earlier.host, host));
    return other === undefined ? [] : [{ path, sentence: `port ${port} is already used by ${other.what}` }];
  });
}

function overlap(one: string, other: string): boolean {
  return one === other || EVERY_ADDRESS.includes(one) || EVERY_ADDRESS.includes(other);
}
