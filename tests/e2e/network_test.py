"""The script's network: what it reaches, what it does not, and what is said about it. No packet leaves this host but to the
package mirror."""
import base64
import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import harness
import network_servers as servers


class Network(harness.Machine):
    @classmethod
    def setUpClass(cls):
        cls.base = f"tar:{harness.busybox_root()}"

    def run_script(self, script, *options, status=0, **more):
        """Runs a script; returns its output, the messages and the connections of the metadata."""
        metadata = self.directory / "metadata.json"
        done = self.rootlayer("run", "--from", self.base, "--metadata-file", metadata, "--output",
                              self.directory / "layer.tar", *options, script=script, status=status, **more)
        found = json.loads(metadata.read_text())
        return done.stderr, found.get("network", {}).get("connections", [])

    @staticmethod
    def to(port, name="server.test", address="127.0.0.1"):
        """The options that let a script reach a server of a test."""
        return ("--allow", f"{name}:{port}", "--add-host", f"{name}:{address}", "--permit", address)


    def script(self, text):
        path = self.directory / "script"
        path.write_text(text)
        return path

    def helpers(self):
        return [line.split(":")[0] for line in self.processes() if line.split()[1].startswith("/proc/self/fd/")]

    @staticmethod
    def peak_memory(pid):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


class WithoutNetwork(Network):
    def test_a_script_without_a_network_is_told_what_it_wanted_to_reach(self):
        said, connections = self.run_script(r"""
            wget -q -O- http://one.example.org/ && echo WRONG
            nc -w 5 203.0.113.9 443 </dev/null && echo WRONG
            nc -w 5 2001:db8::1 80 </dev/null && echo WRONG
            ping -c 1 203.0.113.9 && echo WRONG
            exit 4""", status=4)
        self.assertNotIn("WRONG", said)
        self.assertIn("bad address", said)
        self.assertIn("Connection refused", said)
        self.assertIn("Network is unreachable", said)
        for host, option in (("one.example.org", "--allow one.example.org"), ("203.0.113.9:443", "--permit 203.0.113.9:443")):
            self.assertEqual(said.count(f"the script has no network, and wanted to reach {host}; to allow it: {option}\n"), 1, said)
        self.assertRegex(said, r"try: --allow one.example.org .*, to let the script reach what it was refused\n")
        self.assertEqual({(each["host"], each["outcome"]) for each in connections},
                         {(host, "not-allowed") for host in ("one.example.org", "203.0.113.9", "2001:db8::1")})

    def test_its_own_names_and_servers_work(self):
        """and nothing about them is in the layer: /etc/hosts and /etc/resolv.conf are the script's own, if it makes them"""
        said, _ = self.run_script(r"""
            set -e
            for name in localhost rootlayer any.localhost; do nslookup $name | grep -q 'Address.*: *127' || { echo BAD $name; exit 1; }; done
            (echo from the server | nc -l -p 5000) & sleep 0.3
            nc 127.0.0.1 5000 | grep 'from the server'; wait
            (echo by name | nc -l -p 5001) & sleep 0.3
            nc rootlayer 5001 | grep 'by name'; wait
            ln -s ../run/nowhere /etc/resolv.conf; nslookup localhost | grep -q 127; rm /etc/resolv.conf
            echo 'nameserver 8.8.8.8' > /etc/resolv.conf; nslookup localhost | grep -q 127
            mv /etc/resolv.conf /etc/mine; ln -sf mine /etc/resolv.conf; rm /etc/resolv.conf /etc/mine
            echo 127.0.0.1 mine > /etc/hosts; mv /etc/hosts /etc/h; mv /etc/h /etc/hosts""")
        self.assertIn("from the server", said)
        self.assertIn("by name", said)
        self.assertNotIn("wanted to reach", said)
        self.assertEqual(sorted(harness.members(self.directory / "layer.tar")), ["etc", "etc/hosts"])
        self.assertEqual(harness.content(self.directory / "layer.tar", "etc/hosts"), b"127.0.0.1 mine\n")


