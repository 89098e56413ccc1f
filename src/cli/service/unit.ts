// The text of a systemd unit for a worker. Pure: knows neither the host nor the command line.

/** systemd waits for READY=1, which the worker sends once it has read its settings, attached or not. */
const NOTIFY = ["Type=notify", "# The worker has systemd-notify say it.", "NotifyAccess=all"];

/** Between the end of the drain and systemd's SIGKILL: longer than a worker takes to stop. */
const STOP_MARGIN_SECONDS = 60;

export interface WorkerUnit {
  /** For the first line and the description: unit text. */
  readonly madeBy: string;
  readonly description: string;
  /** What must hold before a start: whole lines. */
  readonly conditions: readonly string[];
  /** The command line before `start`. */
  readonly program: readonly string[];
  readonly startOptions: readonly string[];
  /** The base directory: unit text. */
  readonly directory: string;
  /** Undefined for a unit of a user's own manager. */
  readonly account: string | undefined;
  /** How long a stop waits for builds; 0: until they end; undefined: not at all. */
  readonly drainLimitSeconds: number | undefined;
  /** More lines of the section [Service]. */
  readonly extras: readonly string[];
}

export function unitText(unit: WorkerUnit): string {
  const isUserUnit = unit.account === undefined;
  const words = [...unit.program, "start", "--nodaemon", ...unit.startOptions].map(unitWord);
  // A user's manager has no such target.
  const network = isUserUnit ? [] : ["Wants=network-online.target", "After=network-online.target"];
  return `# ${unit.madeBy}
${section("Unit", [`Description=${unit.description}`, ...network, ...unit.conditions])}

${section("Service", [
  ...NOTIFY,
  ...(isUserUnit ? [] : [`User=${unit.account}`]),
  `ExecStart=${[...words, unit.directory].join(" ")}`,
  "# The worker makes a control group for each command.",
  "Delegate=yes",
  "# SIGTERM is for the worker alone, which ends what its builds have started.",
  "KillMode=mixed",
  ...stopTimeout(unit.drainLimitSeconds),
  "# A build that runs out of memory ends alone; by default systemd would stop the worker and all other builds.",
  "OOMPolicy=continue",
  "# 0, SIGTERM: it was to end. 75: it gave up connecting, as maxretries says. All else is a fault.",
  "Restart=on-failure",
  "RestartPreventExitStatus=75",
  "RestartSec=10",
  ...unit.extras,
])}

${section("Install", [`WantedBy=${isUserUnit ? "default" : "multi-user"}.target`])}
`;
}

function section(name: string, lines: readonly string[]): string {
  return [`[${name}]`, ...lines].join("\n");
}

function stopTimeout(drainLimitSeconds: number | undefined): readonly string[] {
  if (drainLimitSeconds === undefined) return [];
  const time = drainLimitSeconds === 0 ? "infinity" : Math.ceil(drainLimitSeconds + STOP_MARGIN_SECONDS);
  return ["# More than drain-limit, or systemd kills what the worker still waits for.", `TimeoutStopSec=${time}`];
}

/** One word of a command line in a unit: systemd.service(5), "Command lines". */
export function unitWord(text: string): string {
  if (/^[\w@:,.+=/-]+$/.test(text)) return text;
  return `"${unitPath(text).replaceAll(/[\\"]/g, "\\$&").replaceAll("$", "$$$$")}"`;
}

/** A path where systemd takes the rest of the line as the value. */
export function unitPath(text: string): string {
  return text.replaceAll("%", "%%");
}

/** As systemd-escape(1) makes a name of a path. */
export function escapedPath(path: string): string {
  const names = path.split("/").filter((name) => name !== "");
  if (names.length === 0) return "-";
  const bytes = [...Buffer.from(names.join("/"))];
  return bytes.map((byte, at) => escapedByte(String.fromCharCode(byte), at === 0)).join("");
}

function escapedByte(char: string, isFirst: boolean): string {
  if (char === "/") return "-";
  const isPlain = isFirst ? /[\w:]/ : /[\w:.]/;
  return isPlain.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
