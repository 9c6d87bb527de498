"""What Jira needs: where it is, who we are there, and which project our tickets go to."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, SystemSettings, needs, variable

_SIGNED_IN = needs(("url", "email", "api_token", "project"), ("url", "pat", "project"))


class JiraSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="JIRA_")
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": _SIGNED_IN,
        "write": _SIGNED_IN,
        "inbound": needs(("webhook_secret",)),
    }

    url: str | None = variable("Jira's address, with its path if it has one: https://acme.atlassian.net")
    email: str | None = variable("Jira Cloud: the e-mail address of the account whose API token this is")
    api_token: SecretStr | None = variable("Jira Cloud: the API token (they expire after a year at most)")
    pat: SecretStr | None = variable("Jira Data Center: a personal access token, instead of e-mail and API token")
    project: str | None = variable("The key of the project in which tickets are filed, e.g. OPS")
    issue_type: str = variable("The issue type of a postmortem", "Task")
    action_issue_type: str = variable("The issue type of an action item", "Task")
    open_filter: str | None = variable(
        "More JQL that narrows the daily lists of open and overdue issues, e.g. issuetype = Task"
    )
    incident_filter: str | None = variable(
        "JQL that says which open issues are incidents, e.g. issuetype in (Incident, Bug); empty = by their types"
    )
    account: str | None = variable("Our own account id (Cloud) or user name (Data Center): its changes are our echo")
    ca_file: str | None = variable("File with the certificate authority of a Jira of your own")
    webhook_secret: SecretStr | None = variable("The secret with which Jira signs its webhooks")