class Allowed(Network):
    def test_a_script_reaches_the_names_and_ports_that_are_allowed_and_no_others(self):
        body = os.urandom(300_000)
        with servers.http({"/file": body}) as web, servers.http({"/": b"other"}) as other:
            script = f"""
                set -e
                wget -q -O /fetched http://server.test:{web.port}/file
                wget -q -O- http://server.test:{other.port}/ && exit 1
                wget -q -O- http://other.test:{web.port}/ && exit 1
                wget -q -O- http://127.0.0.1:{web.port}/ && exit 1
                wget -q -O- http://127.0.0.2:{web.port}/ && exit 1
                true"""
            log = self.directory / "network.log"
            said, connections = self.run_script(script, *self.to(web.port), "--network-log", log)
            first = (self.directory / "layer.tar").read_bytes()
            self.run_script(script, *self.to(web.port))
        self.assertEqual(harness.content(self.directory / "layer.tar", "fetched"), body)
        with self.subTest("the same bytes were fetched, so the layer is the same"):
            self.assertEqual(hashlib.sha256((self.directory / "layer.tar").read_bytes()).digest(),
                             hashlib.sha256(first).digest())
        with self.subTest("each connection is in the metadata and in the log"):
            fetched = [each for each in connections if each["outcome"] == "done"]
            self.assertEqual([(each["host"], each["port"], each["address"]) for each in fetched],
                             [("server.test", web.port, "127.0.0.1")])
            self.assertGreater(fetched[0]["received"], len(body))
            self.assertEqual([json.loads(line)["outcome"] for line in log.read_text().splitlines()],
                             [each["outcome"] for each in connections])
        with self.subTest("what was refused is named once, with the option"):
            self.assertEqual(said.count("to allow it: --allow other.test\n"), 1, said)
            self.assertEqual(said.count(f"to allow it: --allow server.test:{other.port}\n"), 1, said)
        self.assertEqual(other.connections, 0)

    def test_addresses_of_this_host_and_of_its_network_are_refused(self):
        """by number, and behind a name that is allowed"""
        own = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        with servers.http({"/": b"secret"}) as web:
            refused = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
                       "::1", "fe80::1", "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::1", "::7f00:1"]
            names = [f"name{number}.test" for number in range(len(refused))]
            options = [option for name, address in zip(names, refused)
                       for option in ("--allow", name, "--add-host", f"{name}:{address}")]
            script = "".join(f"wget -q -O- http://{name}:{web.port}/ && echo WRONG\n" for name in names) + "true"
            said, connections = self.run_script(script, *options)
            self.assertEqual({(each["host"], each["outcome"]) for each in connections},
                             {(name, "not-public") for name in names}, said)
            numbers = "".join(f"nc -w 5 {address} {web.port} </dev/null && echo WRONG\n"
                              for address in (*refused[1:6], *own, "198.18.0.77")) + "true"
            said, connections = self.run_script(numbers, "--network", "public")
            self.assertNotIn("WRONG", said)
            self.assertLessEqual({each["outcome"] for each in connections}, {"not-public", "own-address"})
            self.assertEqual(web.connections, 0)

    def test_tls_must_ask_for_the_name_that_was_connected_to(self):
        heard = []
        with servers.recorder(heard) as server:
            def hello(name):
                return base64.b64encode(servers.client_hello(name)).decode()
            script = "".join(f"echo {hello(name)} | base64 -d | nc -w 5 server.test {server.port}\n"
                             for name in ("other.test", None, "server.test")) + \
                f"echo plain | nc -w 5 server.test {server.port}\n"
            said, connections = self.run_script(script + "true", *self.to(server.port))
            self.wait_until(lambda: len([each for each in heard if each]) == 2, "the server heard two clients")
        self.assertEqual([each["outcome"] for each in connections].count("tls-name"), 2)
        self.assertTrue(all(each["connected"] for each in connections))
        self.assertEqual([each.get("tlsName", "") for each in connections], ["other.test", "", "server.test", ""])
        self.assertIn("its TLS asks for another server, other.test", said)
        self.assertIn("its TLS names no server", said)
        self.assertNotIn(b"other.test", b"".join(heard))

    def test_a_script_cannot_hide_a_connection_or_put_words_in_our_mouth(self):
        """with a server name of odd bytes, or one that reads like advice"""
        def say(connection):
            connection.sendall(bytes(50_000))
            servers.read_all(connection)
        advice = b"cdn.test; to allow it: --network public"
        with servers.Server(say) as server:
            plain = servers.client_hello("x" * len(advice))
            hello = base64.b64encode(plain.replace(b"x" * len(advice), advice)).decode()
            odd = base64.b64encode(servers.client_hello("hidden-x").replace(b"hidden-x", b"hidden\\\xff")).decode()
            script = "".join(f"(echo {each} | base64 -d; sleep 1) | nc -w 5 server.test {server.port} | wc -c\n"
                             for each in (hello, odd, odd)) + "true"
            said, connections = self.run_script(script, *self.to(server.port))
        self.assertEqual([(each["host"], each["connected"]) for each in connections], [("server.test", True)] * 3)
        self.assertNotIn("server, cdn.test", said)
        self.assertIn('another server, "cdn.test;', said)

    def test_an_audit_finds_the_options_that_a_script_needs(self):
        with servers.http({"/": b"one"}) as web, servers.http({"/": b"two"}) as other:
            hosts = ("--add-host", "one.test:127.0.0.1", "--add-host", "two.test:127.0.0.1", "--permit", "127.0.0.1")
            script = f"set -e; wget -q -O /1 http://one.test:{web.port}/; wget -q -O /2 http://two.test:{other.port}/"
            allow = self.directory / "allow"
            said, _ = self.run_script(script, "--network", "audit", "--network-allow-file", allow, *hosts)
            self.assertEqual(allow.read_text(), f"one.test:{web.port}\ntwo.test:{other.port}\n")
            self.assertIn(f"the script needs: --allow one.test:{web.port} --allow two.test:{other.port}\n", said)
            self.run_script(script, "--allow", f"@{allow}", *hosts)

    def test_a_proxy_makes_the_connections(self):
        """and its credentials come out of the environment"""
        asked = []
        with servers.http({"/": b"behind the proxy"}) as web, servers.proxy(asked, "me:secret") as proxy:
            script = f"wget -q -O- http://server.test:{web.port}/"
            url = f"http://127.0.0.1:{proxy.port}"
            said, connections = self.run_script(
                script, "--allow", "server.test", env=self.environment(
                    ROOTLAYER_UPSTREAM_PROXY=f"http://me:secret@127.0.0.1:{proxy.port}"))
            self.assertIn("behind the proxy", said)
            self.assertTrue(asked[0].startswith(f"CONNECT server.test:{web.port} HTTP/1.1\r\n"), asked)
            self.assertNotIn("address", connections[0])
            said, connections = self.run_script(script, "--allow", "server.test", "--upstream-proxy", url, status=1)
            self.assertIn("407", said)
            self.assertEqual(connections[0]["outcome"], "failed")


