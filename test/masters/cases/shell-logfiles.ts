// shell: log files that are watched beside the output.
import { type CaseTable, shell } from "./case.ts";

const logs = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `${name}.log`]));

export const shellLogfiles: CaseTable = {
  title: "shell: log files",
  lanes: 3,
  cases: [
    shell({
      name: "sends a log file",
      command: "echo one > a.log; echo two >> a.log; echo out",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends several log files",
      command: "echo one > a.log; echo two > b.log",
      args: { logfiles: logs("a", "b") },
    }),
    shell({
      name: "sends nothing for a log file that never comes",
      command: "echo x",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends nothing for a log file that does not change",
      before: "echo old > a.log; touch -d '2020-01-01' a.log",
      command: "echo x",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a log file that was there before when it changes",
      before: "echo old > a.log; touch -d '2020-01-01' a.log",
      command: "echo new >> a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a log file described by a dictionary",
      command: "echo one > a.log",
      args: { logfiles: { a: { filename: "a.log" } } },
    }),
    shell({
      name: "sends a log file that it need not follow",
      before: "echo old > a.log; touch -d '2020-01-01' a.log",
      command: "echo new >> a.log",
      args: { logfiles: { a: { filename: "a.log", follow: false } } },
    }),
    shell({
      name: "sends only what is new in a log file that it follows",
      before: "echo old > a.log; touch -d '2020-01-01' a.log",
      command: "echo new >> a.log; sleep 3; echo newer >> a.log",
      args: { logfiles: { a: { filename: "a.log", follow: true } } },
    }),
    shell({
      name: "sends a new log file that it follows",
      command: "echo new > a.log",
      args: { logfiles: { a: { filename: "a.log", follow: true } } },
    }),
    shell({
      name: "sends a log file as it grows",
      command: "echo one > a.log; sleep 3; echo two >> a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "ends the last line of a log file",
      command: "printf 'one\\ntwo' > a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a log file in a directory below",
      command: "mkdir sub; echo one > sub/a.log",
      args: { logfiles: { a: "sub/a.log" } },
    }),
    shell({
      name: "sends nothing for an absolute log file that is not there",
      command: "true",
      args: { logfiles: { a: "/nowhere/at/all" } },
    }),
    shell({
      name: "reads a log file as UTF-8 with odd line ends",
      command: "printf 'gr\\303\\274n\\rx\\377\\r\\n' > a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a long log file",
      command: "seq 20000 > a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "counts a growing log file as a sign of life",
      command: "for i in 1 2 3 4 5 6; do echo $i >> a.log; sleep 1; done",
      args: { logfiles: logs("a"), timeout: 5 },
    }),
    shell({
      name: "sends a log file of a killed command",
      command: "echo one > a.log; sleep 600",
      args: { logfiles: logs("a"), timeout: 1 },
    }),
    shell({
      name: "sends a log file that is truncated",
      command: "echo a longer line > a.log; sleep 3; echo two > a.log; sleep 3; echo three >> a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a log file that takes the place of another",
      command: "echo one > a.log; sleep 3; echo two >> a.log; mv a.log a.old; echo three > a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "sends a log file under two names",
      command: "echo one > a.log",
      args: { logfiles: { a: "a.log", b: "./a.log" } },
    }),
    shell({
      name: "sends what a link of a log file leads to",
      command: "echo one > target; ln -s target a.log",
      args: { logfiles: logs("a") },
    }),
    shell({
      name: "follows a log file for 1 as for true",
      before: "echo old > a.log; touch -d '2020-01-01' a.log",
      command: "sleep 3; echo new >> a.log",
      args: { logfiles: { a: { filename: "a.log", follow: 1 } } },
    }),
    shell({
      name: "knows no home directory in the name of a log file",
      command: "mkdir '~'; echo one > '~/a.log'",
      args: { logfiles: { a: "~/a.log" } },
    }),
    shell({
      name: "sends nothing for names of log files that cannot be",
      command: "echo x",
      args: { logfiles: { a: "", b: "a\0b", c: "x".repeat(300), d: "no/where" } },
    }),
    shell({
      name: "fails for text in place of the log files",
      command: "echo x",
      args: { logfiles: "a.log" },
    }),
    shell({
      name: "fails for a number in place of the name of a log file",
      command: "echo x",
      args: { logfiles: { a: 5 } },
    }),
    shell({
      name: "fails for nothing in place of the name of a log file",
      command: "echo x",
      args: { logfiles: { a: { filename: null } } },
    }),
    shell({
      name: "fails for a log file that is described without a name",
      command: "echo x",
      args: { logfiles: { a: { follow: true } } },
    }),
    shell({
      name: "sends nothing for a directory in place of a log file",
      command: "mkdir a.log",
      args: { logfiles: logs("a") },
      limitSeconds: 8,
    }),
  ],
};
