"""`/incident` and all its verbs, typed or in forms: what is done is seen where it was asked, and mistakes are told."""

from collections.abc import Iterator

import pytest

from tests.journeys.stage import ANN, BOB, BOT, KIM, Json, Stage, cards, drawn_text, eventually, line_of, number_of


@pytest.fixture(scope="module")
def channel(fresh: Stage) -> Iterator[Json]:
    """One incident for all the verbs, declared by Bob."""
    fresh.says(BOB, "general", "/incident declare Peach: the verbs sev3", "Opening INC-")
    yield fresh.opened("Peach")
    fresh.resolve_joinable()


def test_declared_by_text_brings_the_one_who_declared_it(stage: Stage, channel: Json) -> None:
    assert set(channel["members"]) == {BOT, BOB}
    stage.card_says(channel, "SEV3 · Peach: the verbs", "a person declared it")


def test_in_its_channel_the_bare_command_tells_the_story_so_far(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident", "in 30 seconds")


def test_elsewhere_the_bare_command_opens_the_form(stage: Stage) -> None:
    stage.command(BOB, "general", "/incident checkout is slow sev1")
    view = eventually(lambda: stage.view_of(BOB))
    told = view["state"]["values"]
    assert view["callback_id"] == "incidents.declare.v1"
    assert told["title"][next(iter(told["title"]))]["value"] == "checkout is slow"
    assert told["severity"]["incidents.severity.v1"]["selected_option"]["value"] == "sev1"
    assert told["service"]["incidents.service.v1"]["selected_option"]["value"] == "checkout"
    stage.act("slack/close", user=BOB, view_id=view["id"])


def test_the_form_tells_what_is_missing_and_then_opens_the_incident(stage: Stage) -> None:
    stage.command(KIM, "general", "/incident")
    eventually(lambda: stage.view_of(KIM)["callback_id"] == "incidents.declare.v1")
    came = stage.submit(KIM, title="   ")
    assert came["errors"], came
    assert set(came["errors"]) == {"title"}
    came = stage.submit(KIM, title="Pearl: by form", seen="Nothing loads", how=["private"])
    assert came["taken"], came
    made = stage.opened("Pearl")
    eventually(lambda: f"is ready: <#{made['id']}>" in drawn_text(stage.view_of(KIM)))
    assert made["is_private"]
    assert set(made["members"]) == {BOT, KIM}
    stage.quiet()
    assert not [one for one in stage.channel("incidents")["messages"] if "Pearl" in line_of(one)]
    assert "Pearl" not in drawn_text(stage.says(BOB, "general", "/incident list", "INC-"))
    stage.act("slack/close", user=KIM, view_id=stage.view_of(KIM)["id"], all=True)


def test_asking_for_the_page_pages_whoever_is_on_call(stage: Stage) -> None:
    stage.command(ANN, "general", "/incident")
    eventually(lambda: stage.view_of(ANN)["callback_id"] == "incidents.declare.v1")
    stage.submit(ANN, title="Pewter: paged by form", service="search", how=["page"])
    made = stage.opened("Pewter")
    assert {ANN, KIM} <= set(made["members"])  # on call for search

    def paged() -> bool:
        found = [one for one in stage.see("pagerduty/state")["incidents"] if "Pewter" in one["title"]]
        assert [one["service"]["id"] for one in found] == ["PSVC002"], found
        return True

    eventually(paged)
    stage.quiet()
    assert [one["id"] for one in stage.channels("Pewter")] == [made["id"]]
    stage.act("slack/close", user=ANN, view_id=stage.view_of(ANN)["id"], all=True)


def test_list_shows_it(stage: Stage, channel: Json) -> None:
    stage.says(ANN, "general", "/incident list", "Peach: the verbs")
    assert channel["id"] in stage.says(ANN, "general", "/incident list", f"INC-{number_of(channel)}").__repr__()


def test_status(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident status", "is investigating")
    stage.says(BOB, channel["id"], "/incident status monitoring", "is monitoring now")
    stage.card_says(channel, "*monitoring*")
    stage.says(BOB, channel["id"], "/incident status asleep", "Use one of")


def test_severity(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident severity sev1 more people see it", "is SEV1 now")
    stage.card_says(channel, "SEV1 · Peach")
    stage.says(BOB, channel["id"], "/incident severity sev2", "Lowering needs a reason")
    stage.says(BOB, channel["id"], "/incident severity sev2 fewer people see it", "is SEV2 now")
    stage.says(BOB, channel["id"], "/incident severity huge", "Use one of")


def test_role(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], f"/incident role lead <@{KIM}>", "is lead of")
    stage.card_says(channel, "*Lead* Kim")
    stage.says(BOB, channel["id"], "/incident role lead", "Bob is lead")
    stage.says(BOB, channel["id"], "/incident role comms @ann", "Ann is communications")
    stage.says(BOB, channel["id"], "/incident role king", "Use /incident role")
    stage.says(BOB, channel["id"], "/incident role lead @nobody", "I do not know that person")


def test_update(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident update We roll back <!channel>; ten minutes", "Posted the update")
    stage.card_says(channel, "We roll back <!channel>; ten minutes")

    def announced() -> bool:
        return "We roll back" in line_of(stage.announcement(channel))

    eventually(announced)
    last = stage.channel(channel["id"])["messages"][-1]
    assert "<!channel>" not in last["text"]


def test_update_by_form_with_a_preview(stage: Stage, channel: Json) -> None:
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.update.v1")
    eventually(lambda: stage.view_of(BOB)["callback_id"] == "incidents.update_form.v1")
    stage.submit(BOB, text="Half of the pods are back", status="identified")
    preview = eventually(lambda: stage.view_of(BOB))
    assert preview["callback_id"] == "incidents.preview_form.v1"
    assert "Half of the pods are back" in drawn_text(preview)
    stage.quiet()
    assert "Half of the pods" not in line_of(stage.card(channel))
    stage.submit(BOB)
    stage.card_says(channel, "Half of the pods are back", "*identified*")
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)


def test_task(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], f"/incident task ask the payment provider <@{KIM}>", "Task added")
    stage.card_says(channel, "Tasks 0 of 1")

    def listed() -> Json:
        (only,) = [one for one in stage.channel(channel["id"])["messages"] if "Tasks of INC-" in line_of(one)]
        found: Json = only
        return found

    tasks = eventually(listed)
    assert tasks["thread_ts"] == cards(channel)[0]["ts"]
    box = next(one for block in tasks["blocks"] for one in block.get("elements", []) if one["type"] == "checkboxes")
    stage.press(BOB, channel["id"], tasks["ts"], box["action_id"], selected=[box["options"][0]["value"]])
    stage.card_says(channel, "Tasks 1 of 1")


def test_timeline(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident timeline the cache was cold", "Noted on the timeline")
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.timeline.v1")
    eventually(lambda: "the cache was cold" in line_of(stage.view_of(BOB)))
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)


def test_page(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], f"/incident page <@{ANN}> the database does not come back", "Paging Ann")

    def paged() -> bool:
        found = [one for one in stage.see("pagerduty/state")["incidents"] if "Peach" in one["title"]]
        assert found, "nothing in PagerDuty"
        return "Ann Adams" in str(found)

    eventually(paged)
    stage.says(BOB, channel["id"], "/incident page", "Say why")


