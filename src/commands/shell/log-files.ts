// Reads the argument `logfiles` of a command (buildbot-pb.md §7.5).
import { type TextEncoding, utf8 } from "../../base/encoding/text-encoding.ts";
import { Float, Tuple } from "../../base/python-values.ts";
import { LOG_NAMES_LIMIT, outputErrors } from "../../output/index.ts";
import type { LogFile } from "../../process/log-files/log-watch.ts";
import { type ArgumentValue, type CommandArguments, flag } from "../arguments.ts";
import { commandsErrors } from "../errors.ts";
import { filePath } from "../file-paths.ts";
import { joinPath } from "../paths.ts";
import type { Program } from "./program.ts";

/**
 * The files to watch. Throws the errors of the Python worker for values of a wrong type (ERR_LOGFILES_TYPE,
 * ERR_LOG_FILE_NAME, ERR_MISSING_KEY), and ERR_TOO_MANY_LOGS.
 */
export function readLogFiles(
  { logfiles, workdir }: Pick<Program, "logfiles" | "workdir">,
  encoding: TextEncoding = utf8,
): readonly LogFile[] {
  if (!(logfiles instanceof Map)) throw commandsErrors.logfilesType(pythonType(logfiles));
  const files = logfiles as CommandArguments;
  if (files.size > LOG_NAMES_LIMIT) throw outputErrors.tooManyLogs(LOG_NAMES_LIMIT);
  return [...files].map(([name, value]) => {
    const { filename, follow } = readFile(value);
    if (typeof filename !== "string") throw commandsErrors.logFileName(pythonType(filename));
    return { name, path: filePath(joinPath(workdir, filename), encoding), follow };
  });
}

function readFile(value: ArgumentValue): { filename: ArgumentValue; follow: boolean } {
  if (!(value instanceof Map)) return { filename: value, follow: false };
  const described = value as CommandArguments;
  const filename = described.get("filename");
  if (filename === undefined) throw commandsErrors.missingKey("filename");
  return { filename, follow: flag(described, "follow", false) };
}

function pythonType(value: ArgumentValue): string {
  if (value === null) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return "tuple";
  if (value instanceof Map) return "dict";
  return Array.isArray(value) ? "list" : "object";
}
