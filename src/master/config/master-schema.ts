// What master.yaml may have. The JSON Schema in schema/ and docs/master-yaml.md are made of this.
import * as v from "valibot";
import {
  anyText,
  duration,
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
  wholeNumber,
  withDefault,
} from "./fields.ts";
import { environment, stepsSchema } from "./step-schema.ts";

const MOST_BUILDS = 1000;
const LONGEST_DAYS = 36_500;
const MOST_FREE_PERCENT = 99;
const MOST_KEPT_BUILDS = 1_000_000;

export const LOOPBACK = "127.0.0.1";

const host = withDefault(fullText, LOOPBACK, "address to listen on; others than loopback let other machines in");

const tls = mapping({
  certificate: v.pipe(path, v.description("PEM file with the certificate and those it needs")),
  privateKey: v.pipe(path, v.description("PEM file with its private key")),
  clientAuthorities: optional(path, "PEM file with authorities; workers must then show a certificate by one of them"),
});

const listener = mapping({
  protocol: v.pipe(oneOf(["pb", "msgpack"]), v.description("pb, or msgpack: MessagePack over WebSocket")),
  host,
  port: withDefault(portNumber, 9989, "0 takes a free one"),
  tls: optional(tls, "makes it TLS"),
});

const web = mapping({
  host,
  port: withDefault(portNumber, 8010, "0 takes a free one"),
  adminPassword: optional(fullText, "lets those who know it force, stop and rebuild; without one nobody can"),
  adminPasswordFile: optional(path, "file with that password"),
});

const worker = mapping({
  name: v.pipe(name, v.description("what the worker calls itself")),
  password: optional(fullText, "this or passwordFile"),
  passwordFile: optional(path, "file with the password, for its owner alone"),
  maxBuilds: optional(wholeNumber(1, MOST_BUILDS), "builds at a time, over all builders; default: no limit"),
});

const builder = mapping({
  name: v.pipe(name, v.description("what the builder is called")),
  description: optional(anyText, "shown on the status page"),
  directory: optional(
    v.pipe(
      fullText,
      v.maxLength(100, "expected at most 100 characters"),
      v.regex(/^(?!\.{1,2}$)[^/]+$/, "expected one name, without /"),
    ),
    "its directory below the workers' base directories; default: made of the name",
  ),
  workers: v.pipe(fullList(fullText), v.description("names of the workers that may run it")),
  env: v.optional(environment, {}),
  steps: v.pipe(stepsSchema, v.description("what a build does, in order")),
});

const builders = v.pipe(fullList(fullText), v.description("names of the builders that it starts"));

const force = mapping({
  name: withDefault(name, "force", "what the scheduler is called"),
  builders,
});

const periodic = mapping({
  name: withDefault(name, "periodic", "what the scheduler is called"),
  builders,
  every: v.pipe(duration, v.description("time from one start to the next, at least a second")),
});

const schedulerKinds = {
  force: optional(force, "lets people start builds by hand"),
  periodic: optional(periodic, "starts builds by the clock"),
};

const scheduler = oneKindOf("scheduler", schedulerKinds);

const retention = mapping({
  buildsPerBuilder: optional(
    wholeNumber(1, MOST_KEPT_BUILDS),
    "finished builds that are kept of each builder; default: all",
  ),
  days: optional(wholeNumber(1, LONGEST_DAYS), "how long finished builds are kept; default: for ever"),
  logLimit: withDefault(size, "100MB", "of one log; what comes after is counted and dropped, and the log says so"),
  buildLogLimit: withDefault(
    size,
    "1GiB",
    "of all logs of one build; what comes after is counted and dropped likewise",
  ),
  minFreeSpace: withDefault(
    size,
    "512MiB",
    "no build begins while less is free where the master keeps builds and uploads; 0: always",
  ),
  minFreePercent: withDefault(wholeNumber(0, MOST_FREE_PERCENT), 2, "the same as a part of the file system"),
});

const DEFAULT_LISTENERS = [{ protocol: "pb" as const }];

export const masterSchema = v.pipe(
  mapping({
    title: withDefault(name, "Buildhand", "heads the status page"),
    listeners: withDefault(fullList(listener), DEFAULT_LISTENERS, "where workers connect"),
    web: optional(web, "the status page; without this key there is none"),
    workers: v.pipe(fullList(worker), v.description("who may connect")),
    builders: v.pipe(fullList(builder), v.description("what can be built")),
    schedulers: withDefault(list(scheduler), [], "what starts builds"),
    logEnviron: withDefault(
      trueOrFalse,
      true,
      "logs of steps list the variables of their programs, unless the step says otherwise",
    ),
    hiddenVariables: withDefault(
      list(v.pipe(fullText, v.title("pattern"))),
      [],
      "names of variables, with `*` and `?`, that are left out of those lists",
    ),
    retention: withDefault(retention, {}, "how much is kept"),
  }),
  v.title("master.yaml of Buildhand"),
);

export const recipeSchema = v.pipe(
  mapping({
    directory: builder.pipe[1].entries.directory,
    env: v.optional(environment, {}),
    steps: v.pipe(stepsSchema, v.description("what is done, in order")),
  }),
  v.title("recipe of Buildhand"),
);

export type MasterInput = v.InferOutput<typeof masterSchema>;