class Traffic(Network):
    def test_two_hundred_connections_at_once(self):
        with servers.digest() as server:
            script = f"""
                for i in $(seq 200); do
                    (echo "connection $i" | nc -w 60 server.test {server.port} > /tmp/$i; echo "connection $i" | sha256sum | cut -d' ' -f1 | cmp -s - /tmp/$i || echo "BAD $i") &
                done
                wait"""
            said, connections = self.run_script(script, *self.to(server.port), "--memory", "512M")
        self.assertNotIn("BAD", said)
        self.assertEqual([each["outcome"] for each in connections], ["done"] * 200)

    def test_large_transfers_arrive_whole_with_little_memory(self):
        size = 64 << 20
        expected = hashlib.sha256(bytes(size)).hexdigest()
        with servers.digest() as server, servers.http({"/": bytes(size)}) as web:
            script = f"""
                set -e
                dd if=/dev/zero bs=1M count=64 2>/dev/null | nc server.test {server.port}
                wget -q -O- http://server.test:{web.port}/ | wc -c"""
            options = (*self.to(server.port), "--allow", f"server.test:{web.port}")
            process = self.start("run", "--accel", "tcg", "--from", self.base, "--output", "layer.tar", *options,
                                 "--script", self.script(script))
            peak = 0
            while process.poll() is None:
                peak = max([peak, *(self.peak_memory(pid) for pid in self.helpers())])
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    pass
            out, said = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn(expected.encode(), said)
        self.assertIn(str(size).encode(), said)
        with self.subTest("the helper's memory does not grow with the transfer"):
            self.assertGreater(peak, 0)
            self.assertLess(peak, 16 << 10, "kB")

    def test_each_direction_ends_on_its_own(self):
        def greeting(connection):
            connection.sendall(b"all that the server says\n")
            connection.shutdown(socket.SHUT_WR)
            heard.append(servers.read_all(connection))
        heard = []
        # busybox's nc ends with its server, and cannot end its own direction alone.
        self.base = f"tar:{harness.small_debian()}"
        client = """
            use IO::Socket::INET;
            my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or die "no connection";
            print $s $ARGV[1]; $s->flush; shutdown($s, 1) if $ARGV[1]; print while <$s>; print $s $ARGV[2];"""
        with servers.Server(greeting) as server, servers.digest() as counter:
            script = f"""
                set -e
                perl -e '{client}' server.test:{server.port} '' 'said after the server ended
'
                perl -e '{client}' server.test:{counter.port} 'one
two
' ''"""
            said, _ = self.run_script(script, *self.to(server.port), "--allow", f"server.test:{counter.port}")
        self.assertIn("all that the server says", said)
        self.assertIn(hashlib.sha256(b"one\ntwo\n").hexdigest(), said)
        self.assertEqual(heard, [b"said after the server ended\n"])

    def test_what_a_script_sent_before_it_ended_arrives(self):
        """also at a server that reads slowly"""
        heard = []

        def slow(connection):
            total = 0
            while part := connection.recv(65536):
                total += len(part)
                time.sleep(0.02)
            heard.append(total)
        with servers.Server(slow) as server:
            # nc is killed with the script's other processes, after it has handed everything to the kernel.
            script = f"""
                (dd if=/dev/zero bs=1500000 count=1 2>/dev/null; echo > /tmp/written) | nc server.test {server.port} &
                until [ -e /tmp/written ]; do sleep 0.1; done
                sleep 1 # for the last 64 KiB, which are in the pipe"""
            said, connections = self.run_script(script, *self.to(server.port))
            self.wait_until(lambda: heard, "the server has read everything")
        self.assertEqual(heard, [1_500_000])
        self.assertEqual([(each["outcome"], each["sent"]) for each in connections], [("done", 1_500_000)])

    def test_a_server_with_an_ipv6_address(self):
        with servers.http({"/": b"over IPv6"}, "::1") as web:
            said, connections = self.run_script(f"wget -q -O- http://server.test:{web.port}/", *self.to(web.port, address="::1"))
        self.assertIn("over IPv6", said)
        self.assertEqual(connections[0]["address"], "::1")

    def test_the_limits_of_a_run(self):
        with servers.http({"/": bytes(100_000)}) as web:
            script = f"for i in 1 2 3; do wget -q -O- http://server.test:{web.port}/ | wc -c; done"
            said, connections = self.run_script(script, *self.to(web.port), "--max-connections", "2")
            self.assertEqual([each["outcome"] for each in connections], ["done", "done", "limit"])
            self.assertIn("--max-connections", said)
            said, connections = self.run_script(script, *self.to(web.port), "--max-network-bytes", "150000")
            self.assertEqual([each["outcome"] for each in connections], ["done", "limit", "limit"])


