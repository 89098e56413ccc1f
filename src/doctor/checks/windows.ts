// Checks on Windows, in place of those of accounts, limits and permissions of POSIX. Loaded only there.
import { userInfo } from "node:os";
import { errorText } from "../../base/errors.ts";
import { loadWindowsKernel } from "../../process/windows/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const account = statementsOf("account");
const build = statementsOf("build");
const credentials = statementsOf("credentials");

export async function checkWindows({ basedir }: Subject): Promise<readonly Remark[]> {
  const rights = `the files of ${basedir} have the rights that it inherits`;
  return [
    account.fine(`runs as ${userInfo().username}`),
    jobs(),
    credentials.note(`${rights}: who may read it can read the password (\`icacls ${basedir}\` shows who)`),
  ];
}

function jobs(): Remark {
  try {
    const { ansi, oem } = loadWindowsKernel().codePages;
    return build.fine(`each command gets a job, and ends with the worker; code pages: mbcs is ${ansi}, oem is ${oem}`);
  } catch (error) {
    return build.note(`commands may outlive a worker that is killed: ${errorText(error).split("\n", 1)[0]}`);
  }
}
