// Troubles with the connection to the master, from the name lookup to the login.
import { rowsOf } from "./checklist.ts";

export const connectionToMaster = {
  ...rowsOf("host", {
    "name-unknown": {
      title: "the name of the master's host cannot be resolved",
      meaning: "The name servers and `/etc/hosts` have no address for it. With a proxy, it is the name of the proxy.",
      cure: "Check the spelling in `buildbot.tac`. If it is correct, run `getent hosts NAME` on this host, and fix its name resolution or add the name.",
    },
    "name-servers-silent": {
      title: "the name servers do not answer",
      meaning: "The name of the master's host cannot be looked up. The worker keeps trying.",
      cure: "Check the name servers in `/etc/resolv.conf` and the network of this host.",
    },
    "port-closed": {
      title: "nothing listens at the master's port",
      meaning:
        "The host refuses the connection: the master is not running, uses another port, or listens on another address.",
      cure: "Compare the port in `buildbot.tac` with `protocols` in the master's configuration, and check that the master is running.",
    },
    "host-silent": {
      title: "the master's host does not answer",
      meaning:
        "Packets to the host and port are lost: a firewall drops them, the host is down, or the address is outdated.",
      cure: "Check host and port, and allow the connection in the firewalls between the two hosts.",
    },
    "host-unreachable": {
      title: "the master's host is unreachable",
      meaning: "This host or a router has no route to that address.",
      cure: "Check the network of this host: its addresses, its routes, its VPN.",
    },
    "connect-failed": {
      title: "the connection to the master failed",
      meaning: "The message names the stage and the reason.",
      cure: "Follow the reason. Check host and port in `buildbot.tac`, and that the master is running.",
    },
    "proxy-auth": {
      title: "the proxy requires a user and a password, or does not accept them",
      meaning: "It answered 407 to the request for a tunnel.",
      cure: "Set `user=` and `password=` in `proxy_connection_string`, or in the proxy's URL in the environment. Only Basic authentication is supported.",
    },
    "proxy-forbids": {
      title: "the proxy does not allow a tunnel to the master",
      meaning: "Proxies often allow tunnels only to port 443.",
      cure: "Ask the proxy's administrator to allow CONNECT to the master's host and port, or let the master listen on an allowed port.",
    },
    "proxy-cannot-reach": {
      title: "the proxy cannot reach the master",
      meaning:
        "The proxy works, but could not connect to the master's host and port. It resolves the name with its own name servers.",
      cure: "Check host and port, and that the master can be reached from the proxy's host.",
    },
    "proxy-failed": {
      title: "the proxy does not open a tunnel",
      meaning: "The server there may not be an HTTP proxy, or the proxy may have failed.",
      cure: "Check host and port in `proxy_connection_string`, and that it is an HTTP proxy that supports CONNECT.",
    },
    "relay-failed": {
      title: "the relay does not answer",
      meaning: "Something accepts the connection at the address of `relay`, but does not speak as a relay does.",
      cure: "Compare `relay` in `buildbot.tac` with `listen` in the relay's `relay.conf`, and run `buildhand relay status DIR` beside the master. A relay listens with TLS if its key file says so: copy that file again after a change.",
    },
    "relay-refused": {
      title: "the relay refuses the worker",
      meaning:
        "The message has its reason: another key, too many sessions, or a master that the relay cannot reach. A connection that was lost before cannot be resumed, and the worker opens a new one.",
      cure: "For another key, copy the relay's `worker.key` to this host again. If the relay cannot reach its master, check `master` in `relay.conf` and that the master is running.",
    },
    "relay-file": {
      title: "a file of the relay cannot be used",
      meaning:
        "The key of a relay, or its `relay.conf`, cannot be read or is not what `buildhand relay create` writes.",
      cure: "Correct the path or the permissions, or copy the file again from the directory of the relay.",
    },
    "tls-expired": {
      title: "a certificate has expired",
      meaning:
        "The certificate of the master, of the proxy or of one of their authorities has expired. Workers that verify it cannot connect.",
      cure: "Renew it on the master's host. If its expiry date is in the future, correct the clock of this host.",
    },
    "clock-or-certificate": {
      title: "a certificate is not valid yet",
      meaning:
        "Its start date is in the future by the clock of this host. One of the two clocks is wrong, or the certificate was installed too early.",
      cure: "Compare `date -u` on both hosts and synchronize their clocks with NTP. If they agree, wait, or get a new certificate.",
    },
    "tls-untrusted": {
      title: "the certificate is not signed by a trusted authority",
      meaning:
        "Its authority is not one of the system's or, if configured, of the settings; or the server does not send the intermediate certificates.",
      cure: "Set `tls_ca_file` to a file with the authority's certificate, or `trustRoots=DIRECTORY` in the endpoint string, or add it to the system's authorities. If only an intermediate certificate is missing, let the master send it.",
    },
    "tls-wrong-name": {
      title: "the certificate is for another host",
      meaning: "The host name in the settings is not one of the names in its subjectAltName.",
      cure: "Use a name from the certificate, or get a certificate for this name. `tls:NAME:PORT:endpoint=tcp\\:HOST\\:PORT` verifies one name and connects to another.",
    },
    "tls-wrong-pin": {
      title: "the certificate is not the pinned one",
      meaning: "Its SHA-256 differs from `tls_pin`: it was renewed, or the connection is being intercepted.",
      cure: "Ask the master's administrator for the fingerprint of the current certificate, and set `tls_pin` to it.",
    },
    "tls-own-certificate": {
      title: "the master does not accept this worker's certificate, or requires one",
      meaning: "It verifies certificates of workers.",
      cure: "Set `certificate=` and `privateKey=` in the endpoint string (`certKey=` with `ssl:`) to a certificate that is signed by an authority the master trusts.",
    },
    "tls-not-spoken": {
      title: "the worker uses TLS, and the master's port does not",
      meaning:
        "`use_tls`, or `tls:` in the connection string, is set for a port without TLS. The message shows what the server sent.",
      cure: "Remove `use_tls`, or use the TLS port of the master or of the proxy in front of it.",
    },
    "tls-needed": {
      title: "the master's port uses TLS, and the worker does not",
      meaning:
        "A TLS server waits for the client to send first, and a worker without TLS waits for the master's greeting.",
      cure: "Set `use_tls = 1` in `buildbot.tac` (`--use-tls`), or use `tls:` in the connection string.",
    },
    "tls-failed": {
      title: "the TLS connection failed",
      meaning: "The message gives the reason.",
      cure: "Follow the reason. `openssl s_client -connect HOST:PORT` shows the same handshake.",
    },
    "http-server": {
      title: "a web server listens at the master's port",
      meaning:
        "It is the port of the master's web pages or of another web server. Workers need the master's worker port.",
      cure: "Use the worker port from `protocols` in the master's configuration, usually 9989. The port of the web pages is often 8010.",
    },
    "not-a-master": {
      title: "the server at the master's port is not a Buildbot master",
      meaning: "It does not send a master's greeting. The message shows what it sent.",
      cure: "Compare host and port with `protocols` in the master's configuration.",
    },
    "master-silent": {
      title: "the server at the master's port sends nothing",
      meaning:
        "A master sends a greeting at once. The master is restarting or stuck, a load balancer or port forwarding answers for it, or it is another server.",
      cure: "Check that the master is running, and its log; then check host and port.",
    },
    "wrong-protocol": {
      title: "the port belongs to the master's other protocol",
      meaning: "A master has different ports for PB and MessagePack.",
      cure: "Use the port for the `protocol` in `buildbot.tac`, or set `protocol` to that of the port.",
    },
    "websocket-refused": {
      title: "the master's port does not accept a WebSocket",
      meaning: "MessagePack needs a WebSocket, and the server refused the worker's request for one.",
      cure: "Check that the port is the master's MessagePack port, and that proxies in front of the master support WebSockets.",
    },
  }),
  ...rowsOf("credentials", {
    "login-refused": {
      title: "the master does not accept the worker's name and password",
      meaning: "It has no worker with that name, or another password for it. It does not report which.",
      cure: "Compare `workername` and `passwd` in `buildbot.tac` with the master's `c['workers']`. After a change there, the master must be reconfigured.",
    },
    "name-in-use": {
      title: "another worker is connected under this name",
      meaning: "The other worker answered the master's ping: two workers have the same name and password.",
      cure: "Stop the other worker, or give this one its own name on the master. After a network failure, wait a minute: the master may not have noticed that the last connection is gone.",
    },
    "login-failed": {
      title: "the master refuses the login for a reason of its own",
      meaning: "The message has the master's error. The master also refuses a latent worker that it has not started.",
      cure: "See the master's log at this time.",
    },
    "not-attached": {
      title: "the master accepts the login, but the worker does not become ready",
      meaning:
        "The master may still hold an older connection of this worker, or the worker cannot create the builders' directories. The message says which.",
      cure: "See the master's log. If the message names a directory, fix its permissions.",
    },
  }),
};