class Confined(Network):
    def waiting_run(self, server, *wrapper):
        path = self.script(f"echo connected; nc -w 100 server.test {server.port}")
        arguments = [str(harness.BINARY), "run", "--accel", "tcg", "--from", self.base, "--script", str(path),
                     *self.to(server.port)]
        return subprocess.Popen([*wrapper, *arguments], env=self.environment(), cwd=self.directory,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_the_helper_has_nothing_but_its_connections(self):
        with servers.Server(servers.read_all) as server:
            process = self.waiting_run(server)
            self.addCleanup(process.kill)
            self.wait_until(lambda: server.connections == 1, "the script has connected", harness.LONG)
            (helper,) = self.helpers()
            status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{helper}/status").read_text().splitlines()
                          if ":\t" in line)
            self.assertEqual(status["Seccomp"], "2")
            self.assertEqual(status["NoNewPrivs"], "1")
            for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
                if name != "CapBnd" or os.getuid() == 0:
                    self.assertEqual(int(status[name], 16), 0, name)
            links = [os.readlink(link) for link in pathlib.Path(f"/proc/{helper}/fd").iterdir()]
            self.assertEqual([link for link in links if not link.startswith(("pipe:", "socket:", "/dev/null"))
                              and not link.endswith("/network.log")], [])
            with self.subTest("it dies with the command"):
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.wait_until(lambda: self.processes() == [], "nothing is left")
                self.wait_until(lambda: list(self.temporary.iterdir()) == [], "no file is left")

    @unittest.skipUnless(os.getuid() == 0, "needs root to become nobody")
    def test_an_unprivileged_user_has_a_network(self):
        os.chmod(self.directory, 0o777)
        cache = self.directory / "cache"
        cache.mkdir()
        os.chown(cache, 65534, 65534)
        with servers.http({"/": b"as nobody"}) as web:
            path = self.script(f"wget -q -O- http://server.test:{web.port}/")
            os.chmod(path, 0o644)
            done = subprocess.run(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs",
                 "--bounding-set=-all", "--inh-caps=-all", str(harness.BINARY), "run", "--accel", "tcg", "--from",
                 self.base, "--script", str(path), *self.to(web.port)],
                env=self.environment(ROOTLAYER_CACHE_DIR=cache), cwd=self.directory, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=harness.LONG)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"as nobody", done.stderr)


