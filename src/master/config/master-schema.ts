// The schema of master.yaml. The JSON Schema in schema/ and docs/reference/master-yaml.md are generated from it.
import * as v from "valibot";
import {
  anyText,
  dictionary,
  duration,
  expected,
  fullList,
  fullText,
  list,
  mapping,
  name,
  oneKindOf,
  oneOf,
  optional,
  path,
  portNumber,
  propertyName,
  repository,
  size,
  trueOrFalse,
  variableName,
  wholeNumber,
  withDefault,
} from "./fields.ts";
import { isNetwork, isOrigin } from "./origins.ts";
import { environment, stepsSchema } from "./step-schema.ts";

const MAX_BUILDS = 1000;
const LONGEST_DAYS = 36_500;
const MAX_FREE_PERCENT = 99;
const MAX_KEPT_BUILDS = 1_000_000;

export const LOOPBACK = "127.0.0.1";

const host = withDefault(fullText, LOOPBACK, "address to listen on; anything but loopback lets other machines connect");

/** Refers to a key of `secrets`. */
const secretName = v.pipe(fullText, v.title("secret"));

const secret = mapping({
  file: optional(path, "file with the secret; only its owner should be able to read it"),
  environment: optional(variableName, "environment variable of the master"),
  credential: optional(
    v.pipe(fullText, v.regex(/^[^/]+$/, "expected a single name, without /")),
    "name of a systemd credential (LoadCredential=)",
  ),
});

const tls = mapping({
  certificate: v.pipe(path, v.description("PEM file with the certificate and its chain")),
  privateKey: v.pipe(path, v.description("PEM file with its private key")),
  clientAuthorities: optional(
    path,
    "PEM file with certificate authorities; workers must then present a certificate signed by one of them",
  ),
});

const listener = mapping({
  protocol: v.pipe(oneOf(["pb", "msgpack"]), v.description("pb, or msgpack: MessagePack over WebSocket")),
  host,
  port: withDefault(portNumber, 9989, "0 picks a free port"),
  tls: optional(tls, "enables TLS"),
});

const web = mapping({
  host,
  port: withDefault(portNumber, 8010, "0 picks a free port"),
  adminPassword: optional(
    fullText,
    "needed to force, stop and rebuild builds, or its hash from `buildhand master passwd`; if unset, nobody can",
  ),
  adminPasswordFile: optional(path, "file with that password"),
  read: withDefault(oneOf(["public", "password"]), "public", "who may read pages and logs: public, or password"),
  url: optional(
    v.pipe(fullText, v.check(isOrigin, expected("an address such as https://ci.example, without a path"))),
    "public address of the page, if a web server in front of it has another",
  ),
  trustedProxies: withDefault(
    list(v.pipe(fullText, v.check(isNetwork, expected("an address or a network such as 10.0.0.0/8")))),
    [],
    "web servers whose X-Forwarded-For header tells the visitor's address",
  ),
  relays: withDefault(list(path), [], "base directories of relays on this host; pages then show lost lines"),
  apiToken: optional(secretName, "secret whose value lets programs start and cancel builds"),
});

const worker = mapping({
  name: v.pipe(name, v.description("the worker's name")),
  password: optional(fullText, "the worker's password; either this or passwordFile"),
  passwordFile: optional(path, "file with the password; only its owner should be able to read it"),
  maxBuilds: optional(wholeNumber(1, MAX_BUILDS), "concurrent builds, over all builders; default: no limit"),
});

const builder = mapping({
  name: v.pipe(name, v.description("the builder's name")),
  description: optional(anyText, "shown on the status page"),
  directory: optional(
    v.pipe(
      fullText,
      v.maxLength(100, "expected at most 100 characters"),
      v.regex(/^(?!\.{1,2}$)[^/]+$/, "expected a single name, without /"),
    ),
    "directory name below the worker's base directory; default: derived from the name",
  ),
  workers: v.pipe(fullList(fullText), v.description("workers that may run it")),
  env: v.optional(environment, {}),
  steps: v.pipe(stepsSchema, v.description("steps of a build, in order")),
});

/** What all schedulers have, and the keys of one kind. */
function schedulerOf<const Entries extends v.ObjectEntries>(kind: string, entries: Entries) {
  return mapping({
    name: withDefault(name, kind, "the scheduler's name"),
    builders: v.pipe(fullList(fullText), v.description("builders that it starts")),
    ...entries,
  });
}

const parameter = mapping({
  name: v.pipe(propertyName, v.description("name of the property")),
  label: optional(fullText, "shown in the form; default: the name"),
  type: withDefault(oneOf(["text", "choice", "boolean"]), "text", "what can be entered"),
  default: optional(anyText, "value unless entered; default: empty, the first choice, or false"),
  choices: withDefault(list(fullText), [], "of type choice"),
  required: withDefault(trueOrFalse, false, "refuses an empty value"),
});

const force = schedulerOf("force", {
  branch: optional(fullText, "branch unless another is entered"),
  parameters: withDefault(list(parameter), [], "values that can be entered, as properties of the build"),
});

const branches = withDefault(fullList(fullText), ["*"], "names or patterns (`*`, `?`) of branches");

const branch = schedulerOf("branch", {
  repository: optional(repository, "only changes of this repository; default: of any"),
  branches,
  treeStableTimer: withDefault(duration, 0, "time without another change of the branch before it is built"),
});

const scheduledBranch = optional(fullText, "branch to build; default: that of the git step");

const periodic = schedulerOf("periodic", {
  every: v.pipe(duration, v.description("interval between builds, at least one second; the first starts immediately")),
  branch: scheduledBranch,
});

