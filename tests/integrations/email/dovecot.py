"""A real Dovecot on loopback, as an ordinary process: no root, no system user, everything of its own in one folder."""

import asyncio
import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from imaplib import IMAP4
from pathlib import Path
from typing import Final

from tests.integrations.programs import free_port, until

USER: Final = "alerts"
PASSWORD: Final = "imap-pass-51ce07"
_CONFIG: Final = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""


@asynccontextmanager
async def dovecot() -> AsyncIterator[int]:
    """Its port, once it answers. Started by root it runs as nobody, since Dovecot reads mail for no uid 0."""
    me = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    # Not under pytest's folder: only its owner may enter that, and the paths of sockets must be short.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        port, group = free_port(), grp.getgrgid(me.pw_gid).gr_name
        config = _CONFIG.format(folder=folder, user=me.pw_name, group=group, uid=me.pw_uid, gid=me.pw_gid, port=port)
        (folder / "dovecot.conf").write_text(config)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        root = os.getuid() == 0
        for one in (folder, folder / "dovecot.conf", folder / "users"):
            os.chown(one, me.pw_uid, me.pw_gid)
        process = await asyncio.create_subprocess_exec(
            "dovecot",
            "-F",
            "-c",
            str(folder / "dovecot.conf"),
            cwd=folder,
            user=me.pw_uid if root else None,
            group=me.pw_gid if root else None,
            extra_groups=[] if root else None,
        )
        try:
            await until(lambda: _answers(port, process, folder), 30, "dovecot answers")
            yield port
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _answers(port: int, process: asyncio.subprocess.Process, folder: Path) -> bool:
    log = folder / "log"
    assert process.returncode is None, log.read_text() if log.exists() else "it ended at once"
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def put(port: int, *contents: bytes, seen: bool = False, folder: str = "INBOX") -> None:
    with IMAP4("127.0.0.1", port, 10) as imap:
        imap.login(USER, PASSWORD)
        if folder != "INBOX":
            imap.create(folder)
        for content in contents:
            status, _ = imap.append(folder, "\\Seen" if seen else "", "", content)
            assert status == "OK"


def flags(port: int) -> Sequence[bytes]:
    """Of every mail, as another program sees them."""
    with IMAP4("127.0.0.1", port, 10) as imap:
        imap.login(USER, PASSWORD)
        imap.select("INBOX", readonly=True)
        return [one for one in imap.fetch("1:*", "(FLAGS)")[1] if isinstance(one, bytes)]
