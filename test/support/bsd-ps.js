// A stand-in for the `ps` of FreeBSD: its options and columns, as far as Buildhand uses them, from a /proc that its first
// argument names. As there, a column's title extends to the end of its argument, the environment precedes the arguments,
// and what it does not know is an error.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [proc = "", ...args] = process.argv.slice(2);
const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync(join(proc, "stat"), "latin1"))?.[1]);
const TICKS_PER_SECOND = 100;

const columns = [];
let pids = [process.pid];
let withEnvironment = false;
for (let at = 0; at < args.length; at += 1) {
  const value = () => {
    at += 1;
    return args[at] ?? refuse(`option requires an argument -- ${args[at - 1]}`);
  };
  if (args[at] === "-o") columns.push(value());
  else if (args[at] === "-p") pids = [Number(value())];
  else for (const letter of args[at].slice(1)) take(letter);
}

function take(letter) {
  if (letter === "a" || letter === "x")
    pids = readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  else if (letter === "e") withEnvironment = true;
  else if (letter !== "w") refuse(`illegal option -- ${letter}`);
}

function refuse(reason) {
  console.error(`ps: ${reason}`);
  process.exit(1);
}

/** The strings of a file that ends each with a NUL, with blanks in between. */
function words(pid, file) {
  try {
    return readFileSync(join(proc, String(pid), file), "latin1")
      .split("\0")
      .filter(Boolean)
      .join(" ");
  } catch {
    return ""; // another user's, or gone
  }
}

const cells = {
  pid: ({ pid }) => String(pid).padStart(5),
  ppid: ({ fields }) => fields[1].padStart(5),
  pgid: ({ fields }) => fields[2].padStart(5),
  stat: ({ fields }) => `${fields[0]}s`.padEnd(4),
  lstart: ({ fields }) => dateText(new Date((bootSeconds + Number(fields[19]) / TICKS_PER_SECOND) * 1000)).padEnd(28),
  ucomm: ({ name }) => name.padEnd(16),
  command: ({ pid, name }) => {
    const environment = withEnvironment ? words(pid, "environ") : "";
    return [environment, words(pid, "cmdline") || `[${name}]`].filter(Boolean).join(" ");
  },
};

function dateText(date) {
  const [weekday, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return [weekday, month, day.replace(/^0/, " "), time, year].join(" ");
}

if (process.env.TZ !== "UTC" || process.env.LC_ALL !== "C") refuse("dates here are in English and UTC only");
const lines = pids.flatMap((pid) => {
  let stat;
  try {
    stat = readFileSync(join(proc, String(pid), "stat"), "latin1");
  } catch {
    return []; // no such process
  }
  const end = stat.lastIndexOf(")");
  const one = { pid, name: stat.slice(stat.indexOf("(") + 1, end), fields: stat.slice(end + 2).split(" ") };
  const cell = (column) => {
    const [name, title, ...more] = column.split("=");
    if (title !== "" || more.length > 0 || !(name in cells)) refuse(`${column}: keyword not found`);
    return cells[name](one);
  };
  return columns.map(cell).join(" ").trimEnd();
});
if (lines.length > 0) console.log(lines.join("\n"));
else process.exitCode = 1;
