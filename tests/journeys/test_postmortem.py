"""After the fix: asked for, written in four pages, filed in Jira once whatever happens, and kept in step with it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.stage import (
    ANN,
    BOB,
    KIM,
    PATIENCE,
    SAM,
    Json,
    Stage,
    actions_of,
    drawn_text,
    eventually,
    line_of,
    number_of,
)

WRITE, WAIVE = "postmortems.write.v1", "postmortems.waive.v1"


def resolved(stage: Stage, title: str, *people: str) -> Json:
    """An incident that Bob led and resolved; its channel."""
    stage.says(BOB, "general", f"/incident declare {title} sev2", "Opening INC-")
    channel = stage.opened(title.partition(":")[0])
    eventually(lambda: BOB in stage.channel(channel["id"])["members"])
    for user in people:
        stage.act("slack/join", user=user, channel=channel["id"])
    stage.says(BOB, channel["id"], f"/incident role lead <@{BOB}>", "Bob is lead")
    stage.command(BOB, channel["id"], "/incident resolve rolled back to 2.14.0")
    stage.card_says(channel, "*resolved* after")
    return channel


def part(stage: Stage, channel: Json, kind: str) -> Json:
    """The prompt or the filed message in an incident's channel."""
    key = f"postmortem.{kind}:{number_of(stage.channel(channel['id']))}"
    messages = stage.channel(channel["id"])["messages"]
    (only,) = [one for one in messages if _payload(one).get("key") == key]
    found: Json = only
    return found


def _payload(message: Json) -> Json:
    found: Json = (message.get("metadata") or {}).get("event_payload") or {}
    return found


def says(stage: Stage, channel: Json, kind: str, *words: str, seconds: float = PATIENCE) -> Json:
    """That message, as soon as it says all of these words."""

    def said() -> Json:
        message = part(stage, channel, kind)
        told = line_of(message)
        assert not (missing := [word for word in words if word not in told]), (missing, told)
        return message

    return eventually(said, seconds)


def direct(stage: Stage, user: str, channel: Json) -> Json:
    """What the person was asked directly about this incident."""
    where = stage.act("slack/direct", user=user)["channel"]
    name = f"INC-{number_of(stage.channel(channel['id']))}"
    (only,) = [one for one in stage.channel(where)["messages"] if name in line_of(one)]
    found: Json = only
    return found


def page(stage: Stage, user: str, callback: str) -> Json:
    """The page of the form in front of somebody, as soon as it is this one."""

    def there() -> Json:
        view = stage.view_of(user)
        assert view["callback_id"] == callback, (view["callback_id"], line_of(view))
        return view

    return eventually(there)


def write(stage: Stage, channel: Json, *actions: str) -> None:
    """All four pages, to the end."""
    stage.press(BOB, channel["id"], says(stage, channel, "prompt", "A draft is ready")["ts"], WRITE)
    page(stage, BOB, "postmortems.what.v1")
    stage.submit(BOB, summary="Orders failed after the deploy", impact="One order in eight failed")
    page(stage, BOB, "postmortems.why.v1")
    stage.submit(BOB, factors="The pool was small and nobody saw it fill", helped="The page came at once")
    view = page(stage, BOB, "postmortems.actions_page.v1")
    values: dict[str, str] = {}
    due = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    for number, words in enumerate(actions, 1):
        if number > 1:
            stage.act(
                "slack/press", user=BOB, view_id=view["id"], action_id="postmortems.another.v1", values=dict(values)
            )
            eventually(lambda: f"what_n{number}" in str(stage.view_of(BOB)["blocks"]))  # noqa: B023 - called at once
        values |= {f"what_n{number}": words, f"owner_n{number}": KIM, f"due_n{number}": due}
    stage.submit(BOB, **values)
    page(stage, BOB, "postmortems.preview.v1")
    assert all(words in line_of(stage.view_of(BOB)) for words in actions)
    came = stage.submit(BOB)
    assert came["taken"], came
    assert "Filing the postmortem" in line_of(stage.view_of(BOB))
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)


def tickets(stage: Stage, channel: Json) -> dict[str, list[Json]]:
    """What stands on Jira's board for this incident: the postmortem's tickets, and each action's, by label."""
    number = number_of(stage.channel(channel["id"]))
    found: dict[str, list[Json]] = {}
    for column in stage.see("jira/board")["columns"]:
        for one in column["issues"]:
            for label in one["labels"]:
                if label == f"daywatch-inc-{number}" or label.startswith(f"daywatch-inc-{number}-a"):
                    found.setdefault(label.removeprefix(f"daywatch-inc-{number}"), []).append(one)
    return found


