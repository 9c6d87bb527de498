"""What Jenkins needs: its address, a user's API token and the jobs to watch, a secret of ours to send us notices."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class JenkinsSettings(SystemSettings):
    model_config = SettingsConfigDict(env_prefix="JENKINS_")
    GROUPS = {  # noqa: RUF012 - a ClassVar in the parent
        "read": needs(("url", "user", "api_token"), ("url", "user", "api_token", "run_builds")),
        # A token may do whatever its user may, so that people may act with it is said, not found out.
        "write": needs(("run_builds",)),
        "inbound": needs(("webhook_secret",)),
    }

    url: str = variable("Address of the controller, with its path prefix", "")
    user: str = variable("User whose API token is used", "")
    api_token: SecretStr = variable("API token of the user (Security page of the user)", SecretStr(""))
    jobs: Names = variable("Jobs, folders and multibranch projects to watch (`team/shop`); empty means all", ())
    default_branches: Names = variable(
        "Default branches of multibranch projects that do not mark their own, the first found counts",
        ("main", "master"),
    )
    deploy_jobs: Names = variable(
        "Patterns of jobs whose builds are deployments, not only runs of a pipeline", ("*deploy*", "*release*")
    )
    ca_file: str = variable("File with the certificate authority of the server", "")
    verify_tls: bool = variable("Whether certificates are verified", default=True)
    allow_plain_http: bool = variable("Whether the token may go over plain http beyond loopback", default=False)
    run_builds: bool = variable(
        "Whether builds may be run again, stopped and approved; no command does so yet", default=False
    )
    webhook_secret: SecretStr = variable("Secret that its notices bring or are signed with", SecretStr(""))
