"""A real Slurm of several nodes on one Debian machine, private to whoever starts it.

    with SlurmCluster() as slurm:
        slurm.run("srun", "-N2", "-n4", "hostname")
        subprocess.run(["snakemake", "--profile", "profiles/slurm"], env=slurm.environment())

All of it (keys, sockets, spool, logs, slurm.conf) lies in one temporary directory, on ports that were free; a Slurm or
munge of the system's own is not touched. It needs root, and what install.sh installs. From a shell,

    python tests/slurm/cluster.py [--accounting] [--namespaces] [-- command ...]

runs a command (or $SHELL) inside such a cluster.
"""

import argparse
import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLIENTS = ["sacct", "sacctmgr", "salloc", "sattach", "sbatch", "sbcast", "scancel", "scontrol"]
CLIENTS += ["sdiag", "sinfo", "sprio", "squeue", "srun", "sshare", "sstat", "strigger"]
DAEMONS = ["munged", "slurmctld", "slurmd"]
ACCOUNTING = ["slurmdbd", "mariadbd", "mariadb-install-db"]
FREEZER = Path("/sys/fs/cgroup/freezer")
# Daemons live in sbin, which is not on every user's PATH.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def program(name):
    """Absolute path of an installed program, or None."""
    return shutil.which(name, path=SEARCH)


def why_not(accounting=False):
    """Why no cluster can be started on this machine, in one line; None if one can."""
    if sys.platform != "linux":
        return "a Slurm of our own needs Linux"
    if os.geteuid() != 0:
        return "a Slurm of our own needs root"
    wanted = DAEMONS + ["srun", "sbatch", "scontrol", "ip", "unshare"] + (ACCOUNTING if accounting else [])
    missing = [name for name in wanted if program(name) is None]
    if missing:
        option = " --accounting" if accounting else ""
        return f"not installed: {', '.join(missing)}; `sh tests/slurm/install.sh{option}` installs them"
    return None


