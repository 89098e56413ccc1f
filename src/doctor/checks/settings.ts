// Checks the settings: whether the worker could start with them, and which have no effect.
import type { WorkerError } from "../../base/errors.ts";
import type { OwnOptions, TacSettings } from "../../config/index.ts";
import { type MasterTarget, shownEndpoint, unverified } from "../../transport/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { fileStats, isReachable } from "./basedir.ts";

const { fine, note, finding } = statementsOf("create");

/** Many NAT boxes and firewalls drop connections that are idle for longer, some of them much earlier. */
const LONG_KEEPALIVE_SECONDS = 900;

export async function checkSettings(subject: Subject): Promise<readonly Remark[]> {
  const { basedir, isPlanned, tacPath, problem, settings, options, target } = subject;
  if (!isPlanned && !isReachable(basedir)) return [note("buildbot.tac was not checked")];
  const isThere = isPlanned && fileStats(tacPath) !== undefined;
  return [
    ...(isThere ? [note(`${tacPath} already exists: create-worker would write ${tacPath}.new instead`)] : []),
    ...(problem === undefined ? [fine(fineText(subject))] : [judgeProblem(problem)]),
    ...(settings === undefined || options === undefined ? [] : idleSettings(settings, options)),
    ...(settings === undefined || target === undefined ? [] : judgeConnection(settings, target)),
  ];
}

function fineText({ tacPath, isPlanned }: Subject): string {
  return isPlanned ? "a worker would start with these arguments" : `${tacPath} is valid`;
}

export function judgeProblem(problem: WorkerError): Remark {
  const { trouble } = problem;
  if (trouble === undefined) throw problem;
  return finding(trouble, problem.message);
}

/** Settings that have no effect. */
export function idleSettings(settings: TacSettings, options: OwnOptions): readonly Remark[] {
  const { maxDelaySeconds, keepaliveSeconds, allowShutdown } = settings;
  const idle = (text: string) => finding("option-without-effect", text);
  return [
    ...(maxDelaySeconds < 1 ? [idle(`maxdelay = ${maxDelaySeconds} has the effect of 1: set 1 or more`)] : []),
    ...(options.on_sigterm === "now" && options.drain_limit !== DEFAULT_DRAIN_LIMIT_SECONDS
      ? [idle("drain_limit has no effect without on_sigterm = 'drain'")]
      : []),
    ...(settings.protocol !== "pb" && (options.on_sigterm === "drain" || allowShutdown !== null)
      ? [note("MessagePack has no request for a shutdown: the worker waits until no command has run for ten seconds")]
      : []),
    ...(keepaliveSeconds === 0
      ? [note("keepalive = 0: a dead master is detected late, and NAT boxes and proxies may drop the connection")]
      : []),
    ...(keepaliveSeconds > LONG_KEEPALIVE_SECONDS
      ? [note(`keepalive = ${keepaliveSeconds}: NAT boxes and proxies may drop the connection between two keepalives`)]
      : []),
  ];
}

const DEFAULT_DRAIN_LIMIT_SECONDS = 3600;

/** How the connection to the master is secured. */
export function judgeConnection(settings: TacSettings, target: MasterTarget): readonly Remark[] {
  const { endpoint, tls, proxy, relay, shown } = target;
  const isPlain = endpoint.kind === "tcp" && tls.requested;
  const route = [
    ...(proxy === undefined ? [] : [` through the proxy at ${shownEndpoint(proxy.endpoint)}`]),
    ...(relay === undefined ? [] : [` through the relay at ${relay.shown}`]),
  ];
  const through = route.join(" and");
  const plain = endpoint.kind === "tcp" ? ", without TLS" : "";
  const connection = `worker '${settings.workerName}' of the master at ${shown}${through}, over ${settings.protocol}${plain}`;
  return [
    fine(connection),
    ...(relay === undefined || endpoint.kind === "tls"
      ? []
      : [note("the relay can read what the worker and the master send, as the connection in it has no TLS")]),
    ...unverified(target).map((text) =>
      isPlain && text.startsWith("use_tls ") ? finding("options-contradict", text) : note(text),
    ),
  ];
}
