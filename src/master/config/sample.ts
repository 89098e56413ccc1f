// The master.yaml of a new master: small, commented and valid.

export interface Sample {
  /** Absolute path of the JSON Schema, for editors. */
  readonly schemaPath: string;
  readonly workerPassword: string;
  readonly adminPassword: string;
}

/** Passwords must not need escaping in YAML. */
export function sampleMasterFile({ schemaPath, workerPassword, adminPassword }: Sample): string {
  return `# yaml-language-server: $schema=${schemaPath}
#
# Configuration of this master, read when it starts and by \`buildhand master reload\`. \`buildhand master check\` checks it.
# All keys are described in Buildhand's docs/reference/master-yaml.md.

title: My builds

# The status page. Viewing needs no password; forcing, stopping and rebuilding builds does.
web:
  host: 127.0.0.1
  port: 8010
  adminPassword: "${adminPassword}"

# Where workers connect. 127.0.0.1 accepts only this machine; with 0.0.0.0 other machines can connect, so use TLS.
listeners:
  - protocol: pb
    host: 127.0.0.1
    port: 9989
#  - protocol: msgpack
#    port: 9990
#    tls:
#      certificate: server.pem
#      privateKey: server.key

# Workers that may connect. Create one with: buildhand create-worker DIR localhost:9989 NAME PASSWORD
workers:
  - name: example-worker
    password: "${workerPassword}"
#    passwordFile: secrets/example-worker   # instead of password
#    maxBuilds: 1

builders:
  - name: example
    description: an example build
    workers: [example-worker]
    env:
      LANG: C.UTF-8
    steps:
      # Text is run by the shell. A failure ends the build, unless haltOnFailure is false.
      - shell: echo "hello from $(hostname)" >greeting.txt
      # A list is a program and its arguments.
      - shell:
          name: test
          command: [grep, -q, hello, greeting.txt]
          timeout: 5m
#          env: {VERBOSE: "1"}
#          usePTY: true
#          logfiles: {details: details.log}
#          decodeRC: {2: WARNINGS}
      # Copies a file from the worker to uploads/ next to this file.
      - upload: {from: greeting.txt, to: greeting.txt}
#      - upload: {from: dist, to: dist, directory: true}
#      - download: {from: tools/settings.json, to: settings.json, mode: "0644"}
      - rmfile:
          path: build/greeting.txt
          name: clean
          alwaysRun: true
#      - mkdir: out
#      - rmdir: out
#      - cpdir: {from: build, to: copy}

schedulers:
  - force: {builders: [example]}
#  - periodic: {builders: [example], every: 6h}

# How many finished builds are kept, and for how long.
retention:
  buildsPerBuilder: 200
  days: 90
  logLimit: 100MB
#  buildLogLimit: 1GiB
#  minFreeSpace: 512MiB
#  minFreePercent: 2
`;
}