def ticket(stage: Stage, key: str) -> Json:
    found: Json = stage.see(f"jira/ticket?key={key}")
    return found


def linked(stage: Stage, key: str) -> set[str]:
    links = ticket(stage, key)["ticket"]["fields"]["issuelinks"]
    return {one.get("inwardIssue", one.get("outwardIssue"))["key"] for one in links}


def test_written_in_four_pages_it_is_a_ticket_with_linked_actions(stage: Stage) -> None:
    channel = resolved(stage, "Acacia: checkout fails <!channel> & co", ANN)
    number = number_of(stage.channel(channel["id"]))
    prompt = says(stage, channel, "prompt", f"INC-{number} lasted", "A draft is ready:")
    assert {WRITE, WAIVE} <= set(actions_of(prompt))
    asked = eventually(lambda: direct(stage, BOB, channel))
    assert WRITE in actions_of(asked)
    write(stage, channel, "Alarm on a full pool", "Raise the pool size")
    says(stage, channel, "filed", f"Postmortem INC-{number}", "· to do", "Alarm on a full pool · Kim · due ", "OPS-")
    eventually(lambda: set(tickets(stage, channel)) == {"", "-a1", "-a2"})
    found = tickets(stage, channel)
    assert all(len(one) == 1 for one in found.values()), found
    (main,), (first,), (second,) = found[""], found["-a1"], found["-a2"]
    assert main["summary"] == f"Postmortem INC-{number}: Acacia: checkout fails <!channel> & co"
    assert (main["assignee"], first["assignee"]) == ("Bob Brown", "Kim Keller")
    assert (first["summary"], second["summary"]) == ("Alarm on a full pool", "Raise the pool size")
    body = ticket(stage, main["key"])["ticket"]["fields"]["description"]
    for words in ("Orders failed after the deploy", "One order in eight failed", "rolled back to 2.14.0"):
        assert words in body
    eventually(lambda: linked(stage, main["key"]) == {first["key"], second["key"]})
    for one in (main, first, second):
        eventually(lambda: channel["id"] in str(ticket(stage, one["key"])["remote_links"]))  # noqa: B023 - called at once
    for message in (part(stage, channel, "prompt"), direct(stage, BOB, channel)):
        assert WRITE not in actions_of(message)
        assert main["key"] in line_of(message)
    eventually(lambda: stage.status(channel) == "closed")


def test_moved_on_the_board_the_message_follows_and_ticked_here_the_board_follows(stage: Stage) -> None:
    channel = resolved(stage, "Alder: in step with Jira")
    write(stage, channel, "Write a test")
    says(stage, channel, "filed", "☐ Write a test · Kim", "· OPS-")
    (main,), (item,) = (tickets(stage, channel)[label] for label in ("", "-a1"))
    stage.act("jira/move", key=main["key"], status="In Progress", user="bob")
    says(stage, channel, "filed", "· in progress")
    stage.act("jira/move", key=item["key"], status="Done", user="kim")
    says(stage, channel, "filed", "☑ Write a test")
    stage.press(BOB, channel["id"], part(stage, channel, "filed")["ts"], "postmortems.add_action.v1")
    page(stage, BOB, "postmortems.add_form.v1")
    stage.submit(BOB, what="Tell the others")
    says(stage, channel, "filed", "☐ Tell the others · no owner yet · OPS-")
    (added,) = tickets(stage, channel)["-a2"]
    eventually(lambda: linked(stage, main["key"]) == {item["key"], added["key"]})
    stage.act("jira/delete", key=added["key"], user="kim")
    says(stage, channel, "filed", "was deleted")


def test_with_jira_down_it_is_saved_and_filed_once_when_it_is_back(stage: Stage) -> None:
    stage.fault("* /rest/*", "fail", system="jira", status=503)
    channel = resolved(stage, "Almond: Jira is down")
    write(stage, channel, "Say it again")
    shown = says(stage, channel, "filed", "saved here; the ticket will follow", "Trying again at")
    assert "pending.retry.v1" in actions_of(shown)
    assert tickets(stage, channel) == {}
    stage.heal()
    stage.press(BOB, channel["id"], shown["ts"], "pending.retry.v1")
    says(stage, channel, "filed", "· to do", "☐ Say it again · Kim", "· OPS-")
    stage.quiet()
    assert {label: len(one) for label, one in tickets(stage, channel).items()} == {"": 1, "-a1": 1}


