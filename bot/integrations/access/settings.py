"""What posted lists need: the token with which they are posted, and how often they must come."""

from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import PostedSettings, variable


class AccessSettings(PostedSettings):
    model_config = SettingsConfigDict(env_prefix="ACCESS_", env_ignore_empty=True)
    GROUPS = {"reports": PostedSettings.REPORTS}  # noqa: RUF012 - a ClassVar in the parent

    report_max_age_hours: int = variable("Hours after which a list that did not come anew fails", 35 * 24, gt=0)
    report_forget_days: int = variable(
        "Days after which a list that is posted no more, and need not be, leaves the checklist", 80, gt=0
    )
