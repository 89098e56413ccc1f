// How the arguments of remote commands over MessagePack differ from those over PB (docs/protocol/buildbot-msgpack.md §4), as a
// table for both sides. Pure.

export interface CommandForm {
  /** The name on the wire, where the key of the table is PB's, and that of our registry; the key when left out. */
  readonly name?: string;
  /** How masters know it in messages about missing arguments. */
  readonly className?: string;
  readonly required?: readonly string[];
  /** PB's names of arguments, which are ours, by those on the wire. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Masters leave arguments of PB's form in; these would be taken for something. */
  readonly ignored?: readonly string[];
  /** The master's file, of which the wire has no reference. */
  readonly handle?: "writer" | "reader";
}

const upload: CommandForm = { name: "upload_file", handle: "writer" };
const uploadDirectory: CommandForm = { name: "upload_directory", handle: "writer" };
const download: CommandForm = { name: "download_file", handle: "reader" };

/** By names of PB and of the wire. */
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
