"""Lists as jobs post them: one in which all is well, and one with a hostile name."""

import json
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.access.settings import AccessSettings
from tests.integrations.contract.script import Post, Script
from tests.integrations.moment import AT

TOKEN: Final = "access-token-5e20d1"


def day(**before: float) -> str:
    return (AT - timedelta(**before)).date().isoformat()


def row(principal: str = "ana", **values: Any) -> dict[str, Any]:
    """Any: whatever JSON can hold."""
    return {"system": "aws-prod", "principal": principal, "role": "Admin", "source": "iam-report", **values}


def key(principal: str = "AKIA1", **values: Any) -> dict[str, Any]:
    return row(principal, kind="key", expires=day(days=-60), last_used=day(days=2), **values)


def posted(*rows: dict[str, Any], name: str = "aws-prod") -> Post:
    return Post(body=json.dumps(list(rows)).encode(), about={"name": name} if name else {})


SCRIPT: Final = Script(
    settings=lambda _address: AccessSettings(
        report_token=SecretStr(TOKEN), report_max_age_hours=48, report_forget_days=14
    ),
    secrets=(TOKEN,),
    posts=(posted(row(admin=True, second_factor="yes", last_used=day(days=1)), key()),),
    posts_named=lambda name: (
        posted(
            row(name or "x", system=name or "x", second_factor=False, email=name, role=name or "x"), name=name or "x"
        ),
    ),
    reported=("access.lists",),
)