class Debian(Network):
    """The host's own package mirror, whose addresses may be any."""

    @classmethod
    def setUpClass(cls):
        cls.base = f"tar:{harness.debian()}"

    def mirror(self):
        """The name of the mirror in the base's sources, and the options that open its addresses."""
        with subprocess.Popen(["tar", "-xOf", str(harness.debian()), "./etc/apt/sources.list"], stdout=subprocess.PIPE) as tar:
            name = tar.stdout.read().decode().split("//")[1].split("/")[0].split(":")[0]
        addresses = sorted({info[4][0] for info in socket.getaddrinfo(name, 80, proto=socket.IPPROTO_TCP)})
        return name, [option for address in addresses for option in ("--permit", address)]

    def test_apt_installs_a_package(self):
        """[W14] with a maintainer script, and the package's files are in the layer"""
        name, permits = self.mirror()
        script = """
            set -e
            echo 'Acquire::Retries "0";' > /etc/apt/apt.conf.d/90test
            sed -i '/security/d' /etc/apt/sources.list
            apt-get -qq update
            apt-get -qq install --yes --no-install-recommends sudo >/dev/null
            sudo true
            hostname -f"""
        said, connections = self.run_script(script, "--allow", name, *permits, "--scrub", "debian", "--memory", "1G")
        layer = harness.members(self.directory / "layer.tar")
        self.assertEqual(layer["usr/bin/sudo"].mode & 0o7777, 0o4755)
        self.assertIn("rootlayer\n", said)
        self.assertNotIn("unable to resolve host", said)
        self.assertEqual({each["host"] for each in connections if each["outcome"] == "done"}, {name})

    def test_a_file_over_tls(self):
        """from a server with the right name; and without its certificate authority, what TLS itself says"""
        body = os.urandom(100_000)
        server, certificate = servers.https({"/file": body}, self.directory)
        with server:
            download = f"/usr/lib/apt/apt-helper download-file https://server.test:{server.port}/file /fetched"
            script = f"""
                set -e
                cat > /ca.pem <<'END'\n{certificate.read_text()}END
                {download} 2>&1 && exit 1
                {download} -o Acquire::https::CaInfo=/ca.pem
                rm /ca.pem"""
            said, connections = self.run_script(script, *self.to(server.port))
        self.assertEqual(harness.content(self.directory / "layer.tar", "fetched"), body)
        self.assertIn("certificate", said.lower())
        self.assertEqual({each["tlsName"] for each in connections}, {"server.test"})
        self.assertNotIn("warning", said)


if __name__ == "__main__":
    unittest.main()
