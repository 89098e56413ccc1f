// Whether the master can be reached, stage by stage, and takes the worker's name and password. A worker of this base
// directory that runs is not disturbed: where it is attached, nobody logs in.
import { sessionErrors } from "../../session/errors.ts";
import { type ProbeResult, type StageReport, visit } from "../master/visit.ts";
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
    return [host.note("the master was not looked for, since it is not known where it is")];
  }
  const own = findOwnWorker(subject);
  // Masters of the versions 0.9.0 to 0.9.2 would have let the second one in, in place of the first.
  const mayLogIn = own === undefined || own.isAttached === "no";
  const login = mayLogIn ? { name: settings.workerName, password: settings.password } : undefined;
  const made = await visit({ target, protocol, credentials: login, clock, onStage });
  // It may have come in meanwhile.
  return judgeVisit(made, {
    own: own === undefined ? undefined : findOwnWorker(subject),
    name: settings.workerName,
    now: clock.date(),
  });
}

export interface VisitCircumstances {
  readonly own: OwnWorker | undefined;
  readonly name: string;
  /** By this host's clock. */
  readonly now: Date;
}

export function judgeVisit({ stages, warnings, end }: ProbeResult, about: VisitCircumstances): readonly Remark[] {
  const passed = end.kind === "failed" ? failedStages(stages, end.error.message) : { good: stages, bad: undefined };
  return [
    ...passed.good.flatMap(stageText),
    ...warnings.filter((text) => !isToldOfSettings(text)).map((text) => host.note(text)),
    ...clockText(stages, about.now),
    ...(end.kind === "failed"
      ? failureText(end, passed.bad, about)
      : [host.fine(welcomes[end.kind]), ...loginText(end.kind, about)]),
  ];
}

const welcomes = {
  greeted: "the master greets as masters do",
  "let in": "the master greets as masters do",
  connected: "somebody answers there",
} as const;

function loginText(kind: "greeted" | "let in" | "connected", { own, name }: VisitCircumstances): readonly Remark[] {
  if (kind === "let in") {
    return [
      credentials.fine(
        `the master takes the name '${name}' and its password; the login was ended before it attached anything`,
      ),
    ];
  }
  const who = `process ${own?.pid ?? "?"} of this base directory`;
  if (own?.isAttached === "yes") {
    return [
      credentials.fine(
        `the master has taken '${name}' in: ${who} is attached by its log, so nobody logged in beside it`,
      ),
    ];
  }
  return [credentials.note(`no login was tried beside ${who}, whose log does not tell whether it is attached`)];
}

/** The stage that failed is the last one of those that have begun, unless the login failed, which is none of them. */
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
  { own, name }: VisitCircumstances,
): readonly Remark[] {
  const lines = bad === undefined || bad.facts.length === 0 ? undefined : bad.facts;
  if (listener !== undefined) {
    return [host.finding(listener.trouble, `what listens there ${listener.text}`, { lines: [error.message] })];
  }
  const { trouble } = error;
  if (trouble === undefined) return [host.finding("connect-failed", error.message, { lines })];
  if (trouble === "name-in-use" && own?.isAttached === "yes") {
    return [credentials.fine(`process ${own.pid} of this base directory holds the name '${name}'`)];
  }
  const isOfLogin =
    sessionErrors.loginRefused.is(error) ||
    sessionErrors.loginDuplicate.is(error) ||
    sessionErrors.loginFailed.is(error);
  return [(isOfLogin ? credentials : host).finding(trouble, error.message, { lines })];
}

/** Only a certificate tells something of the clock, and what it says of the time is enough for those. */
function clockText(stages: readonly StageReport[], now: Date): readonly Remark[] {
  const shown = `${now.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const isCompared = stages.some(({ facts }) => facts.some((fact) => fact.includes("valid from")));
  return [
    host.note(`the clock of this host says ${shown}${isCompared ? "" : "; nothing was there to compare it with"}`),
  ];
}

/** The check of the settings has it. */
function isToldOfSettings(warning: string): boolean {
  return warning.startsWith("use_tls is set") || warning.includes("certificate is not verified");
}
