"""A real Dovecot on loopback, started and stopped by the tests."""

import base64
import contextlib
import hmac
import json
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

CONFIG = """
base_dir={d}/run
state_dir={d}/state
log_path={d}/dovecot.log
instance_name=aptest{imap}
protocols = imap lmtp
listen=127.0.0.1
ssl=no
disable_plaintext_auth=no
auth_mechanisms=plain login xoauth2 oauthbearer
first_valid_uid=1
mail_location=maildir:{d}/mail/%n
mail_max_userip_connections = 50
passdb {{
  driver=oauth2
  mechanisms=xoauth2 oauthbearer
  args={d}/oauth2.conf.ext
}}
passdb {{
  driver=static
  mechanisms=plain login
  args=password=secret
}}
userdb {{
  driver=static
  args=uid=dovecot gid=dovecot home={d}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    address=127.0.0.1
    port={imap}
  }}
  inet_listener imaps {{
    port=0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address=127.0.0.1
    port={lmtp}
  }}
}}
namespace inbox {{
  inbox=yes
}}
"""

OAUTH2 = """
introspection_mode=local
local_validation_key_dict=fs:posix:prefix={d}/keys/
username_attribute=email
"""
SIGNING_KEY = b"a key of these tests, long enough for HS256"


def token(user: str, seconds: int = 600) -> str:
    """A signed access token for a user, valid for so long (expired when negative)."""
    now = int(time.time())
    claims = {"email": user, "sub": user, "iat": now - 1000, "nbf": now - 1000, "exp": now + seconds, "scope": "imap"}
    head = {"alg": "HS256", "typ": "JWT", "kid": "default"}
    body = ".".join(_plain(json.dumps(each).encode()) for each in (head, claims))
    return f"{body}.{_plain(hmac.digest(SIGNING_KEY, body.encode(), 'sha256'))}"


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Dovecot:
    folder: Path
    imap: int
    lmtp: int

    def deliver(self, raw: bytes, user: str = "invoices") -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail("sender@supplier.example", [f"{user}@hospital.example"], raw)

    def drop(self, raws: Iterable[bytes], user: str = "invoices") -> None:
        """Many messages at once, put where the server finds new ones."""
        new = self.folder / "mail" / user / "new"
        for place in (new, new.parent / "cur", new.parent / "tmp"):
            place.mkdir(parents=True, exist_ok=True)
        for raw in raws:
            path = new / f"{time.time_ns()}.{uuid4().hex}.test"
            path.write_bytes(raw)
            shutil.chown(path, "dovecot", "dovecot")
        for path in (new.parent, *new.parent.iterdir()):
            shutil.chown(path, "dovecot", "dovecot")

    def recreate(self, user: str = "invoices") -> None:
        """The mailbox thrown away and made anew: empty, UIDs from 1, another UIDVALIDITY."""
        box = self.folder / "mail" / user
        shutil.rmtree(box, ignore_errors=True)
        for name in ("cur", "new", "tmp"):
            (box / name).mkdir(parents=True)
        (box / "dovecot-uidlist").write_text(f"3 V{int(time.time()) + 100_000} N1 G{uuid4().hex}\n")
        for path in (box, *box.iterdir()):
            shutil.chown(path, "dovecot", "dovecot")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running() -> Iterator[Dovecot]:
    """Start on free ports, wait until it answers, stop it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/var/tmp"))
    folder.chmod(0o755)
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "mail", "dovecot", "dovecot")
    server = Dovecot(folder, free_port(), free_port())
    keys = folder / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_bytes(base64.b64encode(SIGNING_KEY))
    (folder / "oauth2.conf.ext").write_text(OAUTH2.format(d=folder))
    config = folder / "dovecot.conf"
    config.write_text(CONFIG.format(d=folder, imap=server.imap, lmtp=server.lmtp))
    process = subprocess.Popen(
        ["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(server.imap)
        _wait(server.lmtp)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Dovecot does not answer on port {port}")