def test_link(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident link https://meet.example.com/bridge Bridge", "Linked to")
    stage.card_says(channel, "Bridge")
    eventually(lambda: [one["title"] for one in stage.channel(channel["id"])["bookmarks"]] == ["Bridge"])
    stage.says(BOB, channel["id"], "/incident link javascript:alert(1)", "Give an http or https address")


def test_help_and_what_is_not_understood(stage: Stage, channel: Json) -> None:
    stage.says(BOB, "general", "/incident help", "/incident declare checkout is slow sev2")
    before = len(stage.said_to(BOB))
    stage.says(BOB, channel["id"], "/incident help", "/incident role lead @ann")
    note = stage.said_to(BOB)[before]
    stage.press(BOB, channel["id"], note["ts"], "slack.help.v1")
    eventually(lambda: "/incident severity" in drawn_text(stage.view_of(BOB)))
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)
    stage.says(BOB, "general", "/incident resolv", "Did you mean")
    stage.says(BOB, "general", "/incident resolve it is over", "no incident in this channel")


def test_merge_moves_alerts_and_people_on(stage: Stage, channel: Json) -> None:
    stage.says(ANN, "general", "/incident declare Pine: the same thing sev3", "Opening INC-")
    other = stage.opened("Pine")
    stage.says(ANN, other["id"], "/incident merge INC-999999", "Name another open incident")
    stage.says(ANN, other["id"], f"/incident merge INC-{number_of(channel)}", "goes on in INC-")
    stage.card_says(other, "*merged* into")

    def moved() -> bool:
        last = stage.channel(other["id"])["messages"][-1]
        assert "goes on as" in line_of(last), line_of(last)
        return True

    eventually(moved)
    stage.says(ANN, other["id"], "/incident resolve done", "moved on")


def test_resolve_and_reopen(stage: Stage, channel: Json) -> None:
    stage.says(BOB, channel["id"], "/incident resolve", "What fixed it?")
    stage.says(BOB, channel["id"], "/incident resolve rolled back to 2.14.0", "is resolved")
    stage.card_says(channel, "*resolved* after", "by Bob")
    stage.says(BOB, channel["id"], "/incident status monitoring", "moved on")
    stage.says(BOB, channel["id"], "/incident reopen", "is open again")
    stage.card_says(channel, "*investigating*")
    stage.says(BOB, channel["id"], "/incident resolve for good now", "is resolved")
    assert len(stage.timeline(channel, "resolved")) == 2
