"""The process's own settings, from the environment and `.env`, and the YAML file. An integration's live with it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.plan import Plan, SecretFrom, SystemEntry

USUAL_RUNBOOKS: Final = Path("runbooks")


class BadSettings(Exception):
    """The start stops; the text says what is wrong and what to do, a line a problem, and never a secret."""


class Settings(BaseSettings):
    """Who we are and where: addresses, tokens, folders. Structured things stand in the YAML file (`Plan`)."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr | None = Field(None, description="Bot token `xoxb-…` of the Slack app.")
    slack_app_token: SecretStr | None = Field(None, description="App-level token `xapp-…`: Socket Mode.")
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret: HTTP mode, instead of the app token."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Base address of Slack's Web API.")
    database_url: SecretStr | None = Field(None, description="`postgresql://…`; empty: SQLite in the data folder.")
    daywatch_config: str | None = Field(
        None, description="Path of the YAML file; default `daywatch.yaml` if it is there; empty: none."
    )
    daywatch_data_dir: Path = Field(Path("var"), description="Database, logs and the local workspace's data.")
    daywatch_host: str = Field("127.0.0.1", description="Where the HTTP door listens.")
    daywatch_port: int = Field(8080, ge=0, le=65535, description="Port of the HTTP door.")
    daywatch_local_port: int = Field(8081, ge=0, le=65535, description="Port of the local workspace.")
    daywatch_require_slack: bool = Field(False, description="Never fall back to the local workspace.")
    daywatch_public_url: str | None = Field(
        None, description="Where the HTTP door is reachable, for links and manifests."
    )
    daywatch_runbooks: Path = Field(USUAL_RUNBOOKS, description="Folder of the runbooks.")
    daywatch_metrics_token: SecretStr | None = Field(
        None, description="Opens /metrics and the reasons of /readyz beyond loopback."
    )
    eol_source: str = Field(
        "https://endoflife.date/api/v1",
        description="Where until when releases are supported is looked up once a day: an address like this one, a file "
        "with its /products/full, or empty for our own table only.",
    )
    eol_max_age_days: int = Field(
        365, gt=0, description="Days after which facts about the support of releases make nothing ok any more."
    )
    daywatch_log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    daywatch_log_format: Literal["console", "json"] = Field("console", description="For people, or for machines.")

    @property
    def slack_mode(self) -> Literal["socket", "http"] | None:
        """How Slack reaches us; None when no Slack variable is set."""
        if not any((self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)):
            return None
        return "socket" if self.slack_app_token else "http"

    @property
    def store_url(self) -> str:
        if self.database_url is not None and self.database_url.get_secret_value():
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.daywatch_data_dir / 'daywatch.db'}"

    @property
    def runbooks_folder(self) -> Path:
        """Your own; where nobody made or named one, those that an installed package brings along."""
        return runbooks_folder(self.daywatch_runbooks)

    @property
    def on_postgres(self) -> bool:
        return self.store_url.startswith("postgres")

    @property
    def journal(self) -> Path:
        """The engine's own file, where the store is SQLite."""
        return (self.daywatch_data_dir / "engine.db").absolute()

    def make_data_folder(self) -> None:
        """Raise `BadSettings` where there can be none."""
        folder = self.daywatch_data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(
                f"The data folder {folder} cannot be made ({error.strerror}). Check DAYWATCH_DATA_DIR."
            ) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise BadSettings(f"The data folder {folder} cannot be written to. Check its owner, or DAYWATCH_DATA_DIR.")

    def refuse_half_set(self) -> None:
        """Raise `BadSettings` when the Slack variables do not make a whole, or the store's address is no such thing."""
        if not self.store_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise BadSettings("DATABASE_URL: write postgresql://user:password@host/database, or unset it for SQLite.")
        if self.slack_mode is None:
            return
        missing = []
        if not self.slack_bot_token:
            missing.append("SLACK_BOT_TOKEN")
        if not self.slack_app_token and not self.slack_signing_secret:
            missing.append("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode)")
        if missing:
            what = f"{missing[0]} is" if len(missing) == 1 else f"{' and '.join(missing)} are"
            raise BadSettings(f"Slack is half set: {what} missing. Set what is missing, or unset the others.")


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The YAML file as it was read: where it is (None: there is none), and what it says."""

    path: Path | None
    plan: Plan


def runbooks_folder(named: Path) -> Path:
    """In a checkout they stand beside `bot`; a package keeps them inside."""
    packaged = Path(__file__).parent / USUAL_RUNBOOKS
    return packaged if named == USUAL_RUNBOOKS and not named.exists() and packaged.is_dir() else named


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """From the environment and `.env`; explicit values (the local workspace's) come before both."""
    given: dict[str, Any] = {name.lower(): value for name, value in (environment or {}).items()}
    try:
        settings = Settings(**{name: value for name, value in given.items() if name in Settings.model_fields})
    except ValidationError as error:
        raise BadSettings("\n".join(_told(error, upper=True))) from error
    settings.refuse_half_set()
    return settings


def load_plan(settings: Settings, fallback: Path | None = None) -> PlanFile:
    """The YAML file that the settings name, `daywatch.yaml` if it is there, else `fallback`, else the defaults."""
    path = _plan_path(settings) or fallback
    if path is None:
        return PlanFile(None, Plan())
    return PlanFile(path, read_plan(path))


def _plan_path(settings: Settings) -> Path | None:
    named = settings.daywatch_config
    if named is None:
        usual = Path("daywatch.yaml")
        return usual if usual.is_file() else None
    return Path(named) if named else None


def read_plan(path: Path) -> Plan:
    """Raises `BadSettings` with the file, the line and the remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings(f"{path} cannot be read ({error.strerror}). Check DAYWATCH_CONFIG.") from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{path} is not text in UTF-8. Save it so, or check DAYWATCH_CONFIG.") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise BadSettings(f"{where}: not YAML: {getattr(error, 'problem', error)}") from error
    if found is None:
        return Plan()
    if not isinstance(found, dict):
        raise BadSettings(f"{path}: the file holds a {type(found).__name__}; it must begin with keys such as teams:")
    try:
        return Plan.model_validate(found)
    except ValidationError as error:
        lines = []
        for words, place in zip(_told(error), (one["loc"] for one in error.errors()), strict=True):
            line = _line_of(node, place)
            lines.append(f"{path}, line {line}: {words}" if line else f"{path}: {words}")
        raise BadSettings("\n".join(lines)) from error


def _told(error: ValidationError, *, upper: bool = False) -> Sequence[str]:
    told = []
    for one in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in one["loc"])
        words = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            words = "is not a setting; check the spelling"
        told.append(f"{place.upper() if upper else place}: {words}" if place else words)
    return told


def _line_of(node: Any, place: Sequence[Any]) -> int | None:
    """The line on which a part of the file stands. Any: PyYAML's nodes have no types."""
    line: int | None = node.start_mark.line + 1 if node is not None else None
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def nameable() -> Mapping[str, str]:
    """What the YAML file can name: the environment, and behind it `.env`, as for every other variable."""
    beside = {name: value for name, value in dotenv_values(".env").items() if value}
    return {**beside, **os.environ}


def secret_of(source: SecretFrom, environment: Mapping[str, str]) -> SecretStr:
    """The secret that the YAML file names. Raises `BadSettings` when it is not there."""
    if source.env is not None:
        value = environment.get(source.env, "")
        if not value:
            raise BadSettings(
                f"{source.env} is named in the YAML file, but neither the environment nor .env has it. Set it there."
            )
        return SecretStr(value)
    try:
        return SecretStr(Path(source.file or "").read_text(encoding="utf-8").strip())
    except OSError as error:
        raise BadSettings(f"{source.file} is named in the YAML file, but cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{source.file} is named in the YAML file, but is not text in UTF-8.") from error


def entry_values(entry: SystemEntry, environment: Mapping[str, str]) -> dict[str, Any]:
    """A `systems:` entry's own settings, with the secrets it names filled in."""
    values: dict[str, Any] = {}
    for name, value in entry.rest.items():
        if isinstance(value, dict) and set(value) <= {"env", "file"} and value:
            values[name] = secret_of(SecretFrom.model_validate(value), environment)
        else:
            values[name] = value
    return values