def test_not_needed_with_a_reason_closes_it(stage: Stage) -> None:
    channel = resolved(stage, "Apple: the same as before", KIM)
    asked = eventually(lambda: direct(stage, BOB, channel))
    where = stage.act("slack/direct", user=BOB)["channel"]
    stage.press(BOB, where, asked["ts"], WAIVE)
    page(stage, BOB, "postmortems.waive_form.v1")
    came = stage.submit(BOB)
    assert came["errors"], "a reason is needed"
    stage.submit(BOB, reason="Same cause as the day before")
    said = says(stage, channel, "prompt", "No postmortem for INC-", "(Bob): Same cause as the day before")
    assert actions_of(said) == []
    eventually(lambda: actions_of(direct(stage, BOB, channel)) == [])
    eventually(lambda: stage.status(channel) == "closed")
    assert tickets(stage, channel) == {}


def test_reopened_the_question_is_taken_back_and_asked_again_at_the_end(stage: Stage) -> None:
    channel = resolved(stage, "Ash: not over")
    stage.press(BOB, channel["id"], says(stage, channel, "prompt", "A draft is ready")["ts"], WRITE)
    page(stage, BOB, "postmortems.what.v1")
    stage.submit(BOB, summary="What I know so far")
    page(stage, BOB, "postmortems.why.v1")
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)
    says(stage, channel, "prompt", "Bob is writing the postmortem, last saved")
    stage.command(BOB, channel["id"], "/incident reopen")
    taken = says(stage, channel, "prompt", "was reopened. Its postmortem is asked for when it is over.")
    assert actions_of(taken) == []
    stage.command(BOB, channel["id"], "/incident resolve now it is")
    messages = eventually(lambda: prompts(stage, channel))
    stage.press(BOB, channel["id"], messages[-1]["ts"], WRITE)
    view = page(stage, BOB, "postmortems.what.v1")
    assert "What I know so far" in str(view["blocks"])
    stage.act("slack/close", user=BOB, view_id=view["id"], all=True)


def prompts(stage: Stage, channel: Json) -> list[Json]:
    """Messages in the channel that ask for the postmortem now."""
    return [one for one in stage.channel(channel["id"])["messages"] if WRITE in actions_of(one)]


def test_a_viewer_reads_it_and_cannot_write_it(stage: Stage) -> None:
    channel = resolved(stage, "Aspen: look here", SAM)
    prompt = says(stage, channel, "prompt", "A draft is ready")
    before = len(stage.said_to(SAM))
    stage.press(SAM, channel["id"], prompt["ts"], WRITE)
    eventually(lambda: any("🔒" in drawn_text(one) for one in stage.said_to(SAM)[before:]))
    name = f"INC-{number_of(stage.channel(channel['id']))}"
    stage.says(SAM, "general", "/postmortem list", name)
    stage.says(SAM, "general", f"/postmortem {name}", "🔒")
    assert not stage.state()["views"].get(SAM)


STEPS = (
    ("POST */issue", 0),
    ("POST */issue", 1),
    ("POST */issueLink", 0),
    ("POST */remotelink", 0),
    ("GET */search*", 0),
)
"""Each call of a filing: both tickets, the link between them, the link back, and the look before."""


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("applied", ["before", "after"], ids=["applied", "not applied"])
def test_killed_in_each_step_of_filing_there_is_one_ticket_of_each(stage: Stage, applied: str) -> None:
    for number, (method, after) in enumerate(STEPS):
        channel = resolved(stage, f"Balsa {number} {applied}: killed while filing")
        fault = stage.fault(method, "hold", system="jira", applied=applied, times=1, after=after)
        write(stage, channel, "Only once")
        eventually(lambda: stage.held(fault))  # noqa: B023 - called at once
        stage.kill9()
        stage.heal()
        stage.start_again()
        says(stage, channel, "filed", "· to do", "☐ Only once · Kim", "· OPS-")
        stage.quiet(1.0)
        assert {label: len(one) for label, one in tickets(stage, channel).items()} == {"": 1, "-a1": 1}, (method, after)
        (main,), (item,) = tickets(stage, channel)[""], tickets(stage, channel)["-a1"]
        eventually(lambda: linked(stage, main["key"]) == {item["key"]})  # noqa: B023
        for one in (main, item):
            eventually(lambda: len(ticket(stage, one["key"])["remote_links"]) == 1)  # noqa: B023
        assert len(ticket(stage, main["key"])["ticket"]["fields"]["issuelinks"]) == 1
