// Builds and runs a container recipe without a container engine: the few instructions that ours has, in a Debian tree with
// namespaces. Other instructions, and other forms of these, are refused.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type DebianTree, type Mounts, openTree, type Printed, type TreeProgram } from "../support/debian-machine.ts";

const DEBIAN = /^docker\.io\/library\/debian:[a-z]+-slim$/;
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const BUILD_DEADLINE_MS = 300_000;
const CONTEXT = "/build-context";

interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface ContainerImage {
  readonly user: string;
  readonly volumes: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  /** Runs it as `docker run` does; `args` follow the entry point. */
  start(variables: Readonly<Record<string, string>>, args: readonly string[], mounts: Mounts): Container;
  remove(): void;
}

export interface Container extends TreeProgram {
  /** The image's health check, as the image's user. */
  isHealthy(): Promise<Printed>;
}

/** `context` is the directory of files to be added, `root` the Debian that the recipe begins with. */
export async function buildImage(
  recipe: string,
  {
    context,
    root,
    args,
  }: { readonly context: string; readonly root: string; readonly args: Readonly<Record<string, string>> },
): Promise<ContainerImage> {
  const tree = openTree({ root, binds: { [CONTEXT]: context } });
  try {
    return await obey(parse(recipe), tree, { context, args });
  } catch (error) {
    tree.remove();
    throw error;
  }
}

/** Comments and empty lines go, lines that end with a backslash are joined with the next. */
function parse(recipe: string): readonly Instruction[] {
  const lines = recipe.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines
    .join("\n")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .map((line) => {
      const [, name = "", text = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      if (name === "") throw new Error(`not an instruction: ${line}`);
      return { name, text: text.trim() };
    });
}

async function obey(
  instructions: readonly Instruction[],
  tree: DebianTree,
  build: { readonly context: string; readonly args: Readonly<Record<string, string>> },
): Promise<ContainerImage> {
  const variables = new Map<string, string>();
  const environment = new Map<string, string>();
  const image = {
    user: "root",
    directory: "/",
    volumes: [] as string[],
    stopSignal: "SIGTERM",
    entry: [] as string[],
    health: "",
  };
  const expand = (text: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? environment.get(name) ?? "");
  const [from, ...rest] = instructions;
  if (from?.name !== "FROM" || !DEBIAN.test(from.text)) throw new Error("the recipe does not begin with a Debian");
  for (const { name, text } of rest) {
    switch (name) {
      case "ARG": {
        const [key = "", value = ""] = text.split("=");
        variables.set(key, build.args[key] ?? value);
        break;
      }
      case "RUN": {
        if (image.user !== "root") throw new Error(`only root runs anything in this recipe: ${text}`);
        const settings = [...variables].map(([key, value]) => `${key}='${value}'; export ${key}`).join("\n");
        await tree.run(`${settings}\ncd ${image.directory}\n${text}`, BUILD_DEADLINE_MS);
        break;
      }
      case "ADD": {
        const [source = "", target = "", ...more] = expand(text).split(/ +/);
        if (more.length > 0 || !source.endsWith(".tar.gz")) throw new Error(`only an archive is added: ${text}`);
        if (!existsSync(join(build.context, source))) throw new Error(`${source} is not in the context`);
        await tree.run(`mkdir -p ${target}; tar -xzf ${CONTEXT}/${source} -C ${target}`, BUILD_DEADLINE_MS);
        break;
      }
      case "ENV":
        for (const [, key = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) environment.set(key, value);
        break;
      case "USER":
        image.user = text;
        break;
      case "WORKDIR":
        image.directory = text;
        await tree.run(`mkdir -p ${text}`);
        break;
      case "VOLUME":
        image.volumes.push(text);
        break;
      case "STOPSIGNAL":
        image.stopSignal = text;
        break;
      case "ENTRYPOINT":
        image.entry = JSON.parse(text) as string[];
        break;
      case "HEALTHCHECK":
        image.health = text.replace(/^.*? CMD /, "");
        break;
      default:
        throw new Error(`unknown instruction ${name}`);
    }
  }

  const asUser = (given: Readonly<Record<string, string>>, argv: readonly string[]) => [
    PATH,
    ...[...environment, ...Object.entries(given)].map(([key, value]) => `${key}=${value}`),
    "setpriv",
    `--reuid=${image.user}`,
    `--regid=${image.user}`,
    "--init-groups",
    "--no-new-privs",
    "env",
    `--chdir=${image.directory}`,
    ...argv,
  ];
  return {
    user: image.user,
    volumes: image.volumes,
    stopSignal: image.stopSignal as NodeJS.Signals,
    start(given, args, mounts) {
      const program = tree.start(asUser(given, [...image.entry, ...args]), mounts);
      return { ...program, isHealthy: () => program.enter(asUser(given, ["sh", "-c", image.health])) };
    },
    remove: () => tree.remove(),
  };
}

/** A directory with the recipe's archive alone. */
export function contextWith(archive: string, place: string): string {
  mkdirSync(place);
  copyFileSync(archive, join(place, basename(archive)));
  return place;
}
