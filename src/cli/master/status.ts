// buildhand master status: what a running master is doing, as text or as the answers of its API.
import { resultOfNumber } from "../../master/index.ts";
import type { ServerCommand } from "../server-command.ts";
import { type ApiAnswer, answerRows, askMaster } from "./ask-master.ts";

export async function showMasterStatus({ directory: place, flags }: ServerCommand): Promise<number> {
  const rows = async (key: string) => answerRows(await askMaster(place, key), key);
  const [builders, workers, requests] = [await rows("builders"), await rows("workers"), await rows("buildrequests")];
  const builds: ApiAnswer[] = [];
  for (const { builderid: id } of builders) {
    const path = `builders/${String(id)}/builds?order=-number&limit=1`;
    builds.push(...answerRows(await askMaster(place, path), "builds"));
  }
  if (flags.has("json")) console.log(JSON.stringify({ builders, workers, buildrequests: requests, builds }, null, 2));
  else console.log(text({ builders, workers, requests, builds }));
  return 0;
}

interface MasterState {
  readonly builders: readonly ApiAnswer[];
  readonly workers: readonly ApiAnswer[];
  readonly requests: readonly ApiAnswer[];
  /** The newest of each builder that has one. */
  readonly builds: readonly ApiAnswer[];
}

function text({ builders, workers, requests, builds }: MasterState): string {
  const attached = ({ connected_to: masters }: ApiAnswer) => Array.isArray(masters) && masters.length > 0;
  const name = (id: unknown) => String(builders.find(({ builderid }) => builderid === id)?.["name"]);
  const waiting = requests.filter(({ claimed }) => claimed !== true);
  return [
    "workers:",
    ...workers.map((worker) => `  ${String(worker["name"])}: ${attached(worker) ? "attached" : "away"}`),
    "builders:",
    ...builders.map((builder) => {
      const build = builds.find(({ builderid }) => builderid === builder["builderid"]);
      return `  ${String(builder["name"])}: ${build === undefined ? "no builds yet" : buildText(build)}`;
    }),
    `waiting requests: ${waiting.length === 0 ? "none" : waiting.length}`,
    ...waiting.map(({ buildrequestid: id, builderid }) => `  ${String(id)}: ${name(builderid)}`),
  ].join("\n");
}

function buildText({ number, results, state_string: state }: ApiAnswer): string {
  const result = typeof results === "number" ? resultOfNumber(results) : "running";
  return `build ${String(number)}: ${result}, ${String(state)}`;
}
