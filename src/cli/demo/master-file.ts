// The master.yaml of the demo.

export interface DemoMaster {
  readonly webPort: number;
  readonly workerPassword: string;
  readonly adminPassword: string;
  /** Absolute path of the git repository to build. */
  readonly repository: string;
}

export const DEMO_BUILDER = "greetings";
export const DEMO_WORKER = "demo-worker";
/** Relative to the master's `uploads`. */
export const DEMO_UPLOAD = "greetings";

/** The text must not need escaping in YAML, except for the repository. */
export function demoMasterFile({ webPort, workerPassword, adminPassword, repository }: DemoMaster): string {
  return `title: Buildhand's demo
web: {host: 127.0.0.1, port: ${webPort}, adminPassword: "${adminPassword}"}
listeners: [{protocol: pb, port: 0}]
workers: [{name: ${DEMO_WORKER}, password: "${workerPassword}"}]
builders:
  - name: ${DEMO_BUILDER}
    description: clones, configures, builds and tests a small project
    workers: [${DEMO_WORKER}]
    steps:
      - rmdir: build
      - shell: {name: clone, command: [git, clone, --quiet, ${JSON.stringify(repository)}, .]}
      - shell: {name: configure, command: [sh, configure]}
      - shell: {name: build, command: [node, build.js]}
      - shell: {name: test, command: [node, test.js]}
      - upload: {from: dist, to: ${DEMO_UPLOAD}, directory: true}
schedulers: [force: {builders: [${DEMO_BUILDER}]}]
retention: {minFreeSpace: 0, minFreePercent: 0}
`;
}
