// The scripts that `buildhand completion` prints, made of the tables of the command line. scripts/build.js writes them.
import { bashScript } from "./bash.js";
import { fishScript } from "./fish.js";
import { completionPlaces } from "./places.js";
import { zshScript } from "./zsh.js";

/** The text of each script by the name of its file. */
export function completionScripts(tables) {
  const places = completionPlaces(tables);
  return new Map([
    ["buildhand.bash", bashScript(places)],
    ["buildhand.zsh", zshScript(places)],
    ["buildhand.fish", fishScript(places)],
  ]);
}
