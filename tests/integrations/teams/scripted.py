"""Teams has no checks; its workflow takes cards and says nothing."""

from typing import Final

from pydantic import SecretStr

from bot.integrations.teams.settings import TeamsSettings
from tests.integrations.contract.script import Script

SIGNATURE: Final = "qL9made-up_signature%2B7"
QUERY: Final = f"api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
PATH: Final = "/powerautomate/automations/direct/workflows/1f2e/triggers/manual/paths/invoke"

SCRIPT: Final = Script(
    settings=lambda address: TeamsSettings(workflow_url=SecretStr(f"{address}{PATH}?{QUERY}")), secrets=(SIGNATURE,)
)
