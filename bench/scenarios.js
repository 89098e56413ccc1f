// What is measured, in the order of the table.
import { downloadDistant, uploadDistant } from "./scenarios/distant-transfers.js";
import { fanOut, fanOutLines, fanOutLinesCold, fanOutWide } from "./scenarios/fan-out.js";
import { files } from "./scenarios/files.js";
import { floodLong } from "./scenarios/flood-long.js";
import { floodMixed } from "./scenarios/flood-mixed.js";
import { floodMultibyte } from "./scenarios/flood-multibyte.js";
import { floodPty } from "./scenarios/flood-pty.js";
import { floodMsgpack, floodNode, floodShort, floodShortCold } from "./scenarios/flood-short.js";
import { growth } from "./scenarios/growth.js";
import { idle } from "./scenarios/idle.js";
import { downloadLocal, uploadLocal } from "./scenarios/local-transfers.js";
import { mixes } from "./scenarios/mix.js";
import { firstOutput, outputAfterSilence } from "./scenarios/output-delay.js";
import { reconnects } from "./scenarios/reconnects.js";
import { sequential } from "./scenarios/sequential.js";
import { slowMaster } from "./scenarios/slow-master.js";
import { start } from "./scenarios/start.js";
import { uploadDirectory, uploadDirectoryCompressed, uploadDirectoryOfText } from "./scenarios/upload-directory.js";
import { usedForCommands, usedForFiles, usedForOutput } from "./scenarios/used.js";

/**
 * What must hold of a median: so many times less than the real worker's, at most so many times the limit's, or at most
 * so much.
 * @typedef {{ figure: string } & ({ timesBetter: number } | { mostOfLimit: number } | { most: number })} Goal
 */

/**
 * @typedef {object} Scenario
 * @property {string} name For `--only`.
 * @property {string} title What the worker does.
 * @property {string} [aim] What `limit` measures.
 * @property {string} [note] What one must know to read the figures.
 * @property {readonly Goal[]} [goals]
 * @property {string} [profile] Why a goal is missed, by the figures of a profile; shown while one is.
 * @property {boolean} [isFresh] Every run has a worker that has just started; else all runs share one.
 * @property {number} [warmUps] Runs that are not counted, of a worker that all runs share. Default: 1.
 * @property {readonly import("./workers.js").Kind[]} [kinds] Default: both.
 * @property {import("./workers.js").WorkerOptions} [worker]
 * @property {(worker: import("./workers.js").Worker) => unknown} [prepare] Once for each worker; not measured.
 * @property {(worker: import("./workers.js").Worker) => Promise<import("./figures.js").Figures>} run
 * @property {{ ms: number, figuresOf: (worker: import("./workers.js").Worker) => import("./figures.js").Figures }} [rest] What is measured of a fresh worker so long after its run.
 * @property {(place: { newPath: () => string }) => import("./figures.js").Figures | Promise<import("./figures.js").Figures>} [limit] The same on the bare machine.
 */

/** @type {readonly Scenario[]} */
export const scenarios = [
  start,
  idle,
  usedForCommands,
  usedForFiles,
  usedForOutput,
  ...mixes,
  firstOutput,
  outputAfterSilence,
  floodShortCold,
  floodShort,
  floodNode,
  floodLong,
  floodMultibyte,
  floodMixed,
  floodMsgpack,
  floodPty,
  slowMaster,
  sequential,
  fanOut,
  fanOutWide,
  fanOutLinesCold,
  fanOutLines,
  files,
  uploadLocal,
  downloadLocal,
  uploadDistant,
  downloadDistant,
  uploadDirectory,
  uploadDirectoryCompressed,
  uploadDirectoryOfText,
  reconnects,
  growth,
];