const nightly = schedulerOf("nightly", {
  cron: v.pipe(
    fullText,
    v.description("minute, hour, day of month, month and day of week, as for cron: `30 2 * * MON-FRI`"),
  ),
  timeZone: optional(fullText, "such as Europe/Berlin; default: that of the master's host"),
  branch: scheduledBranch,
  onlyIfChanged: withDefault(trueOrFalse, false, "skips a run if there was no change since the previous one"),
});

const schedulerKinds = {
  force: optional(force, "allows builds to be started by hand"),
  branch: optional(branch, "starts builds when a branch has changed"),
  nightly: optional(nightly, "starts builds at times of the day"),
  periodic: optional(periodic, "starts builds at regular intervals"),
  triggerable: optional(schedulerOf("triggerable", {}), "starts builds for trigger steps of other builds"),
};

const scheduler = oneKindOf("scheduler", schedulerKinds);

const sourceCommon = {
  repository: v.pipe(repository, v.description("recorded with its changes, and compared with that of git steps")),
  branches,
};

const poller = mapping({
  name: withDefault(name, "git", "its name"),
  ...sourceCommon,
  every: withDefault(duration, "5m", "interval between polls, at least one second"),
  token: optional(secretName, "secret with a token for a repository over HTTPS"),
});

const hook = mapping({
  name: v.pipe(
    propertyName,
    v.description("its name: changes are sent to `/hooks/NAME` on the port of the status page"),
  ),
  ...sourceCommon,
  secret: v.pipe(secretName, v.description("secret that signs what is sent")),
});

const changeSource = oneKindOf("change source", {
  git: optional(poller, "asks a git repository at intervals"),
  github: optional(hook, "a webhook of GitHub, with content type application/json and the event push"),
  gitea: optional(hook, "a webhook of Gitea or Forgejo"),
  plain: optional(hook, "a signed POST, as `buildhand master notify` sends it"),
});

const httpAddress = v.pipe(
  fullText,
  v.regex(/^https?:\/\/[^\s@]+$/, expected("an address such as https://git.example.org")),
);

function reporterOf<const Entries extends v.ObjectEntries>(kind: string, entries: Entries) {
  return mapping({
    name: withDefault(name, kind, "its name"),
    builders: optional(fullList(fullText), "builders whose results it sends; default: all"),
    ...entries,
  });
}

const statusToken = v.pipe(secretName, v.description("secret with a token that may write commit statuses"));

const reporter = oneKindOf("reporter", {
  github: optional(
    reporterOf("github", {
      token: statusToken,
      url: withDefault(httpAddress, "https://api.github.com", "address of the API"),
    }),
    "sets commit statuses on GitHub",
  ),
  gitea: optional(
    reporterOf("gitea", {
      token: statusToken,
      url: v.pipe(httpAddress, v.description("address of the server")),
    }),
    "sets commit statuses on Gitea or Forgejo",
  ),
  webhook: optional(
    reporterOf("webhook", {
      url: v.pipe(httpAddress, v.description("where a POST is sent")),
      secret: optional(secretName, "secret that signs it"),
    }),
    "sends a POST when the result of a builder's branch differs from the previous one",
  ),
});

const retention = mapping({
  buildsPerBuilder: optional(wholeNumber(1, MAX_KEPT_BUILDS), "finished builds to keep per builder; default: all"),
  days: optional(wholeNumber(1, LONGEST_DAYS), "days to keep finished builds; default: no limit"),
  logLimit: withDefault(
    size,
    "100MB",
    "maximum size of a log; further output is counted and dropped, and the log says so",
  ),
  buildLogLimit: withDefault(size, "1GiB", "maximum size of all logs of one build; further output is dropped likewise"),
  minFreeSpace: withDefault(
    size,
    "512MiB",
    "no build starts while less disk space is free for the database and uploads; 0: no check",
  ),
  minFreePercent: withDefault(wholeNumber(0, MAX_FREE_PERCENT), 2, "the same, in percent of the file system"),
});

const DEFAULT_LISTENERS = [{ protocol: "pb" as const }];

export const masterSchema = v.pipe(
  mapping({
    title: withDefault(name, "Buildhand", "heading of the status page"),
    listeners: withDefault(fullList(listener), DEFAULT_LISTENERS, "where workers connect"),
    web: optional(web, "the status page; if unset, there is none"),
    workers: v.pipe(fullList(worker), v.description("workers that may connect")),
    builders: v.pipe(fullList(builder), v.description("builders, with their steps")),
    schedulers: withDefault(list(scheduler), [], "what starts builds"),
    changeSources: withDefault(list(changeSource), [], "where changes come from"),
    reporters: withDefault(list(reporter), [], "where results are sent"),
    mergeRequests: withDefault(
      trueOrFalse,
      true,
      "a request that asks for the same build as a waiting one, for the same reason, is not added",
    ),
    logEnviron: withDefault(
      trueOrFalse,
      false,
      "whether logs of steps list the environment variables of their programs; a step can override it",
    ),
    hiddenVariables: withDefault(
      list(v.pipe(fullText, v.title("pattern"))),
      [],
      "names or patterns (`*`, `?`) of environment variables that are left out of those lists",
    ),
    secrets: withDefault(
      v.pipe(dictionary(propertyName, secret), v.title("secrets")),
      {},
      "where secrets are read from, by name: a mapping with `file`, `environment` or `credential`; logs and pages show `<NAME>` instead of the value",
    ),
    retention: withDefault(retention, {}, "limits of stored builds and logs, and required free space"),
  }),
  v.title("master.yaml of Buildhand"),
);

export const recipeSchema = v.pipe(
  mapping({
    directory: builder.pipe[1].entries.directory,
    env: v.optional(environment, {}),
    steps: v.pipe(stepsSchema, v.description("the steps, in order")),
  }),
  v.title("recipe of Buildhand"),
);

export type MasterInput = v.InferOutput<typeof masterSchema>;
