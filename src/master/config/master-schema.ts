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
  size,
  trueOrFalse,
  variableName,
  wholeNumber,
  withDefault,
} from "./fields.ts";
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
  url: optional(
    v.pipe(
      fullText,
      v.regex(/^https?:\/\/[^\s/?#]+\/(?:[^\s?#]*\/)?$/, expected("an address such as https://ci.example.org/")),
    ),
    "address that visitors use, if a proxy is in front; it ends with /",
  ),
  trustedProxies: withDefault(
    list(fullText),
    [],
    "IP addresses of proxies in front, whose X-Forwarded headers are believed",
  ),
  read: withDefault(oneOf(["public", "password"]), "public", "who may read the pages and the API"),
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

const builders = v.pipe(fullList(fullText), v.description("builders that it starts"));

const force = mapping({
  name: withDefault(name, "force", "the scheduler's name"),
  builders,
});

const periodic = mapping({
  name: withDefault(name, "periodic", "the scheduler's name"),
  builders,
  every: v.pipe(duration, v.description("interval between builds, at least one second")),
});

const schedulerKinds = {
  force: optional(force, "allows builds to be started by hand"),
  periodic: optional(periodic, "starts builds at regular intervals"),
};

const scheduler = oneKindOf("scheduler", schedulerKinds);

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
    logEnviron: withDefault(
      trueOrFalse,
      true,
      "whether logs of steps list the environment variables of their programs; a step can override it",
    ),
    hiddenVariables: withDefault(
      list(v.pipe(fullText, v.title("pattern"))),
      [],
      "names or patterns (`*`, `?`) of environment variables that are left out of those lists",
    ),
    secrets: withDefault(
      v.pipe(
        dictionary(
          v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/, expected("a name of letters, digits, '.', '_' and '-'"))),
          secret,
        ),
        v.title("secrets"),
      ),
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