class SlurmCluster:
    """Slurm's daemons, from `up()` to `down()`; a context manager does both.

    Parameters
    ----------
    nodes : int
        Number of slurmd; they are called n1, n2, ...
    cpus, memory : int
        CPUs and MB that each node claims to have, whatever the machine has.
    namespaces : bool
        Give each node a network namespace, so that it has an address (10.x), a loopback and a host name of its own, as
        a machine has. The controller and the caller stay in the machine's own namespace, and reach the nodes through a
        bridge. A node whose slurmd is killed then vanishes from the network without a word to its peers, as one that
        lost power does.
    accounting : bool
        Also run MariaDB and slurmdbd, so that `sacct` works. Without, sacct is installed and useless, as on clusters
        that have no slurmdbd.
    proctrack : {"linuxproc", "pgid", "cgroup"}
        How slurmstepd knows the processes of a job, which decides what a batch job notices when it is cancelled or out
        of time. `linuxproc`: all get CONT and TERM, and a process whose parent ends on that (as the shell around
        `sbatch --wrap` does) outlives the job. `cgroup`, as on most clusters: only slurmstepd's own children get them,
        and as soon as these are gone the rest is killed without a warning. It needs a freezer of cgroup v1; the nodes
        of two such clusters at the same time would share their groups. `pgid`: the whole process group gets them, the
        rest is as in `cgroup`, but whoever made a session of his own is forgotten.

    Partitions: `main` (default) and `low`, whose jobs are requeued when one in `main` needs their place. A node that
    does not answer is down after 15 to 25 s. SIGTERM comes 5 s before SIGKILL (KillWait).
    """

    def __init__(self, nodes=2, cpus=4, memory=8000, namespaces=False, accounting=False, proctrack="linuxproc"):
        self.nodes = [f"n{k + 1}" for k in range(nodes)]
        self.cpus = cpus
        self.memory = memory
        self.namespaces = namespaces
        self.accounting = accounting
        self.proctrack = proctrack
        self.directory = None
        self._keepers = {}
        self._broom = None
        self._bridge = None

    def __enter__(self):
        return self.up()

    def __exit__(self, *exception):
        self.down()

    # --- life ---

    def up(self):
        """Start all daemons and return when every node is idle."""
        reason = why_not(self.accounting)
        if reason:
            raise RuntimeError(reason)
        if self.proctrack == "cgroup" and not FREEZER.is_dir():
            raise RuntimeError(f"proctrack=cgroup needs a freezer of cgroup v1: {FREEZER} does not exist")
        # A socket's path may have 107 characters, hence not below pytest's long temporary directories.
        self.directory = Path(tempfile.mkdtemp(prefix="fw-slurm-", dir="/tmp"))
        self.directory.chmod(0o755)  # munged runs as another user
        if self.namespaces:
            self._bridge = f"fw{random.SystemRandom().getrandbits(24):06x}"  # at most 15 characters with a node's name
        try:
            self._start_broom()
            self._lay_network()
            self._write_configuration()
            self._start_munged()
            if self.accounting:
                self._start_accounting()
            self._start("slurmctld", [program("slurmctld"), "-D"])
            for node in self.nodes:
                self._start_slurmd(node)
            self.wait_for_idle(60)
        except BaseException as error:
            logs = self.logs()
            self.down()
            if isinstance(error, Exception):
                raise RuntimeError(f"Slurm did not start: {error}\n{logs}") from error
            raise
        return self

    def down(self):
        """End every process of the cluster, its jobs' included, and remove its directory."""
        for keeper in self._keepers.values():
            keeper.stdin.close()
        for keeper in self._keepers.values():
            keeper.wait(30)
            keeper.stdout.close()
        self._keepers.clear()
        if self.proctrack == "cgroup":
            for group in [FREEZER / f"slurm_{node}" for node in self.nodes]:
                for folder, _, _ in os.walk(group, topdown=False):
                    os.rmdir(folder)
        if self._broom:
            self._broom.communicate(b"now\n", timeout=30)
            self._broom = self._bridge = self.directory = None

    def logs(self, lines=15):
        """The last lines of every daemon's log."""
        parts = []
        for path in sorted(self.directory.glob("log/*")):
            if path.suffix == ".err" and path.with_suffix("").exists():
                continue  # the same messages again
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            parts.append("\n".join([f"--- {path.name}", *tail]))
        return "\n".join(parts)

    # --- use ---

    def environment(self, **extra):
        """The environment for a process that is to use this cluster.

        Its PATH leads to wrappers that set SLURM_CONF: the variable alone would not reach an `srun` in a job of
        snakemake-executor-plugin-slurm, which removes all SLURM_* but a few.
        """
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("SLURM", "SBATCH_", "SRUN_"))
        }
        environment["SLURM_CONF"] = str(self.directory / "slurm.conf")
        environment["PATH"] = f"{self.directory / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return environment | extra

    def run(self, *command, check=True, timeout=120, **options):
        """Run a command in the cluster's environment and return its standard output without the last newline."""
        options = {"env": self.environment(), "stdin": subprocess.DEVNULL} | options
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=timeout, **options
        )
        if check and done.returncode != 0:
            raise RuntimeError(
                f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout.rstrip("\n")

    def sbatch(self, *arguments, **options):
        """Submit a job and return its id."""
        return int(self.run("sbatch", "--parsable", *arguments, **options).split(";")[0])

    def jobs(self):
        """The jobs, ended ones of the last minutes included: {id: {state, partition, nodes, reason, name, comment}}."""
        names = ["state", "partition", "nodes", "reason", "name", "comment"]
        rows = self.run("squeue", "--states=all", "--noheader", "--format=%i|%T|%P|%N|%r|%j|%k").splitlines()
        table = {}
        for row in rows:
            job, *fields = row.split("|", len(names))
            table[int(job) if job.isdigit() else job] = dict(zip(names, fields, strict=True))
        return table

    def job(self, job):
        """All that `scontrol show job` says of a job, as a mapping of strings."""
        words = self.run("scontrol", "show", "job", "--oneliner", job).split(" ")
        return dict(word.split("=", 1) for word in words if "=" in word)

    def node_state(self, node):
        """A node's state as sinfo writes it: idle, mixed, allocated, drained, down*, ..."""
        return self.run("sinfo", "--noheader", "--Node", f"--nodes={node}", "--partition=main", "--format=%T")

    def address(self, node):
        """The address at which a node is reached."""
        return f"{self._network}.{11 + self.nodes.index(node)}" if self.namespaces else "127.0.0.1"

    def hold(self, job):
        self.run("scontrol", "hold", job)

    def release(self, job):
        self.run("scontrol", "release", job)

    def requeue(self, job):
        self.run("scontrol", "requeue", job)

    def drain(self, node):
        self.run("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")

    def resume(self, node):
        self.run("scontrol", "update", f"NodeName={node}", "State=RESUME")

    def kill_slurmd(self, node):
        """End slurmd, its slurmstepds and all that jobs started on the node, by SIGKILL, as if the node lost power.

        What ran there cannot say goodbye; but without `namespaces` the kernel still closes its connections.
        """
        keeper = self._keepers.pop(node)
        if self.namespaces:
            subprocess.run([program("ip"), "link", "set", self._link(node), "down"], check=True)
        keeper.stdin.close()
        keeper.wait(30)
        keeper.stdout.close()
        if self.namespaces:  # it goes with its namespace, but not at once, and the name is needed again
            subprocess.run([program("ip"), "link", "delete", self._link(node)], check=False, stderr=subprocess.DEVNULL)

    def start_slurmd(self, node, timeout=60):
        """Start a node's slurmd again, and return when the node takes jobs."""
        self._start_slurmd(node)
        self.wait_for(lambda: self._usable(node), timeout, f"{node} back in service")

    def reset(self):
        """Cancel all jobs, kill what outlives them, bring all nodes back: a clean cluster for the next test."""
        live = [
            str(job)
            for job, now in self.jobs().items()
            if now["state"] in ("PENDING", "RUNNING", "COMPLETING", "SUSPENDED")
        ]
        if live:
            self.run("scancel", *live, check=False)
        for node in self.nodes:
            if node not in self._keepers:
                self._start_slurmd(node)
            if "drain" in self.node_state(node):
                self.resume(node)
        self.wait_for_idle(60)
        for pid in self.strays():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_for_idle(self, timeout=60):
        """Wait until every node is idle."""

        def idle():
            for name, keeper in self._keepers.items():
                if keeper.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {keeper.returncode}")
            states = self.run("sinfo", "--noheader", "--Node", "--partition=main", "--format=%T", check=False).split()
            return states == ["idle"] * len(self.nodes)

        self.wait_for(idle, timeout, "all nodes idle")

    def wait_for(self, predicate, timeout=30, what="the condition"):
        """Call `predicate` until it returns something true, and return that; TimeoutError after `timeout` s."""
        end = time.monotonic() + timeout
        while True:
            value = predicate()
            if value:
                return value
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {timeout} s")
            time.sleep(0.2)

    def pids(self, node):
        """The processes of a node, as a set: its slurmd, slurmstepds, and whatever its jobs started."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = Path("/proc", entry, "stat").read_text()
                except OSError:  # it has ended meanwhile
                    continue
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
        found, todo = set(), [self._keepers[node].pid]
        while todo:
            children = parents.get(todo.pop(), [])
            found.update(children)
            todo.extend(children)
        return found

    def strays(self):
        """The nodes' processes that are none of Slurm's own, as a set: with no job left, those that outlived theirs."""
        found = set()
        for node in self.nodes:
            for pid in self.pids(node) if node in self._keepers else ():
                try:
                    name, _, rest = Path("/proc", str(pid), "stat").read_text().partition("(")[2].rpartition(")")
                except OSError:
                    continue
                if name not in ("slurmd", "slurmstepd") and not rest.startswith(" Z"):
                    found.add(pid)
        return found

    # --- how it is built ---

    def _usable(self, node):
        state = self.node_state(node)
        return state.startswith(("idle", "mixed", "alloc")) and not state.endswith("*")

    def _lay_network(self):
        if not self.namespaces:
            self._control = "127.0.0.1"
            return
        taken = subprocess.run([program("ip"), "-o", "-4", "addr"], capture_output=True, text=True, check=True).stdout
        while True:
            self._network = f"10.{random.SystemRandom().randint(128, 254)}.{random.SystemRandom().randint(0, 254)}"
            if f" {self._network.rpartition('.')[0]}." not in taken:
                break
        self._control = f"{self._network}.1"
        for words in (
            f"link add {self._bridge} type bridge",
            f"addr add {self._control}/24 dev {self._bridge}",
            f"link set {self._bridge} up",
        ):
            subprocess.run([program("ip"), *words.split()], check=True)
        hosts = ["127.0.0.1 localhost", f"{self._control} {socket.gethostname()}"]
        hosts += [f"{self.address(node)} {node}" for node in self.nodes]
        (self.directory / "hosts").write_text("\n".join(hosts) + "\n")
        # No name server is in reach there: without this, a look-up of an unknown name takes 10 s.
        (self.directory / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")

    def _link(self, node):
        return f"{self._bridge}{node}"

    def _write_configuration(self):
        here = self.directory
        for name in ("bin", "log", "state", "spool"):
            (here / name).mkdir()
        for node in self.nodes:
            (here / "spool" / node).mkdir()
        munge = here / "munge"
        munge.mkdir(mode=0o755)
        shutil.chown(munge, "munge", "munge")
        self._munge_socket = munge / "socket"

        control, dbd, *slurmd = free_ports(2 + len(self.nodes))
        this = socket.gethostname().split(".")[0]
        settings = {
            "ClusterName": "foldwork",
            "SlurmctldHost": f"{this}({self._control})",
            "SlurmctldPort": control,
            "SlurmUser": "root",
            "SlurmdUser": "root",
            "AuthType": "auth/munge",
            # A requeued job waits until its old credential has expired: 120 s, unless told so.
            "AuthInfo": f"socket={self._munge_socket},cred_expire=10",
            "StateSaveLocation": here / "state",
            "SlurmdSpoolDir": here / "spool" / "%n",
            "SlurmctldPidFile": here / "slurmctld.pid",
            "SlurmdPidFile": here / "slurmd-%n.pid",
            "SlurmctldLogFile": here / "log" / "slurmctld",
            "SlurmdLogFile": here / "log" / "%n",
            "ProctrackType": f"proctrack/{self.proctrack}",
            "TaskPlugin": "task/none",
            "MpiDefault": "none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core_Memory",
            "SlurmdParameters": "config_overrides",
            "JobAcctGatherType": "jobacct_gather/linux",
            "AccountingStorageType": "accounting_storage/none",
            "MailProg": "/bin/true",
            "ReturnToService": 2,
            "JobRequeue": 1,
            "MinJobAge": 300,
            "KillWait": 5,
            "SlurmdTimeout": 15,
            "SchedulerType": "sched/backfill",
            "SchedulerParameters": "sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0",
            "PreemptType": "preempt/partition_prio",
            "PreemptMode": "REQUEUE",
        }
        if self.accounting:
            settings |= {
                "AccountingStorageType": "accounting_storage/slurmdbd",
                "AccountingStorageHost": self._control,
                "AccountingStoragePort": dbd,
                "AccountingStoragePass": self._munge_socket,
                "JobAcctGatherFrequency": 5,
            }
        lines = [f"{key}={value}" for key, value in settings.items()]
        for node, port in zip(self.nodes, slurmd, strict=True):
            host = node if self.namespaces else this
            lines.append(
                f"NodeName={node} NodeHostname={host} NodeAddr={self.address(node)} Port={port} "
                f"CPUs={self.cpus} RealMemory={self.memory}"
            )
        common = f"Nodes={','.join(self.nodes)} DefaultTime=60 MaxTime=INFINITE"
        lines.append(f"PartitionName=main {common} Default=YES PriorityTier=10 PreemptMode=OFF")
        lines.append(f"PartitionName=low {common} PriorityTier=1 PreemptMode=REQUEUE")
        (here / "slurm.conf").write_text("\n".join(lines) + "\n")
        cgroup = f"CgroupPlugin=cgroup/v1\nCgroupMountpoint={FREEZER.parent}\n" if self.proctrack == "cgroup" else ""
        (here / "cgroup.conf").write_text(cgroup)  # absent, it costs a warning in every log

        for name in CLIENTS:
            if program(name):
                wrapper = here / "bin" / name
                wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={here}/slurm.conf exec {program(name)} "$@"\n')
                wrapper.chmod(0o755)

        if self.accounting:
            dbd_settings = {
                "AuthType": "auth/munge",
                "AuthInfo": f"socket={self._munge_socket}",
                "DbdHost": this,
                "DbdAddr": self._control,
                "DbdPort": dbd,
                "SlurmUser": "root",
                "LogFile": here / "log" / "slurmdbd",
                "PidFile": here / "slurmdbd.pid",
                "StorageType": "accounting_storage/mysql",
                "StorageHost": "localhost",
                "StorageUser": "root",
                "StorageLoc": "slurm_acct_db",
            }
            path = here / "slurmdbd.conf"
            path.write_text("\n".join(f"{key}={value}" for key, value in dbd_settings.items()) + "\n")
            path.chmod(0o600)  # slurmdbd refuses a file that others may read

    def _start_munged(self):
        folder = self.directory / "munge"
        key = folder / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        shutil.chown(key, "munge", "munge")
        words = [program("munged"), "--foreground", f"--socket={self._munge_socket}", f"--key-file={key}"]
        words += [f"--{name}-file={folder / name}" for name in ("pid", "log", "seed")]
        self._start("munged", words, user="munge")
        self.wait_for(self._munge_socket.exists, 20, "munged's socket")

    def _start_accounting(self):
        folder = self.directory / "mariadb"
        data, database_socket = folder / "data", folder / "socket"
        folder.mkdir(mode=0o755)
        shutil.chown(folder, "mysql", "mysql")
        small = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0"]
        install = [
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={data}",
            "--user=mysql",
            "--skip-test-db",
        ]
        install += ["--auth-root-authentication-method=normal", *small]
        with open(self.directory / "log" / "mariadb-install-db", "wb") as log:
            subprocess.run(install, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        serve = [
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={database_socket}",
            "--user=mysql",
        ]
        serve += ["--skip-networking", f"--pid-file={folder / 'pid'}", *small]
        self._start("mariadbd", serve)
        self.wait_for(database_socket.exists, 60, "MariaDB's socket")

        # slurmdbd has no setting for the socket; the client library reads this variable.
        environment = {"SLURM_CONF": str(self.directory / "slurm.conf"), "MYSQL_UNIX_PORT": str(database_socket)}
        self._start("slurmdbd", [program("slurmdbd"), "-D"], **environment)
        self.wait_for(
            lambda: (
                "foldwork" in self.run("sacctmgr", "-i", "add", "cluster", "foldwork", check=False)
                or "foldwork" in self.run("sacctmgr", "-n", "show", "cluster", "format=cluster", check=False)
            ),
            60,
            "slurmdbd",
        )
        self.run(
            "sacctmgr",
            "-i",
            "add",
            "account",
            "tests",
            "Cluster=foldwork",
            "Description=tests",
            "Organization=foldwork",
        )
        self.run("sacctmgr", "-i", "add", "user", "root", "Account=tests", "Cluster=foldwork")
        self.run("sacctmgr", "-i", "modify", "user", "root", "set", "DefaultAccount=tests")

    def _start_slurmd(self, node):
        command = [program("slurmd"), "-D", "-N", node]
        if not self.namespaces:
            self._start(node, command)
            return
        go = self.directory / f"go-{node}"
        go.unlink(missing_ok=True)
        script = f'until [ -e "{go}" ]; do sleep 0.05; done; hostname {node}; '
        for name in ("hosts", "nsswitch.conf"):
            script += f'mount --bind "{self.directory}/{name}" /etc/{name}; '
        script += 'exec "$@"'
        keeper = self._start(
            node, [program("unshare"), "--net", "--uts", "--mount", "sh", "-c", script, "sh", *command]
        )
        pid = int(keeper.stdout.readline())
        own = os.readlink("/proc/self/ns/net")
        self.wait_for(lambda: os.readlink(f"/proc/{pid}/ns/net") != own, 20, f"a network namespace for {node}")
        link = self._link(node)
        outside, inside = [program("ip")], [program("nsenter"), f"--target={pid}", "--net", program("ip")]
        for where, words in (
            (outside, f"link add {link} type veth peer name eth0 netns {pid}"),
            (outside, f"link set {link} master {self._bridge} up"),
            (inside, "link set lo up"),
            (inside, f"addr add {self.address(node)}/24 dev eth0"),
            (inside, "link set eth0 up"),
            (inside, f"route add default via {self._control}"),
        ):
            subprocess.run(where + words.split(), check=True)
        go.touch()

    def _start_broom(self):
        """Start what removes directory and bridge: when told so by `down`, or when this process is no more."""
        script = f'read -r now || sleep 3; rm -rf "{self.directory}"'
        if self.namespaces:
            script = f"{script}; {program('ip')} link delete {self._bridge}"
        self._broom = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, cwd="/", start_new_session=True)

    def _start(self, name, command, user=None, **environment):
        """Start a daemon under a keeper (see `keep`), which lives as long as we hold its standard input open."""
        words = [sys.executable, "-E", "-S", __file__, "--keep", user or "root", *map(str, command)]
        with open(self.directory / "log" / f"{name}.err", "ab") as log:
            self._keepers[name] = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.directory,
                env=self.environment(**environment),
                start_new_session=True,  # a Ctrl-C at the terminal is for the test, not for the daemons
            )
        return self._keepers[name]


def free_ports(count):
    """Ports that were free a moment ago."""
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def keep(user, command):
    """Run a daemon until standard input ends, then kill it and everything that it started, and return.

    Every descendant that loses its parent becomes ours (PR_SET_CHILD_SUBREAPER), whatever sessions or double forks it
    made: killing our children until none are left ends them all. Standard input ends, too, when the test process dies.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(36, 1, 0, 0, 0) != 0:  # PR_SET_CHILD_SUBREAPER
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    identity = {} if user == "root" else {"user": user, "group": user, "extra_groups": []}
    daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, **identity)
    print(daemon.pid, flush=True)

    def reap(*_):
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == daemon.pid:
                    daemon.returncode = os.waitstatus_to_exitcode(status)
        except ChildProcessError:  # none left: the daemon has ended by itself, and nothing remains to be kept
            sys.exit(daemon.returncode or 0)

    signal.signal(signal.SIGCHLD, reap)
    reap()
    os.read(0, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    children = Path("/proc/self/task", str(os.getpid()), "children")
    try:
        while True:
            for pid in children.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def main():
    if sys.argv[1:2] == ["--keep"]:
        return keep(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description="Run a command inside a Slurm of its own.")
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--cpus", type=int, default=4, help="CPUs that each node claims")
    parser.add_argument("--accounting", action="store_true", help="with slurmdbd and MariaDB")
    parser.add_argument("--namespaces", action="store_true", help="each node with an address of its own")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- command", help="default: $SHELL")
    options = parser.parse_args()
    if options.command[:1] == ["--"]:
        options.command.pop(0)
    with SlurmCluster(
        options.nodes, options.cpus, namespaces=options.namespaces, accounting=options.accounting
    ) as slurm:
        command = options.command or [os.environ.get("SHELL", "/bin/sh")]
        return subprocess.run(command, env=slurm.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
