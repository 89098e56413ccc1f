// The master.yaml that a new master begins with: small, commented, and valid as it is.

export interface Sample {
  /** Absolute path of the JSON Schema, for editors. */
  readonly schemaPath: string;
  readonly workerPassword: string;
  readonly adminPassword: string;
}

/** Passwords must need no escapes in YAML. */
export function sampleMasterFile({ schemaPath, workerPassword, adminPassword }: Sample): string {
  return `# yaml-language-server: $schema=${schemaPath}
#
# What this master is set up to do. It is read when the master starts; \`buildhand master check\` says what is wrong with it.
# All keys: docs/master-yaml.md of Buildhand.

title: My builds

# The status page. Whoever knows the password may force, stop and rebuild; whoever reaches the page may look.
web:
  host: 127.0.0.1
  port: 8010
  adminPassword: "${adminPassword}"

# Where workers connect. 127.0.0.1 is this machine alone; 0.0.0.0 lets others in, and then use TLS.
listeners:
  - protocol: pb
    host: 127.0.0.1
    port: 9989
#  - protocol: msgpack
#    port: 9990
#    tls:
#      certificate: server.pem
#      privateKey: server.key

# Who may connect. A worker is made by: buildhand create-worker DIR localhost:9989 NAME PASSWORD
workers:
  - name: example-worker
    password: "${workerPassword}"
#    passwordFile: secrets/example-worker   # instead of password
#    maxBuilds: 1

builders:
  - name: example
    description: what a build looks like
    workers: [example-worker]
    env:
      LANG: C.UTF-8
    steps:
      # Text is for the shell. A failure ends the build, unless haltOnFailure is false.
      - shell: echo "hello from $(hostname)" >greeting.txt
      # A list is a program and its words.
      - shell:
          name: test
          command: [grep, -q, hello, greeting.txt]
          timeout: 5m
#          env: {VERBOSE: "1"}
#          usePTY: true
#          logfiles: {details: details.log}
#          decodeRC: {2: WARNINGS}
      # From the worker to uploads/ beside this file.
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

# What is kept of finished builds.
retention:
  buildsPerBuilder: 200
  days: 90
  logLimit: 100MB
#  buildLogLimit: 1GiB
#  minFreeSpace: 512MiB
#  minFreePercent: 2
`;
}
