// Troubles with a worker's base directory, its buildbot.tac and other files in it.
import { rowsOf } from "./checklist.ts";

export const baseDirectory = {
  ...rowsOf("basedir", {
    "basedir-missing": {
      title: "the base directory does not exist",
      meaning: "The path does not exist, or is not a directory.",
      cure: "Check the path. `buildhand create-worker` creates a base directory.",
    },
    "basedir-unusable": {
      title: "the worker has no access to its base directory",
      meaning:
        "A worker needs permission to read, enter and write the directory, and this account does not have all of them.",
      cure: "Run the worker as the owner of the directory, or `chown -R` it to the worker's account and `chmod u+rwx` it.",
    },
    "basedir-not-made": {
      title: "the base directory cannot be created",
      meaning:
        "`create-worker` creates one directory and its content. The parent directory must exist and be writable.",
      cure: "Create the parent directory, or choose another place, such as the account's home directory.",
    },
    "basedir-owner": {
      title: "the base directory belongs to another user",
      meaning: "Each of the two accounts may be unable to change files that the other one creates there.",
      cure: "Run the worker, and this program, as that user, or `chown -R` the directory to the worker's account.",
    },
    "basedir-open": {
      title: "every user of this host can write to the base directory",
      meaning: "Anyone who can write there can change what the worker runs, and replace `buildbot.tac`.",
      cure: "`chmod o-w` the base directory.",
    },
    "disk-full": {
      title: "a disk is full, or nearly full",
      meaning: "On a full disk, builds fail with misleading errors, and the worker's log loses entries.",
      cure: "Free space there, or move the base directory or `TMPDIR` to another disk. Directories of builders that no longer exist can be deleted.",
    },
    "inodes-few": {
      title: "a file system has few free inodes",
      meaning: "Each file needs an inode. Without free inodes no file can be created, even if there is free space.",
      cure: "Delete many files, such as caches and old checkouts, or recreate the file system with more inodes.",
    },
    "pid-stale": {
      title: "the pid file names a process that is not a worker of this directory",
      meaning: "A worker was killed, or the host stopped, before the file was removed.",
      cure: "Nothing: `start` replaces the file. See the end of `twistd.log` and of the kernel log for why the worker ended.",
    },
    "pid-file": {
      title: "the pid file cannot be used",
      meaning: "It cannot be read, created or removed, or does not contain a process id.",
      cure: "If no worker is running in this directory, remove the file. Check the permissions of the directory.",
    },
    "already-running": {
      title: "a worker of this base directory is already running",
      meaning: "Two workers in one directory would both log in with the same name.",
      cure: "Use `buildhand restart`, or `buildhand stop` first.",
    },
    "processes-left": {
      title: "processes of a crashed worker are still running",
      meaning:
        "The worker was killed together with the supervisor that kills its commands. They may write to the directory of the next build.",
      cure: "`buildhand start` kills them and logs their names. You can also kill them by hand.",
    },
    "log-unopened": {
      title: "the worker cannot write its log",
      meaning: "A worker does not start without a log.",
      cure: "Check the owner and permissions of the base directory and of `twistd.log`. The usual reason is a log that was created by root: `chown` it.",
    },
  }),
  ...rowsOf("credentials", {
    "tac-readable-by-others": {
      title: "other users of this host can read the worker's password",
      meaning:
        "It is in `buildbot.tac`. Anyone who has it can connect to the master as this worker, and receives the sources and secrets of its builds.",
      cure: "`chmod 600` the file. If others had access to this host, change the password.",
    },
  }),
  ...rowsOf("create", {
    "tac-missing": {
      title: "there is no `buildbot.tac`",
      meaning: "The directory is not the base directory of a worker.",
      cure: "Check the path, or create a worker there with `buildhand create-worker`.",
    },
    "tac-unreadable": {
      title: "`buildbot.tac` cannot be read",
      meaning: "It belongs to another user, is not a regular file, or is not UTF-8 text. The message gives the reason.",
      cure: "Run the worker as the owner of the file.",
    },
    "tac-of-another": {
      title: "the `buildbot.tac` is not a worker's",
      meaning:
        "It creates no application for a worker, as in `application = service.Application('buildbot-worker')`. It may be that of a master.",
      cure: "Pass the base directory of a worker.",
    },
    "tac-ended": {
      title: "`buildbot.tac` stops the start itself",
      meaning: "The file executed a `raise`, `assert` or `sys.exit(…)`. The message has its line and text.",
      cure: "Follow that text, for example set an environment variable.",
    },
    "tac-python": {
      title: "a line of `buildbot.tac` needs Python",
      meaning:
        "Buildhand interprets a subset of Python: assignments, conditions, loops over lists, strings, reading files, `os.environ` and so on. The message names the line that needs more, and why.",
      cure: "Change the line as the message says, or run `buildhand tac import BASEDIR`, which evaluates the settings once with Python.",
    },
    "tac-setting": {
      title: "a setting has an invalid value",
      meaning: "The message names the setting, and the file, variable or option that it comes from.",
      cure: "Correct the value. See docs/reference/options.md for valid values.",
    },
    "endpoint-invalid": {
      title: "the address of the master or of the proxy is invalid",
      meaning: "The host, the port or the endpoint string has an error. The message names the setting.",
      cure: "Use the syntax of docs/reference/connection.md: `tls:HOST:PORT`, `tcp:HOST:PORT`. Write a colon in a value as `\\:`.",
    },
    "tls-file": {
      title: "a certificate or key file cannot be used",
      meaning: "It is missing, not readable or not in PEM format, or the key does not match the certificate.",
      cure: "Correct the path or the file that the message names. Files must be in PEM format, and keys without a passphrase.",
    },
    "options-contradict": {
      title: "settings contradict each other",
      meaning: "One setting requires what another one excludes. If security is affected, the worker does not start.",
      cure: "Remove one of the two settings that the message names.",
    },
    "option-without-effect": {
      title: "a setting has no effect",
      meaning: "It is ignored because of another setting or its own value.",
      cure: "Change it as the message says, or remove it.",
    },
  }),
};
