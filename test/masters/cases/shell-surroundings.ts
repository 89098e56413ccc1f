// shell: the directory a command runs in and the environment it is given.
import { python } from "../support/description.ts";
import { bytes, type CaseTable, shell } from "./case.ts";

export const shellPlaces: CaseTable = {
  title: "shell: the work directory",
  cases: [
    shell({
      name: "makes the work directory with its parents",
      command: "pwd; stat -c '%A %U' . ..",
      args: { workdir: "made/by/the/command" },
    }),
    shell({ name: "takes an absolute work directory", command: ["pwd"], args: { workdir: "/" } }),
    shell({
      name: "takes a work directory with dots",
      command: "pwd; echo $PWD",
      args: { workdir: "dots/../dots/./here" },
    }),
    shell({
      name: "takes a work directory above the builder's",
      command: "pwd; echo $PWD",
      args: { workdir: "../beside" },
    }),
    shell({
      name: "takes a work directory that ends in a slash",
      command: "pwd; echo $PWD",
      args: { workdir: "slash/" },
    }),
    shell({
      name: "takes an empty work directory for the builder's",
      command: "pwd; echo $PWD",
      args: { workdir: "" },
    }),
    shell({ name: "takes a work directory in other scripts", command: "pwd", args: { workdir: "grün €/二" } }),
    shell({ name: "takes a work directory sent as bytes", command: "pwd", args: { workdir: bytes("bÿtes") } }),
    shell({ name: "takes a tilde in the work directory as it is", command: "pwd", args: { workdir: "~" } }),
    shell({
      name: "keeps a symbolic link of the work directory in PWD",
      before: "mkdir ../link-target; ln -s link-target ../link",
      command: 'echo "$PWD"; pwd; pwd -P',
      args: { workdir: "link" },
    }),
    shell({
      name: "fails for a link that leads nowhere in place of the work directory",
      before: "ln -s nowhere ../dangling-link",
      command: "pwd",
      args: { workdir: "dangling-link" },
    }),
    shell({
      name: "fails for a file in place of the work directory",
      before: "echo x > ../a-file",
      command: "pwd",
      args: { workdir: "a-file" },
    }),
    shell({
      name: "fails for a work directory below a file",
      before: "echo x > ../another-file",
      command: "pwd",
      args: { workdir: "another-file/below" },
    }),
    shell({ name: "fails for a number in place of the work directory", command: "pwd", args: { workdir: 5 } }),
    shell({ name: "fails for nothing in place of the work directory", command: "pwd", args: { workdir: null } }),
    shell({ name: "fails for a NUL in the work directory", command: "pwd", args: { workdir: "a\0b" } }),
  ],
};

const show = (...names: readonly string[]) => [
  "sh",
  "-c",
  names.map((name) => `echo "${name}=[\${${name}-none}]"`).join(";"),
];

export const shellEnvironments: CaseTable = {
  title: "shell: the environment",
  cases: [
    shell({ name: "gives the worker's environment and PWD", command: "env | grep -v ^_= | sort" }),
    shell({
      name: "adds, replaces and removes variables",
      command: show("ADDED", "LANG", "HOME"),
      args: { env: { ADDED: "yes", LANG: "C", HOME: null }, logEnviron: true },
    }),
    shell({
      name: "takes an empty environment for none",
      command: show("HOME", "LANG"),
      args: { env: {}, logEnviron: true },
    }),
    shell({
      name: "joins a list as a search path",
      command: show("LIST", "ONE", "NONE"),
      args: { env: { LIST: ["x", "", "y"], ONE: ["x"], NONE: [] } },
    }),
    shell({
      name: "puts the worker's variables into a value",
      command: show("A", "B"),
      args: { env: { A: `\${HOME}:\${LANG}`, B: [`\${HOME}`, `x\${LANG}y`] } },
    }),
    shell({
      name: "puts nothing in place of a variable that the worker has not",
      command: show("A", "B"),
      args: { env: { A: `<\${NO_SUCH}>`, B: `<\${}>` } },
    }),
    shell({
      name: "does not put in other variables of the step",
      command: show("A", "B"),
      args: { env: { A: "a", B: `<\${A}>` } },
    }),
    shell({
      name: "puts in the worker's value of a variable that the step removes",
      command: show("LANG", "B"),
      args: { env: { LANG: null, B: `<\${LANG}>` } },
    }),
    shell({
      name: "leaves a dollar sign without braces and unclosed braces as they are",
      command: show("A", "B", "C"),
      args: { env: { A: "$HOME", B: `\${HOME`, C: `\${HO ME} \${HOME-x} $\${LANG}` } },
    }),
    shell({
      name: "appends the worker's PYTHONPATH, which may be missing",
      command: show("PYTHONPATH"),
      args: { env: { PYTHONPATH: "/pp" } },
    }),
    shell({
      name: "appends the worker's PYTHONPATH to a list",
      command: show("PYTHONPATH"),
      args: { env: { PYTHONPATH: ["/a", "/b"] } },
    }),
    shell({ name: "removes PYTHONPATH", command: show("PYTHONPATH"), args: { env: { PYTHONPATH: null } } }),
    shell({
      name: "sets PWD whatever the step says",
      command: show("PWD"),
      args: { env: { PWD: "/elsewhere" }, logEnviron: true },
    }),
    shell({
      name: "shows a value of several lines",
      command: show("A"),
      args: { env: { A: "one\ntwo\n" }, logEnviron: true },
    }),
    shell({
      name: "shows values in other scripts",
      command: show("A"),
      args: { env: { A: "grün € 😀" }, logEnviron: true },
    }),
    shell({
      name: "sorts the variables by their names",
      command: ["true"],
      args: { env: { b: "1", B: "2", _A: "3", a: "4", "1": "5", ü: "6" }, logEnviron: true },
    }),
    shell({
      name: "takes names and values sent as bytes",
      command: show("A"),
      args: { env: python("{b'A': b'gr\\xc3\\xbcn'}") },
    }),
    shell({ name: "fails for a number as a value", command: show("A"), args: { env: { A: 5 } } }),
    shell({ name: "fails for a boolean as a value", command: show("A"), args: { env: { A: true } } }),
    shell({ name: "fails for a dictionary as a value", command: show("A"), args: { env: { A: { b: "c" } } } }),
    shell({ name: "fails for a number in a list of values", command: show("A"), args: { env: { A: ["x", 5] } } }),
    shell({ name: "fails for a NUL in a value", command: show("A"), args: { env: { A: "a\0b" } } }),
    shell({
      name: "takes an equals sign in a name",
      command: ["sh", "-c", "tr '\\0' '\\n' < /proc/$$/environ | grep A=B"],
      args: { env: { "A=B": "c" } },
    }),
    shell({ name: "fails for a list in place of the environment", command: show("A"), args: { env: ["A=1"] } }),
    shell({ name: "takes an empty value", command: show("A"), args: { env: { A: "" }, logEnviron: true } }),
  ],
};
