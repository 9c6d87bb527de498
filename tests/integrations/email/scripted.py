"""A mailbox speaks IMAP and not HTTP: its healthy and its broken states are played in the tests beside this file."""

from typing import Final

from pydantic import SecretStr

from bot.integrations.email.settings import EmailSettings
from tests.integrations.contract.script import Script

PASSWORD: Final = "imap-pass-51ce07"

SCRIPT: Final = Script(
    settings=lambda _address: EmailSettings(host="127.0.0.1", port=1, user="alerts", password=SecretStr(PASSWORD)),
    secrets=(PASSWORD,),
    speaks_http=False,
)
