"""How do tests get mail servers of their own? Real Dovecot and Postfix, with folders and ports of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "right-horse"
_SBIN = "/usr/sbin:/usr/lib/postfix/sbin:/usr/lib/dovecot"


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SBIN}")
    if found is None:
        pytest.skip(f"{name} is not installed (apt-get install dovecot-imapd postfix)")
    if os.getuid() != 0:
        pytest.skip(f"not here: {name} wants to be started by root")
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int) -> None:
    """Until something listens there; fails after ten seconds."""
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="yn-mail-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running IMAP server; every user has the password PASSWORD."""

    port: int
    folder: Path
    pid: int

    def box(self, user: str) -> Path:
        """The mailbox of a user (Maildir)."""
        return self.folder / "mail" / user

    def deliver(self, user: str, raw: bytes, name: str) -> None:
        """Puts a mail into a mailbox as a delivery agent does: written beside, then moved in."""
        box = self.box(user)
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
        (box / "tmp" / name).write_bytes(raw)
        for path in (self.folder / "mail").rglob("*"):
            os.chown(path, 65534, 65534)
        os.chown(self.folder / "mail", 65534, 65534)
        (box / "tmp" / name).rename(box / "new" / name)

    def forget_uids(self, user: str) -> None:
        """Loses the server's index, so that the folder's UIDVALIDITY changes."""
        for path in self.box(user).glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # a validity is a number of seconds

    def drop(self) -> None:
        """Breaks all connections, as a restart does."""
        subprocess.run([_program("doveadm"), "-c", str(self.folder / "dovecot.conf"), "kick", "*"], check=False)


_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
imap_capability = {capability}
imap_idle_notify_interval = 10 s
{oauth}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  unix_listener stats-reader {{
    mode = 0666
  }}
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
_OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth.conf
}}
"""


@contextmanager
def dovecot(*, introspection: str = "", idle: bool = True) -> Iterator[Dovecot]:
    """A Dovecot of our own. `introspection`: where it asks what an access token is worth (for XOAUTH2)."""
    program = _program("dovecot")
    with _folder() as folder:
        port = free_port()
        capability = "" if idle else "IMAP4rev1 UIDPLUS"
        oauth = _OAUTH.format(folder=folder) if introspection else ""
        conf = _DOVECOT.format(folder=folder, port=port, password=PASSWORD, oauth=oauth, capability=capability)
        (folder / "dovecot.conf").write_text(conf)
        (folder / "oauth.conf").write_text(
            f"introspection_url = {introspection}\nintrospection_mode = post\nusername_attribute = email\n"
            "active_attribute = active\nactive_value = true\n"
        )
        (folder / "mail").mkdir()
        os.chown(folder / "mail", 65534, 65534)
        process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
        try:
            wait_for(port)
            yield Dovecot(port, folder, process.pid)
        finally:
            process.terminate()
            process.wait(20)


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running mail server for mx.test.example that hands mail for house.example on to `port_in`."""

    port: int
    folder: Path

    def log(self) -> str:
        """What it wrote."""
        path = self.folder / "log" / "mail.log"
        return path.read_text() if path.exists() else ""


_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = /tmp
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test.example
mydestination = mx.test.example
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
relay_domains = house.example
transport_maps = inline:{{ house.example=smtp:[127.0.0.1]:{port_in} }}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_recipient_restrictions = permit_mynetworks, reject
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
default_transport = error:no mail leaves this machine
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(port_in: int) -> Iterator[Postfix]:
    """A Postfix of our own, which knows no other way than to itself and to us."""
    program = _program("postfix")
    with _folder() as folder:
        port = free_port()
        for name in ("spool", "data", "log", "etc"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(_MAIN.format(folder=folder, port_in=port_in))
        (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([program, "-c", str(folder / "etc"), "start"], check=True, **quiet)
        try:
            wait_for(port)
            yield Postfix(port, folder)
        finally:
            subprocess.run([program, "-c", str(folder / "etc"), "stop"], check=False, **quiet)
