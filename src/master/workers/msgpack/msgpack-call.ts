// Converts a command from its PB form to its MessagePack form: some names differ, and paths are absolute
// (buildbot-msgpack.md §4). Pure.

import { baseErrors } from "../../../base/errors.ts";
import { Float } from "../../../base/python-values.ts";
import { commandsErrors } from "../../../commands/index.ts";
import { commandForms } from "../../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../../wire/msgpack/index.ts";
import type { CommandArgument } from "../../worker-link.ts";
import { expandWorkerHome, joinOn, type WorkerPlace } from "./msgpack-paths.ts";

type Arguments = ReadonlyMap<string, CommandArgument>;

export interface MsgpackCall {
  readonly name: string;
  readonly args: MsgpackMap;
}

/** `directory`: the builder's, absolute. Throws ERR_MISSING_KEY or ERR_BAD_ARGUMENTS. */
export function msgpackCall(name: string, args: Arguments, directory: string, place: WorkerPlace): MsgpackCall {
  const { name: wireName = name, renamed = {} } = commandForms.get(name) ?? {};
  const at = (...parts: readonly string[]) => joinOn(place, directory, ...parts);
  const wireNames = new Map(Object.entries(renamed).map(([wire, pb]) => [pb, wire]));
  const sent = new Map<string, CommandArgument>(args);
  const put = (key: string, value: CommandArgument, wire = wireNames.get(key) ?? key) => {
    sent.delete(key);
    sent.set(wire, value);
  };
  const file = (key: string, wire: string) => {
    put(key, at(textOf(args, "workdir", ""), expandWorkerHome(place, textOf(args, key))), wire);
    sent.delete("workdir");
  };
  if (name === "shell") put("workdir", at(textOf(args, "workdir")));
  if (wireName === "upload_file" || wireName === "upload_directory") file("workersrc", "path");
  if (wireName === "download_file") file("workerdest", "path");
  if (name === "stat") file("file", "path");
  if (name === "mkdir" || name === "rmdir")
    put(
      "dir",
      textsOf(args, "dir").map((path) => at(path)),
      "paths",
    );
  if (name === "cpdir") for (const key of ["fromdir", "todir"]) put(key, at(textOf(args, key)));
  if (name === "listdir") put("dir", at(textOf(args, "dir")));
  if (name === "glob") put("path", at(textOf(args, "path")));
  if (name === "rmfile") put("path", at(expandWorkerHome(place, textOf(args, "path"))));
  return { name: wireName, args: new Map([...sent].map(([key, value]) => [key, wireValue(value)])) };
}

/** A secret is a tuple in PB and an array here, which Buildhand's workers understand. */
function wireValue(value: CommandArgument): MsgpackValue {
  if (typeof value === "number") return Number.isInteger(value) ? value : new Float(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Map) return new Map([...(value as Arguments)].map(([key, item]) => [key, wireValue(item)]));
  if ("secret" in value) return ["obfuscated", value.secret, value.shown];
  return (value as readonly CommandArgument[]).map(wireValue);
}

function textOf(args: Arguments, key: string, otherwise?: string): string {
  const value = args.get(key) ?? otherwise;
  if (value === undefined) throw commandsErrors.missingKey(key);
  if (typeof value === "string") return value;
  throw baseErrors.badArguments(key, "text", "something else");
}

function textsOf(args: Arguments, key: string): readonly string[] {
  const value = args.get(key);
  if (!Array.isArray(value)) return [textOf(args, key)];
  return (value as readonly CommandArgument[]).map((item) => textOf(new Map([[key, item]]), key));
}
