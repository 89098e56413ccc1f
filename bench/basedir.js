// Base directories that both workers can be started on. Knows no process.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of every worker. */
export const PASSWORD = "sekret";

/** What `protocol` is called in a buildbot.tac. */
const PROTOCOL_NAMES = { pb: "pb", msgpack: "msgpack_experimental_v7" };

/** @param {string} path that does not exist @param {{ port: number, protocol: "pb" | "msgpack" }} options */
export function makeBasedir(path, { port, protocol }) {
  mkdirSync(path);
  // A short delay between attempts, so that reconnecting shows what it costs and not how polite it is.
  writeFileSync(
    join(path, "buildbot.tac"),
    `import os
from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.logfile import LogFile
from twisted.python.log import ILogObserver, FileLogObserver

basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildbot-worker')
logfile = LogFile.fromFullPath(os.path.join(basedir, "twistd.log"), rotateLength=10000000, maxRotatedFiles=10)
application.setComponent(ILogObserver, FileLogObserver(logfile).emit)
s = Worker('127.0.0.1', ${port}, 'w1', '${PASSWORD}', basedir, 600, umask=None, maxdelay=0.05, numcpus=None,
           allow_shutdown=None, maxRetries=None, useTls=0, delete_leftover_dirs=0,
           protocol='${PROTOCOL_NAMES[protocol]}')
s.setServiceParent(application)
`,
    { mode: 0o600 },
  );
}
