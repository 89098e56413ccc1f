// buildhand master cancel: cancels waiting requests of a running master.
import { resolve } from "node:path";
import { baseErrors } from "../../base/errors.ts";
import type { ParsedOptions } from "../option-parser.ts";
import { sayUnlessQuiet } from "../printer.ts";
import { askMaster } from "./ask-master.ts";

export async function cancelRequests(options: ParsedOptions): Promise<number> {
  const [directory, ...requests] = options.rest;
  const cancelsAll = options.flags.has("all");
  if (directory === undefined || (requests.length === 0) !== cancelsAll) {
    throw baseErrors.usage("expected a directory and the numbers of requests, or --all");
  }
  const wrong = requests.find((request) => !/^[1-9]\d{0,14}$/.test(request));
  if (wrong !== undefined) throw baseErrors.usage(`expected the number of a request, got '${wrong}'`);
  const place = resolve(directory);
  const say = sayUnlessQuiet(options);
  if (cancelsAll) {
    const { cancelled } = await askMaster(place, "buildrequests/cancel-all", {});
    say(`cancelled ${String(cancelled)} waiting requests`);
  }
  for (const request of requests) {
    await askMaster(place, `buildrequests/${request}`, { id: 1, jsonrpc: "2.0", method: "cancel", params: {} });
    say(`request ${request} was cancelled`);
  }
  return 0;
}
