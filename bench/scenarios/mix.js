// What a builder does all day, in a few seconds: commands that print, transfers, and now and then a timeout.
import { costOf, shellArguments, taken } from "../commands.js";
import { download, prepareTransfers, upload } from "../transfers.js";

const COMMAND = ["seq", "1", "2200"];
const ROUNDS = 10;
const COMMANDS_A_ROUND = 8;
const BYTES = 2_000_000;

export const mixes = ["pb", "msgpack"].flatMap((protocol) => [mix(protocol, true), mix(protocol, false)]);

function mix(protocol, isFresh) {
  return {
    name: `mix-${protocol}${isFresh ? "-cold" : ""}`,
    title: `a mix of 101 commands${protocol === "pb" ? "" : ", MessagePack"}${isFresh ? ", by a fresh worker" : ""}`,
    ...(protocol === "pb" &&
      isFresh && {
        note: `${ROUNDS} times ${COMMANDS_A_ROUND} of \`${COMMAND.join(" ")}\`, an upload and a download of ${BYTES / 1e6} MB in blocks of 256 and 16 KiB, one after the
  other, and one command that is killed by its timeout of a second. That second is in both columns.`,
      }),
    profile: `Of the samples that \`perf\` took of the worker, 15 % are in the kernel, 6 % in compiled JavaScript, and 77 % in
  Node.js itself: mostly its interpreter, since V8 compiles nothing for the first 4 MiB of output or transfers, to save
  memory. Of the main thread's time, starting 81 children takes a quarter, the garbage collector 6 %, loading the program 7 %.`,
    worker: { protocol },
    isFresh,
    goals: [
      { figure: "wallMs", timesBetter: 2 },
      { figure: "cpuMs", timesBetter: 1.8 },
    ],
    prepare: (worker) => prepareTransfers(worker, BYTES),
    run: (worker) => taken(worker, () => work(worker), ROUNDS * COMMANDS_A_ROUND * costOf(COMMAND)),
  };
}

async function work(worker) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let n = 0; n < COMMANDS_A_ROUND; n += 1) await worker.run("shell", shellArguments(worker.directory, COMMAND));
    await upload(worker);
    await download(worker);
  }
  const hanging = { ...shellArguments(worker.directory, ["sleep", "60"]), timeout: 1 };
  const { rc } = await worker.attached.run("b1", "shell", hanging);
  if (rc === 0) throw new Error(`the timeout of the ${worker.kind} worker did not kill`);
}
