// Checks the files in `info`, which describe this host to the master's users.
import { join } from "node:path";
import { infoFiles } from "../../config/index.ts";
import { type HostText, INFO_FILE_LIMIT_BYTES, INFO_NO_DIRECTORY, readHostText } from "../../worker/index.ts";
import { proposedHostText } from "../host-text.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { fileStats, isReachable } from "./basedir.ts";

const { fine, note, finding } = statementsOf("describe");

export interface InfoFacts {
  /** `admin` or `host`. */
  readonly name: string;
  readonly path: string;
  readonly found: HostText;
  /** Its content in a new worker. */
  readonly sample: string;
}

export async function checkDescription(subject: Subject): Promise<readonly Remark[]> {
  const { basedir, isPlanned, environment, clock } = subject;
  const propose = () => proposedHostText(environment, clock);
  if (!isReachable(basedir)) {
    return isPlanned ? [note("proposal for info/host", await propose())] : [];
  }
  const directory = join(basedir, "info");
  const { type } = await readHostText(directory, INFO_FILE_LIMIT_BYTES);
  if (type !== "directory" && fileStats(directory) !== undefined)
    return [finding("info-unreadable", `${directory} ${INFO_NO_DIRECTORY}`)];
  const facts = await Promise.all(
    infoFiles.map(async ({ name, text }): Promise<InfoFacts> => {
      const path = join(directory, name);
      return { name, path, sample: text, found: await readHostText(path, INFO_FILE_LIMIT_BYTES) };
    }),
  );
  const judged = judgeInfo(facts);
  const needsHost = facts.some((one) => one.name === "host" && problemOfDescription(one) !== undefined);
  return needsHost ? [...judged, note("proposal for info/host", await propose())] : judged;
}

export function judgeInfo(files: readonly InfoFacts[]): readonly Remark[] {
  const unwritten = files.flatMap((one) => {
    const reason = problemOfDescription(one);
    return reason === undefined ? [] : [`${one.path} ${reason}`];
  });
  return [
    ...(unwritten.length === 0 ? [] : [finding("info-sample", unwritten.join(", "))]),
    ...files.flatMap(({ path, found }) =>
      found.type === "refused" ? [finding("info-unreadable", `${path}: ${found.reason}`)] : [],
    ),
    ...files
      .filter((one) => one.found.type === "text" && problemOfDescription(one) === undefined)
      .map(({ path }) => fine(`${path} is filled in`)),
  ];
}

function problemOfDescription({ found, sample }: InfoFacts): string | undefined {
  if (found.type === "refused") return undefined;
  if (found.type !== "text") return "is missing";
  if (found.text.trim() === "") return "is empty";
  return found.text.trim() === sample.trim() ? "is still the sample" : undefined;
}
