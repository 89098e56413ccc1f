// The files that a build has uploaded.
import type { ArtifactView, BuildView } from "../../master-view.ts";
import { type Content, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { sizeText } from "../times.ts";

const FILES_SHOWN = 200;

export function artifactList({ builder, number }: BuildView, files: readonly ArtifactView[]): Content {
  if (files.length === 0) return false;
  const item = ({ path, bytes }: ArtifactView) =>
    markup`<li><a href="${paths.artifact(builder, number, path)}" download>${path}</a> <span class="when">${sizeText(bytes)}</span></li>`;
  const more = files.length - FILES_SHOWN;
  return markup`<section aria-labelledby="artifacts-title"><h2 id="artifacts-title">Artifacts</h2>
<ul class="files">${files.slice(0, FILES_SHOWN).map(item)}</ul>${more > 0 && markup`<p class="quiet-line">and ${more} more</p>`}</section>`;
}
