// Troubles with the host and the account of a worker.
import { rowsOf } from "./checklist.ts";

export const ownHost = {
  ...rowsOf("account", {
    "account-root": {
      title: "the worker would run as root",
      meaning:
        "Anyone who can start a build has full control of this host, and a faulty build step can delete everything.",
      cure: "Create an account only for the worker (`useradd --create-home buildbot`), `chown` the base directory to it, and run the worker as that user.",
    },
    "account-noisy": {
      title: "the account's login shell prints something, fails, or is slow",
      meaning: "Its output is mixed into that of build steps that start a login shell, and of ssh and git through it.",
      cure: "Change the account's init scripts (`.profile`, `.bash_profile`, `.bashrc`, and those in `/etc/profile.d`) so that they print nothing and ask nothing without a terminal.",
    },
  }),
  ...rowsOf("software", {
    "node-old": {
      title: "this Node.js is older than Buildhand needs",
      meaning: "Buildhand is tested with 20.19 and newer.",
      cure: "Install a newer Node.js, and let the service use it.",
    },
    "package-missing": {
      title: "a package that Buildhand needs is missing",
      meaning: "It was not installed by npm, or its folder was not copied.",
      cure: "Reinstall Buildhand with npm, which installs its packages.",
    },
    "pty-missing": {
      title: "build steps cannot use a terminal",
      meaning: "Steps with `usePTY=True` use pipes instead, and their log says so. Nothing else is affected.",
      cure: "Install the optional package: `npm install` without `--omit=optional`, on Linux with glibc, x64 or arm64. In a container, `/dev/ptmx` must exist.",
    },
  }),
  ...rowsOf("build", {
    "limit-files": {
      title: "the limit of open files is low",
      meaning: "Compilers, linkers and test suites open many files, and fail with `Too many open files`.",
      cure: "Raise the hard limit: `LimitNOFILE=` in a systemd unit, `nofile` in `/etc/security/limits.conf`, `--ulimit nofile=` of docker.",
    },
    "limit-processes": {
      title: "the limit of processes is low",
      meaning: "Parallel builds fail with `Resource temporarily unavailable` when they reach it.",
      cure: "Raise it: `TasksMax=` and `LimitNPROC=` in a systemd unit, `nproc` in `/etc/security/limits.conf`, `--pids-limit` of docker.",
    },
    "encoding-ascii": {
      title: "the locale is ASCII",
      meaning:
        "The worker itself then uses UTF-8, but the programs of a build use ASCII: file names and messages with other characters fail or are shown wrong.",
      cure: "Set `LANG=C.UTF-8`, or another installed UTF-8 locale (`locale -a`), where the worker is started.",
    },
    "tmpdir-unusable": {
      title: "the directory for temporary files cannot be used",
      meaning: "`TMPDIR`, or `/tmp` if it is not set, is missing or not writable: compilers and test suites fail.",
      cure: "Create the directory, `chown` it to the worker's account, or set `TMPDIR` to another one.",
    },
  }),
  ...rowsOf("describe", {
    "info-sample": {
      title: "the files in `info` are still the samples, or missing",
      meaning: "The master shows them to its users, who need to know what the host is and whom to ask.",
      cure: "Write the name and address of the admin to `info/admin`, and a description of the host to `info/host`. They are sent with the next connection to the master.",
    },
    "info-unreadable": {
      title: "a file in `info`, or `info` itself, cannot be sent to the master",
      meaning: "It is not readable, too long, or not UTF-8 text, or `info` is not a directory. It is not sent.",
      cure: "Correct the file that the message names.",
    },
  }),
};
