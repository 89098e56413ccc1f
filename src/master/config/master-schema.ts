// What master.yaml may have. The JSON Schema in schema/ and docs/master-yaml.md are made of this.
import * as v from "valibot";
import {
  duration,
  flag,
  fullList,
  fullText,
  list,
  mapping,
  name,
  oneOf,
  portNumber,
  size,
  text,
  wholeNumber,
} from "./fields.ts";
import { environment, stepsSchema } from "./step-schema.ts";

const MOST_BUILDS = 1000;
const LONGEST_DAYS = 36_500;
const MOST_FREE_PERCENT = 99;
const MOST_KEPT_BUILDS = 1_000_000;

export const LOOPBACK = "127.0.0.1";

const host = v.optional(
  v.pipe(fullText, v.description("address to listen on; others than loopback let other machines in")),
  LOOPBACK,
);

const tls = mapping({
  certificate: v.pipe(fullText, v.title("path"), v.description("PEM file with the certificate and those it needs")),
  privateKey: v.pipe(fullText, v.title("path"), v.description("PEM file with its private key")),
  clientAuthorities: v.optional(
    v.pipe(
      fullText,
      v.title("path"),
      v.description("PEM file with authorities; workers must then show a certificate by one of them"),
    ),
  ),
});

const listener = mapping({
  protocol: v.pipe(oneOf(["pb", "msgpack"]), v.description("pb, or msgpack: MessagePack over WebSocket")),
  host,
  port: v.optional(v.pipe(portNumber, v.description("0 takes a free one")), 9989),
  tls: v.optional(v.pipe(tls, v.description("makes it TLS"))),
});

const web = mapping({
  host,
  port: v.optional(v.pipe(portNumber, v.description("0 takes a free one")), 8010),
  adminPassword: v.optional(
    v.pipe(fullText, v.description("lets those who know it force, stop and rebuild; without one nobody can")),
  ),
  adminPasswordFile: v.optional(v.pipe(fullText, v.title("path"), v.description("file with that password"))),
});

const worker = mapping({
  name: v.pipe(name, v.description("what the worker calls itself")),
  password: v.optional(v.pipe(fullText, v.description("this or passwordFile"))),
  passwordFile: v.optional(
    v.pipe(fullText, v.title("path"), v.description("file with the password, for its owner alone")),
  ),
  maxBuilds: v.optional(
    v.pipe(wholeNumber(1, MOST_BUILDS), v.description("builds at a time, over all builders; default: no limit")),
  ),
});

const builder = mapping({
  name: v.pipe(name, v.description("what the builder is called")),
  description: v.optional(v.pipe(text, v.description("shown on the status page"))),
  directory: v.optional(
    v.pipe(
      fullText,
      v.maxLength(100, "expected at most 100 characters"),
      v.regex(/^(?!\.{1,2}$)[^/]+$/, "expected one name, without /"),
      v.description("its directory below the workers' base directories; default: made of the name"),
    ),
  ),
  workers: v.pipe(fullList(fullText), v.description("names of the workers that may run it")),
  env: v.optional(environment, {}),
  steps: v.pipe(stepsSchema, v.description("what a build does, in order")),
});

const builders = v.pipe(fullList(fullText), v.description("names of the builders that it starts"));

const force = mapping({
  name: v.optional(v.pipe(name, v.description("what the scheduler is called")), "force"),
  builders,
});

const periodic = mapping({
  name: v.optional(v.pipe(name, v.description("what the scheduler is called")), "periodic"),
  builders,
  every: v.pipe(duration, v.description("time from one start to the next, at least a second")),
});

const schedulerKinds = {
  force: v.optional(v.pipe(force, v.description("lets people start builds by hand"))),
  periodic: v.optional(v.pipe(periodic, v.description("starts builds by the clock"))),
};

const scheduler = v.pipe(
  mapping(schedulerKinds),
  v.check(
    (kinds) => Object.keys(kinds).length === 1,
    `expected one of ${Object.keys(schedulerKinds).join(", ")}, and the next scheduler with a - of its own`,
  ),
  v.title("scheduler"),
);

const retention = mapping({
  buildsPerBuilder: v.optional(
    v.pipe(
      wholeNumber(1, MOST_KEPT_BUILDS),
      v.description("finished builds that are kept of each builder; default: all"),
    ),
  ),
  days: v.optional(
    v.pipe(wholeNumber(1, LONGEST_DAYS), v.description("how long finished builds are kept; default: for ever")),
  ),
  logLimit: v.optional(
    v.pipe(size, v.description("of one log; what comes after is counted and dropped, and the log says so")),
    "100MB",
  ),
  buildLogLimit: v.optional(
    v.pipe(size, v.description("of all logs of one build; what comes after is counted and dropped likewise")),
    "1GiB",
  ),
  minFreeSpace: v.optional(
    v.pipe(
      size,
      v.description("no build begins while less is free where the master keeps builds and uploads; 0: always"),
    ),
    "512MiB",
  ),
  minFreePercent: v.optional(
    v.pipe(wholeNumber(0, MOST_FREE_PERCENT), v.description("the same as a part of the file system")),
    2,
  ),
});

const DEFAULT_LISTENERS = [{ protocol: "pb" as const }];

export const masterSchema = v.pipe(
  mapping({
    title: v.optional(v.pipe(name, v.description("heads the status page")), "Buildhand"),
    listeners: v.optional(v.pipe(fullList(listener), v.description("where workers connect")), DEFAULT_LISTENERS),
    web: v.optional(v.pipe(web, v.description("the status page; without this key there is none"))),
    workers: v.pipe(fullList(worker), v.description("who may connect")),
    builders: v.pipe(fullList(builder), v.description("what can be built")),
    schedulers: v.optional(v.pipe(list(scheduler), v.description("what starts builds")), []),
    logEnviron: v.optional(
      v.pipe(flag, v.description("logs of steps list the variables of their programs, unless the step says otherwise")),
      true,
    ),
    hiddenVariables: v.optional(
      v.pipe(
        list(v.pipe(fullText, v.title("pattern"))),
        v.description("names of variables, with `*` and `?`, that are left out of those lists"),
      ),
      [],
    ),
    retention: v.optional(v.pipe(retention, v.description("how much is kept")), {}),
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
