// buildhand master force: starts a build of a running master, and may wait for its end.
import { resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { baseErrors } from "../../base/errors.ts";
import { delay } from "../../base/waiting.ts";
import { EXIT_USAGE } from "../../daemon/index.ts";
import { resultOfNumber } from "../../master/index.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { type Say, sayUnlessQuiet } from "../printer.ts";
import { exitCodeOfResult } from "../result-exit-code.ts";
import { answerRows, askMaster } from "./ask-master.ts";

const POLL_MS = 500;

export async function forceBuild(options: ParsedOptions): Promise<number> {
  const [directory, builder, ...parameters] = options.rest;
  if (directory === undefined || builder === undefined) throw baseErrors.usage("expected a directory and a builder");
  const properties = Object.fromEntries(parameters.map(parameterOf));
  const named = Object.fromEntries(["branch", "revision", "reason"].flatMap((name) => given(name, options)));
  const say = sayUnlessQuiet(options);
  const place = resolve(directory);
  const path = `builders/${encodeURIComponent(builder)}/force`;
  const request = Number((await askMaster(place, path, { ...named, properties }))["buildrequestid"]);
  say(`request ${request} was made`);
  return options.flags.has("wait") ? waitFor(place, request, say) : 0;
}

function parameterOf(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  const hint = text.startsWith("-") ? "; options precede the directory" : "";
  if (equals < 1) throw baseErrors.usage(`expected a parameter as NAME=VALUE, got '${text}'${hint}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function given(name: string, { values }: ParsedOptions): readonly (readonly [string, string])[] {
  const value = values.get(name);
  return value === undefined ? [] : [[name, value]];
}

/** A build that is retried is not the end: its request stays open. */
async function waitFor(directory: string, request: number, say: Say): Promise<number> {
  const buildPath = `builds?buildrequestid=${request}&order=-buildid&limit=1`;
  for (;;) {
    // Asked first, so that a build that ends meanwhile is found.
    const open = answerRows(await askMaster(directory, `buildrequests?buildrequestid=${request}`), "buildrequests");
    if (open.length === 0) {
      const [build] = answerRows(await askMaster(directory, buildPath), "builds");
      const result = resultOfNumber(Number(build?.["results"] ?? Number.NaN));
      if (build === undefined || result === undefined || result === "RETRY") {
        say(`request ${request} was cancelled`);
        return EXIT_USAGE;
      }
      say(`build ${String(build["number"])} has ended: ${result}, ${String(build["state_string"])}`);
      return exitCodeOfResult(result);
    }
    await delay(systemClock, POLL_MS);
  }
}
