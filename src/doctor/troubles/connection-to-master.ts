// Troubles between a worker's host and its master, from the name of the host to the master's first words.
import { rowsOf } from "./checklist.ts";

export const connectionToMaster = {
  ...rowsOf("host", {
    "name-unknown": {
      title: "the name of the master's host is not known",
      meaning:
        "The name servers, and `/etc/hosts`, have no address for it. If there is a proxy, it is the proxy's name.",
      cure: "Check the spelling in `buildbot.tac`. If it is right, ask `getent hosts NAME` on this host, and mend its name service or add the name.",
    },
    "name-servers-silent": {
      title: "the name servers do not answer",
      meaning: "Nobody says whether the name of the master's host exists. The worker goes on asking.",
      cure: "Look at the name servers in `/etc/resolv.conf` and at the network of this host.",
    },
    "port-closed": {
      title: "nothing listens at the master's port",
      meaning:
        "The host is there and refuses the connection: the master does not run, has another port, or listens on another of its addresses.",
      cure: "Check the port in `buildbot.tac` against `protocols` in the master's configuration, and that the master runs.",
    },
    "host-silent": {
      title: "the master's host does not answer",
      meaning:
        "Packets to host and port are lost: a firewall drops them, the host is down, or the address is an old one.",
      cure: "Check host and port, and have the firewalls on the way let this host connect to that port.",
    },
    "host-unreachable": {
      title: "there is no way to the master's host",
      meaning: "This host, or a router, knows no route to that address.",
      cure: "Look at the network of this host: its addresses, its routes, the VPN that it needs.",
    },
    "connect-failed": {
      title: "no connection to the master could be made",
      meaning: "The sentence names the stage and the reason.",
      cure: "Follow the reason; then check host and port in `buildbot.tac`, and that the master runs.",
    },
    "proxy-auth": {
      title: "the proxy wants a user and a password, or does not accept them",
      meaning: "It answered 407 to the request for a tunnel.",
      cure: "Set `user=` and `password=` in `proxy_connection_string`, or in the proxy's URL in the environment. Only Basic authentication is spoken.",
    },
    "proxy-forbids": {
      title: "the proxy does not allow a tunnel to the master",
      meaning: "Proxies often allow tunnels to port 443 alone.",
      cure: "Have the proxy's administrator allow CONNECT to the master's host and port, or have the master listen on a port that is allowed.",
    },
    "proxy-cannot-reach": {
      title: "the proxy cannot reach the master",
      meaning:
        "The proxy works, and got no connection to the master's host and port itself. It looks the name up by its own name servers.",
      cure: "Check host and port, and from the proxy's host that the master can be reached.",
    },
    "proxy-failed": {
      title: "the proxy makes no tunnel",
      meaning: "What listens there may be no HTTP proxy, or one that fails.",
      cure: "Check host and port in `proxy_connection_string`, and that it is an HTTP proxy that takes CONNECT.",
    },
    "tls-expired": {
      title: "a certificate has expired",
      meaning:
        "The certificate of the master, of the proxy or of one of their authorities is over. No worker that verifies it connects.",
      cure: "Renew it on the master's host. If its date is still to come, the clock of this host is wrong: set it.",
    },
    "clock-or-certificate": {
      title: "a certificate is not valid yet",
      meaning:
        "By the clock of this host it begins later. One of the two clocks is wrong, or the certificate was installed too early.",
      cure: "Compare `date -u` on both hosts and keep their clocks set by NTP. If they agree, wait, or have the certificate made anew.",
    },
    "tls-untrusted": {
      title: "the certificate is signed by nobody who is trusted here",
      meaning:
        "Its authority is not among those of the system, or not among those that the settings name; or the server does not send the certificates in between.",
      cure: "Have the authority's certificate in a file and set `tls_ca_file`, or `trustRoots=DIRECTORY` in the endpoint string, or add it to the system's. If only one in between is missing, have the master send it.",
    },
    "tls-wrong-name": {
      title: "the certificate is for another host",
      meaning: "None of the names in its subjectAltName is the one that the worker was told to connect to.",
      cure: "Use a name that the certificate has, or have one made for this name. `tls:NAME:PORT:endpoint=tcp\\:HOST\\:PORT` verifies one name and connects to another.",
    },
    "tls-wrong-pin": {
      title: "the certificate is not the pinned one",
      meaning: "Its SHA-256 differs from `tls_pin`: it was renewed, or somebody stands in between.",
      cure: "Ask the master's administrator for the fingerprint of the present certificate, and set `tls_pin` to it.",
    },
    "tls-own-certificate": {
      title: "the master does not accept this worker's certificate, or wants one",
      meaning: "It asks workers for certificates.",
      cure: "Set `certificate=` and `privateKey=` in the endpoint string (`certKey=` with `ssl:`), with one that is signed by an authority the master trusts.",
    },
    "tls-not-spoken": {
      title: "the worker speaks TLS, and the master's port does not",
      meaning:
        "`use_tls`, or `tls:` in the connection string, is set for a port without TLS. The sentence shows what it said.",
      cure: "Take `use_tls` away, or use the port on which the master, or what stands before it, speaks TLS.",
    },
    "tls-needed": {
      title: "the master's port speaks TLS, and the worker does not",
      meaning: "A server of TLS waits for the client's first words, as a worker without TLS waits for the master's.",
      cure: "Set `use_tls = 1` in `buildbot.tac` (`--use-tls`), or use `tls:` in the connection string.",
    },
    "tls-failed": {
      title: "no TLS connection could be made",
      meaning: "The sentence says at what it failed.",
      cure: "Follow the reason. `openssl s_client -connect HOST:PORT` shows the same conversation.",
    },
    "http-server": {
      title: "a web server listens at the master's port",
      meaning: "It is the port of the master's web page, or another web server's; workers have a port of their own.",
      cure: "Use the port that `protocols` in the master's configuration has for workers, 9989 as a rule; the web page's is often 8010.",
    },
    "not-a-master": {
      title: "what listens at the master's port is no Buildbot master",
      meaning: "It says something else than a master does; the sentence shows it.",
      cure: "Check host and port against `protocols` in the master's configuration.",
    },
    "master-silent": {
      title: "what listens at the master's port says nothing",
      meaning:
        "A master greets at once. It is restarting or stuck, a balancer or a port forwarding stands in for it, or it is something else.",
      cure: "Look whether the master runs and what its log says; then check host and port.",
    },
    "wrong-protocol": {
      title: "the port is that of the master's other protocol",
      meaning: "A master has a port for PB and another one for MessagePack.",
      cure: "Use the port that belongs to `protocol` in `buildbot.tac`, or set `protocol` as the port has it.",
    },
    "websocket-refused": {
      title: "the master's port takes no WebSocket",
      meaning: "With MessagePack the worker asks for one; the answer was another.",
      cure: "Check that the port is the master's for MessagePack, and that what stands before the master passes WebSockets on.",
    },
  }),
  ...rowsOf("credentials", {
    "login-refused": {
      title: "the master does not take the worker's name and password",
      meaning: "It has no worker of that name, or another password for it; it does not say which.",
      cure: "Compare `workername` and `passwd` in `buildbot.tac` with the master's `c['workers']`. After a change there, the master must be reconfigured.",
    },
    "name-in-use": {
      title: "another worker is connected under this name",
      meaning:
        "The master asked that one whether it is there, and it answered: two workers have the same name and password.",
      cure: "End the other worker, or give this one a name of its own on the master. After a crash of the network, wait a minute: the master may not have noticed that the last connection is gone.",
    },
    "login-failed": {
      title: "the master refuses the login for a reason of its own",
      meaning: "The sentence has its words. A latent worker that the master has not started is refused as well.",
      cure: "Look into the master's log at this time.",
    },
    "not-attached": {
      title: "the master lets the worker in and names no builders",
      meaning:
        "It may hold an older connection of this worker, or this host cannot make the builders' directories; the sentence says which.",
      cure: "Look into the master's log. If the sentence names a directory, mend that.",
    },
  }),
};
