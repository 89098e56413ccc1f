// Troubles with the host and the account that a worker runs on, whatever its master.
import { rowsOf } from "./checklist.ts";

export const ownHost = {
  ...rowsOf("account", {
    "account-root": {
      title: "the worker would run as root",
      meaning:
        "Whoever can have something built may then do anything on this host, and a faulty build step can delete all of it.",
      cure: "Make an account for the worker alone (`useradd --create-home buildbot`), give it the base directory, and run the worker as that user.",
    },
    "account-noisy": {
      title: "the account's login shell prints something, fails, or takes long",
      meaning: "Build steps that start a login shell, and ssh and git through it, get its output among theirs.",
      cure: "Have the account's init scripts (`.profile`, `.bash_profile`, `.bashrc`, and what is in `/etc/profile.d`) print nothing and ask nothing when there is no terminal.",
    },
  }),
  ...rowsOf("software", {
    "node-old": {
      title: "this Node.js is older than Buildhand needs",
      meaning: "Buildhand is tested with 20.19 and newer.",
      cure: "Install a newer Node.js, and have the service start with that one.",
    },
    "package-missing": {
      title: "a package that Buildhand needs is missing",
      meaning: "It was not installed by npm, or its folder was not copied along.",
      cure: "Install Buildhand anew with npm, which brings its packages.",
    },
    "pty-missing": {
      title: "build steps cannot have a terminal",
      meaning: "Steps with `usePTY=True` run on pipes here, and their log says so. Nothing else is affected.",
      cure: "Install the optional package: `npm install` without `--omit=optional`, on Linux with glibc, x64 or arm64. In a container, `/dev/ptmx` must be there.",
    },
  }),
  ...rowsOf("build", {
    "limit-files": {
      title: "a process may open only few files",
      meaning: "Compilers, linkers and test suites open many files, and end with `Too many open files`.",
      cure: "Raise the hard limit: `LimitNOFILE=` in a unit of systemd, `nofile` in `/etc/security/limits.conf`, `--ulimit nofile=` of docker.",
    },
    "limit-processes": {
      title: "the account may run only few processes",
      meaning: "A parallel build ends with `Resource temporarily unavailable` when it wants one more.",
      cure: "Raise it: `TasksMax=` and `LimitNPROC=` in a unit of systemd, `nproc` in `/etc/security/limits.conf`, `--pids-limit` of docker.",
    },
    "encoding-ascii": {
      title: "the locale is ASCII",
      meaning:
        "The worker itself uses UTF-8 then, but the programs of a build take their text for ASCII: names of files and messages with other characters fail or come out wrong.",
      cure: "Set `LANG=C.UTF-8`, or another locale in UTF-8 that is installed (`locale -a`), where the worker is started.",
    },
    "tmpdir-unusable": {
      title: "the directory for temporary files cannot be used",
      meaning: "`TMPDIR`, or `/tmp` without it, is missing or may not be written: compilers and test suites fail.",
      cure: "Make the directory, give it to the worker's account, or set `TMPDIR` to another one.",
    },
  }),
  ...rowsOf("describe", {
    "info-sample": {
      title: "the files in `info` are still the samples, or missing",
      meaning: "The master shows them to its users, who need to know what the host is and whom to ask.",
      cure: "Write name and address of the admin into `info/admin`, and a description of the host into `info/host`. The next connection to the master brings them.",
    },
    "info-unreadable": {
      title: "a file in `info`, or `info` itself, cannot be sent to the master",
      meaning: "It may not be read, is too long, or is not UTF-8 text, or `info` is no directory; it is left out.",
      cure: "Correct the file that the sentence names.",
    },
  }),
};
