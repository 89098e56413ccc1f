// How the arguments of remote commands over MessagePack differ from those over PB (buildbot-msgpack.md
// §4). Pure.

export interface CommandForm {
  /** The name in PB and in our registry, if it differs from the key of the table. */
  readonly name?: string;
  /** Its name in messages about missing arguments, which masters know. */
  readonly className?: string;
  readonly required?: readonly string[];
  /** Names of arguments in PB, which we use, by their names on the wire. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Arguments of the PB form that masters still send and that would be misunderstood. */
  readonly ignored?: readonly string[];
  /** The kind of the master's file; over MessagePack there is no reference to it. */
  readonly handle?: "writer" | "reader";
}

const upload: CommandForm = { name: "upload_file", handle: "writer" };
const uploadDirectory: CommandForm = { name: "upload_directory", handle: "writer" };
const download: CommandForm = { name: "download_file", handle: "reader" };

/** By the names of both protocols. */
export const commandForms: ReadonlyMap<string, CommandForm> = new Map<string, CommandForm>([
  ["shell", { className: "WorkerShellCommand", required: ["workdir", "command"] }],
  ["mkdir", { className: "MakeDirectory", required: ["paths"] }],
  ["rmdir", { className: "RemoveDirectory", required: ["paths"], renamed: { paths: "dir" } }],
  [
    "cpdir",
    {
      className: "CopyDirectory",
      required: ["to_path", "from_path"],
      renamed: { from_path: "fromdir", to_path: "todir" },
    },
  ],
  ["stat", { renamed: { path: "file" }, ignored: ["workdir"] }],
  ["listdir", { renamed: { path: "dir" } }],
  ["glob", { className: "GlobPath", required: ["path"] }],
  ["rmfile", { className: "RemoveFile", required: ["path"] }],
  ["upload_file", upload],
  ["uploadFile", upload],
  ["upload_directory", uploadDirectory],
  ["uploadDirectory", uploadDirectory],
  ["download_file", download],
  ["downloadFile", download],
]);
