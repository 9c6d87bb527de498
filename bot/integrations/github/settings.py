"""What GitHub needs: a token or an App, the repositories that are watched, a secret to send us notices."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import ClassVar, Final

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Group, GroupName, Names, SystemSettings, needs, variable

PARTS: Final = ("owners", "outsiders", "second_factor", "tokens", "keys")
_APP = ("app_id", "installation_id")
_LOGINS = (("token",), (*_APP, "app_private_key"), (*_APP, "app_private_key_file"))
_READ = tuple((*login, what) for what, login in product(("repos", "workflows", "orgs"), _LOGINS))


class GitHubSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="GITHUB_", env_ignore_empty=True)
    GROUPS: ClassVar[Mapping[GroupName, Group]] = {
        "read": needs(*_READ, *((*names, "run_workflows") for names in _READ)),
        # The same credential reads and acts, by its rights: that people may act with it is said, not found out.
        "write": needs(("run_workflows",)),
        "inbound": needs(("webhook_secret",)),
    }

    token: SecretStr = variable("Fine-grained personal access token, if there is no App", SecretStr(""))
    app_id: str = variable("GitHub App: its client id or App id", "")
    installation_id: str = variable("GitHub App: the id of its installation", "")
    app_private_key: SecretStr = variable("GitHub App: its private key (PEM)", SecretStr(""))
    app_private_key_file: str = variable("GitHub App: file with that key, in place of the key itself", "")
    repos: Names = variable("Repositories to watch, as owner/name", ())
    workflows: Names = variable("Workflows to watch, as owner/name:file.yml; empty means all of the repositories", ())
    environments: Names = variable(
        "Environments to watch, as name or owner/name:environment; empty means all that are not transient", ()
    )
    orgs: Names = variable("Organisations whose access is reviewed each morning; empty means none", ())
    review: Names = variable("What of them is reviewed", PARTS)
    known_owners: Names = variable("Logins of the owners that an organisation should have", ())
    known_outsiders: Names = variable("Logins of outside collaborators who are meant to be there", ())
    owner_token: SecretStr = variable(
        "Token of an organisation owner, only to see who has no second factor; not needed where GITHUB_TOKEN is one",
        SecretStr(""),
    )
    run_workflows: bool = variable(
        "Whether workflows may be run again, cancelled and approved; no command does so yet", default=False
    )
    api_url: str = variable("Address of the API (own server: https://host/api/v3)", "https://api.github.com")
    api_version: str = variable("Version of the API", "2022-11-28")
    ca_file: str = variable("File with the certificate authority of a server of your own", "")
    webhook_secret: SecretStr = variable("Secret with which its webhook signs", SecretStr(""))

    @field_validator("repos")
    @classmethod
    def _named_in_full(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(given, "owner/name", lambda one: one.count("/") == 1 and all(one.split("/")))

    @field_validator("workflows")
    @classmethod
    def _with_their_repository(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        def fits(one: str) -> bool:
            repo, _, file = one.partition(":")
            return repo.count("/") == 1 and all(repo.split("/")) and bool(file)

        return _checked(given, "owner/name:file.yml", fits)

    @field_validator("review")
    @classmethod
    def _parts_that_there_are(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(given, f"one of {', '.join(PARTS)}", lambda one: one in PARTS)

    def refuse_half_set(self) -> None:
        """Half an App is told as such first: a token would complete the group as well, and was not meant."""
        key = "app_private_key_file" if self.app_private_key_file else "app_private_key"
        self._refuse_part((*_APP, key), (*_APP, key))
        super().refuse_half_set()

    @property
    def as_app(self) -> bool:
        """Whether we log in as a GitHub App; its settings go before those of a person."""
        return bool(self.app_id)

    @property
    def watched(self) -> Mapping[str, Sequence[str]]:
        """The repositories, each with the files of the workflows that are watched in it; none means all."""
        found: dict[str, list[str]] = {repo: [] for repo in self.repos}
        for one in self.workflows:
            repo, _, file = one.partition(":")
            found.setdefault(repo, []).append(file.rpartition("/")[2])
        return found

    def environments_of(self, repo: str) -> Sequence[str] | None:
        """Those that are named for a repository, or for all of them; None where none is named at all."""
        found: list[str] = []
        for one in self.environments:
            place = next((other for other in self.watched if one.startswith(f"{other}:")), None)
            found += [one] if place is None else [one.removeprefix(f"{place}:")] if place == repo else []
        return found if self.environments else None


def _checked(given: tuple[str, ...], form: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
    for one in given:
        if not fits(one):
            raise ValueError(f"write it as {form}, not {one[:60]!r}")
    return given
