// Troubles with a worker's base directory, its buildbot.tac and what else lies there.
import { rowsOf } from "./checklist.ts";

export const baseDirectory = {
  ...rowsOf("basedir", {
    "basedir-missing": {
      title: "there is no such base directory",
      meaning: "The path leads nowhere, or to something that is no directory.",
      cure: "Check the path. `buildhand create-worker` makes a base directory.",
    },
    "basedir-unusable": {
      title: "the worker may not use its base directory",
      meaning: "This account cannot read it, go into it or write to it; a worker does all of that.",
      cure: "Run the worker as the user that the directory belongs to, or `chown -R` it to the worker's account and `chmod u+rwx` it.",
    },
    "basedir-not-made": {
      title: "the base directory cannot be made",
      meaning:
        "`create-worker` makes one directory and what is in it, below a directory that must be there and may be written.",
      cure: "Make the directory above it, or choose another place, such as one in the account's home directory.",
    },
    "basedir-owner": {
      title: "the base directory belongs to another user",
      meaning: "What this account makes there, the other one may not be able to change, and the other way round.",
      cure: "Run the worker, and this program, as that user, or `chown -R` the directory to the worker's account.",
    },
    "basedir-open": {
      title: "everybody on this host may write to the base directory",
      meaning: "Who may write there can change what the worker runs, and replace `buildbot.tac`.",
      cure: "`chmod o-w` the base directory.",
    },
    "disk-full": {
      title: "a disk is full, or nearly so",
      meaning:
        "Builds fail on a full disk in ways that look like faults of theirs, and the worker's log loses entries.",
      cure: "Free space there, or move the base directory or `TMPDIR` to another disk. Directories of builders that are no more can be deleted.",
    },
    "inodes-few": {
      title: "a file system has nearly no room for more files",
      meaning: "It may have space left, but each file needs an inode, and they run out.",
      cure: "Delete files in great number, such as caches and old checkouts, or make the file system anew with more inodes.",
    },
    "pid-stale": {
      title: "the pid file names a process that is no worker of this directory",
      meaning: "A worker was killed, or the host stopped, without the file being removed.",
      cure: "Nothing: `start` replaces it. Look at the end of `twistd.log` and of the kernel's log for what has ended the worker.",
    },
    "pid-file": {
      title: "the pid file cannot be used",
      meaning: "It cannot be read, made or removed, or holds no process id.",
      cure: "If no worker runs in this directory, remove the file; look at the permissions of the directory.",
    },
    "already-running": {
      title: "a worker of this base directory runs already",
      meaning: "Two workers in one directory would both be logged in under one name.",
      cure: "Use `buildhand restart`, or `buildhand stop` first.",
    },
    "processes-left": {
      title: "processes of a worker that crashed still run",
      meaning:
        "The worker was killed together with the shell that ends its commands. They may write where the next build works.",
      cure: "`buildhand start` kills them and names them in its log; or end them by hand.",
    },
    "log-unopened": {
      title: "the worker cannot write its log",
      meaning: "Without a log no worker starts.",
      cure: "Look at owner and permissions of the base directory and of `twistd.log`. A log that root began is the usual reason: `chown` it.",
    },
  }),
  ...rowsOf("credentials", {
    "tac-readable-by-others": {
      title: "others on this host can read the worker's password",
      meaning:
        "It stands in `buildbot.tac`. Whoever has it can be this worker to the master, and gets what builds are given.",
      cure: "`chmod 600` the file, and have the password changed if others were on this host meanwhile.",
    },
  }),
  ...rowsOf("create", {
    "tac-missing": {
      title: "there is no `buildbot.tac`",
      meaning: "The directory is no worker's base directory.",
      cure: "Check the path, or make a worker there with `buildhand create-worker`.",
    },
    "tac-unreadable": {
      title: "`buildbot.tac` cannot be read",
      meaning: "It belongs to another user, is no regular file, or is not UTF-8 text.",
      cure: "Run the worker as the user that the file belongs to; the sentence gives the system's reason.",
    },
    "tac-of-another": {
      title: "the `buildbot.tac` is not a worker's",
      meaning:
        "It makes no `service.Application(…)` for a worker, as in `application = service.Application('buildbot-worker')`: it is a master's, or something else.",
      cure: "Give the base directory of a worker.",
    },
    "tac-ended": {
      title: "`buildbot.tac` ends the start itself",
      meaning: "A `raise`, `assert` or `sys.exit(…)` in the file was reached; the sentence has its line and its words.",
      cure: "Do what its words ask for, such as setting a variable of the environment.",
    },
    "tac-python": {
      title: "a line of `buildbot.tac` needs Python",
      meaning:
        "Buildhand runs a part of Python itself: assignments, conditions, loops over lists, texts, files that are read, `os.environ` and the like. The sentence names the line that is more, and why.",
      cure: "Write the line as the sentence says, or let `buildhand tac import BASEDIR` work the settings out once with Python.",
    },
    "tac-setting": {
      title: "a setting has a value that cannot be",
      meaning: "The sentence names the setting, and the file, the variable or the option that it comes from.",
      cure: "Correct it; docs/options.md has what each one takes.",
    },
    "endpoint-invalid": {
      title: "the address of the master or of the proxy cannot be used",
      meaning: "The host, the port or the endpoint string has an error; the sentence names the setting.",
      cure: "Write it as in docs/operations.md: `tls:HOST:PORT`, `tcp:HOST:PORT`; a colon in a value is `\\:`.",
    },
    "tls-file": {
      title: "a file of certificates or keys cannot be used",
      meaning: "It is missing, may not be read, holds something else, or key and certificate do not belong together.",
      cure: "Correct the path or the file that the sentence names. Files are in PEM, and keys have no passphrase.",
    },
    "options-contradict": {
      title: "settings contradict each other",
      meaning: "One of them demands what another one excludes. Where security is at stake the worker does not start.",
      cure: "Take one of the two away; the sentence names both.",
    },
    "option-without-effect": {
      title: "a setting has no effect",
      meaning:
        "Another setting, or its own value, makes it idle: whoever set it expects something that does not happen.",
      cure: "Change it as the sentence says, or take it away.",
    },
  }),
};
