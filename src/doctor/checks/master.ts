// Checks that the master can be reached, stage by stage, and accepts the worker's name and password. A running worker of this
// base directory is not disturbed: if it is attached, there is no login.
import { sessionErrors } from "../../session/errors.ts";
import { type ProbeResult, probeMaster, type StageReport } from "../master/probe-master.ts";
import { findOwnWorker, type OwnWorker } from "../own-worker.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const host = statementsOf("host");
const credentials = statementsOf("credentials");

export async function checkConnectionToMaster(
  subject: Subject,
  onStage: (stage: string) => void = () => {},
): Promise<readonly Remark[]> {
  const { target, protocol, settings, clock } = subject;
  if (target === undefined || protocol === undefined || settings === undefined) {
    return [host.note("the connection was not checked, because the address of the master is unknown")];
  }
  const own = findOwnWorker(subject);
  // Masters of the versions 0.9.0 to 0.9.2 would accept the second worker in place of the first.
  const mayLogIn = own === undefined || own.isAttached === "no";
  const login = mayLogIn ? { name: settings.workerName, password: settings.password } : undefined;
  const result = await probeMaster({ target, protocol, credentials: login, clock, onStage });
  // Checked again, because the worker may have attached in the meantime.
  return judgeProbe(result, {
    own: own === undefined ? undefined : findOwnWorker(subject),
    name: settings.workerName,
    now: clock.date(),
  });
}

export interface ProbeContext {
  readonly own: OwnWorker | undefined;
  readonly name: string;
  /** By this host's clock. */
  readonly now: Date;
}

export function judgeProbe({ stages, warnings, end }: ProbeResult, context: ProbeContext): readonly Remark[] {
  const passed = end.kind === "failed" ? failedStages(stages, end.error.message) : { good: stages, bad: undefined };
  return [
    ...passed.good.flatMap(stageText),
    ...warnings.filter((text) => !isAboutSettings(text)).map((text) => host.note(text)),
    ...clockText(stages, context.now),
    ...(end.kind === "failed"
      ? failureText(end, passed.bad, context)
      : [host.fine(welcomes[end.kind]), ...loginText(end.kind, context)]),
  ];
}

const welcomes = {
  greeted: "the master sends its greeting",
  "logged in": "the master sends its greeting",
  connected: "a server accepts the connection",
} as const;

function loginText(kind: "greeted" | "logged in" | "connected", { own, name }: ProbeContext): readonly Remark[] {
  if (kind === "logged in") {
    return [
      credentials.fine(
        `the master accepts the name '${name}' and its password; the login ended before the worker was attached`,
      ),
    ];
  }
  const who = `process ${own?.pid ?? "?"} of this base directory`;
  if (own?.isAttached === "yes") {
    return [
      credentials.fine(`'${name}' is attached to the master according to the log of ${who}, so no login was tried`),
    ];
  }
  return [
    credentials.note(`no login was tried, because ${who} is running and its log does not show whether it is attached`),
  ];
}

/** The last stage has failed, unless it was the login, which is not one of the stages. */
function failedStages(stages: readonly StageReport[], sentence: string) {
  const last = stages.at(-1);
  const isOfStage = last !== undefined && sentence.startsWith(`${last.stage}: `);
  return isOfStage ? { good: stages.slice(0, -1), bad: last } : { good: stages, bad: undefined };
}

function stageText({ stage, facts }: StageReport): readonly Remark[] {
  const [first, ...more] = facts;
  if (first === undefined) return [];
  return [host.fine(`${stage}: ${first}`, more.length === 0 ? undefined : more)];
}

function failureText(
  { error, listener }: Extract<ProbeResult["end"], { kind: "failed" }>,
  bad: StageReport | undefined,
  { own, name }: ProbeContext,
): readonly Remark[] {
  const lines = bad === undefined || bad.facts.length === 0 ? undefined : bad.facts;
  if (listener !== undefined) {
    return [host.finding(listener.trouble, `the server there ${listener.text}`, { lines: [error.message] })];
  }
  const { trouble } = error;
  if (trouble === undefined) return [host.finding("connect-failed", error.message, { lines })];
  if (trouble === "name-in-use" && own?.isAttached === "yes") {
    return [credentials.fine(`process ${own.pid} of this base directory uses the name '${name}'`)];
  }
  const isOfLogin =
    sessionErrors.loginRefused.is(error) ||
    sessionErrors.loginDuplicate.is(error) ||
    sessionErrors.loginFailed.is(error);
  return [(isOfLogin ? credentials : host).finding(trouble, error.message, { lines })];
}

/** Only certificates have times to compare the clock with. */
function clockText(stages: readonly StageReport[], now: Date): readonly Remark[] {
  const shown = `${now.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const isCompared = stages.some(({ facts }) => facts.some((fact) => fact.includes("valid from")));
  return [
    host.note(`the clock of this host shows ${shown}${isCompared ? "" : "; there was nothing to compare it with"}`),
  ];
}

/** The check of the settings reports these. */
function isAboutSettings(warning: string): boolean {
  return warning.startsWith("use_tls is set") || warning.includes("certificate is not verified");
}
