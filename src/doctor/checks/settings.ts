// What the worker was told: whether it could start with that, and what of it has no effect.
import type { WorkerError } from "../../base/errors.ts";
import type { OwnOptions, TacSettings } from "../../config/index.ts";
import { type MasterTarget, shownEndpoint, unverified } from "../../transport/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";
import { fileStats, isReachable } from "./basedir.ts";

const { fine, note, finding } = statementsOf("create");

/** NAT boxes and firewalls forget a connection that is silent for longer, the hastiest of them much sooner. */
const LONG_KEEPALIVE_SECONDS = 900;

export async function checkSettings(subject: Subject): Promise<readonly Remark[]> {
  const { basedir, isPlanned, tacPath, problem, settings, options, target } = subject;
  if (!isPlanned && !isReachable(basedir)) return [note("buildbot.tac was not looked at")];
  const isThere = isPlanned && fileStats(tacPath) !== undefined;
  return [
    ...(isThere ? [note(`${tacPath} is there already: create-worker would write ${tacPath}.new beside it`)] : []),
    ...(problem === undefined ? [fine(fineText(subject))] : [judgeProblem(problem)]),
    ...(settings === undefined || options === undefined ? [] : idleSettings(settings, options)),
    ...(settings === undefined || target === undefined ? [] : judgeWay(settings, target)),
  ];
}

function fineText({ tacPath, isPlanned }: Subject): string {
  return isPlanned ? "a worker would start with these arguments" : `${tacPath} is understood`;
}

export function judgeProblem(problem: WorkerError): Remark {
  const { trouble } = problem;
  if (trouble === undefined) throw problem;
  return finding(trouble, problem.message);
}

/** What is set, and makes no difference. */
export function idleSettings(settings: TacSettings, options: OwnOptions): readonly Remark[] {
  const { maxDelaySeconds, keepaliveSeconds, allowShutdown } = settings;
  const idle = (text: string) => finding("option-without-effect", text);
  return [
    ...(maxDelaySeconds < 1 ? [idle(`maxdelay = ${maxDelaySeconds} is taken for 1: give a second or more`)] : []),
    ...(options.on_sigterm === "now" && options.drain_limit !== DEFAULT_DRAIN_LIMIT_SECONDS
      ? [idle("drain_limit is set, and counts for nothing without on_sigterm = 'drain'")]
      : []),
    ...(settings.protocol !== "pb" && (options.on_sigterm === "drain" || allowShutdown !== null)
      ? [note("MessagePack cannot ask the master for an end: the worker waits until nothing has run for ten seconds")]
      : []),
    ...(keepaliveSeconds === 0
      ? [note("keepalive = 0: a dead master is noticed late, and NAT boxes and proxies may forget the connection")]
      : []),
    ...(keepaliveSeconds > LONG_KEEPALIVE_SECONDS
      ? [note(`keepalive = ${keepaliveSeconds}: NAT boxes and proxies may forget the connection between two of them`)]
      : []),
  ];
}

const DEFAULT_DRAIN_LIMIT_SECONDS = 3600;

/** How the way to the master is secured. */
export function judgeWay(settings: TacSettings, target: MasterTarget): readonly Remark[] {
  const { endpoint, tls, proxy, shown } = target;
  const isPlain = endpoint.kind === "tcp" && tls.requested;
  const through = proxy === undefined ? "" : ` through the proxy at ${shownEndpoint(proxy.endpoint)}`;
  const plain = endpoint.kind === "tcp" ? ", without TLS" : "";
  const how = `worker '${settings.workerName}' of the master at ${shown}${through}, over ${settings.protocol}${plain}`;
  return [
    fine(how),
    ...unverified(target).map((text) =>
      isPlain && text.startsWith("use_tls ") ? finding("options-contradict", text) : note(text),
    ),
  ];
}
