"""Modals and App Homes: triggers, the stack, what people fill in, and how the app answers."""

from typing import Any

from tests.local.slack.desk import App, Clock, Desk, Json

OPS = "C0PLATOPS"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def field(block_id: str, **element: Any) -> Json:
    shape = {"type": "plain_text_input", "action_id": "v", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": shape}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "declare.v1",
        "title": plain("Declare"),
        "submit": plain("Go"),
        "blocks": list(blocks or [field("title")]),
        **more,
    }


async def triggered(desk: Desk, user: str = "ann") -> str:
    return str((await desk.act("command", user=user, channel=OPS, command="/incident", text=""))["trigger_id"])


async def opened(desk: Desk, *blocks: Json, **more: Any) -> str:
    answer = await desk.bot.views_open(trigger_id=await triggered(desk), view=modal(*blocks, **more))
    return str(answer["view"]["id"])


async def top(desk: Desk) -> Json:
    stack: list[Json] = (await desk.state())["views"]["U0ANN0001"]
    return stack[-1]


async def test_a_trigger_opens_one_modal_within_three_seconds(desk: Desk, app: App, clock: Clock) -> None:
    trigger = await triggered(desk)
    view = (await desk.bot.views_open(trigger_id=trigger, view=modal()))["view"]
    assert (view["root_view_id"], view["previous_view_id"], view["app_id"]) == (view["id"], None, "A0LOCAL01")
    assert await desk.code("views.open", trigger_id=trigger, view=modal()) == "exchanged_trigger_id"
    late = await triggered(desk)
    clock.now += 3.1
    assert await desk.code("views.open", trigger_id=late, view=modal()) == "expired_trigger_id"
    assert await desk.code("views.open", trigger_id="1.2.madeup", view=modal()) == "invalid_trigger_id"


async def test_a_view_that_breaks_the_rules_does_not_spend_its_trigger(desk: Desk, app: App) -> None:
    trigger = await triggered(desk)
    answer = await desk.error("views.open", trigger_id=trigger, view=modal(title=plain("x" * 25)))
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][1]
    await desk.bot.views_open(trigger_id=trigger, view=modal())


async def test_a_stack_is_three_deep(desk: Desk, app: App) -> None:
    first = await opened(desk)
    second = await desk.bot.views_push(trigger_id=await triggered(desk), view=modal())
    third = await desk.bot.views_push(trigger_id=await triggered(desk), view=modal())
    assert (third["view"]["previous_view_id"], third["view"]["root_view_id"]) == (second["view"]["id"], first)
    assert await desk.code("views.push", trigger_id=await triggered(desk), view=modal()) == "push_limit_reached"


async def test_an_update_needs_an_open_view_and_the_hash_it_was_seen_with(desk: Desk, app: App) -> None:
    view_id = await opened(desk)
    old = (await top(desk))["hash"]
    await desk.bot.views_update(view_id=view_id, hash=old, view=modal(title=plain("Newer")))
    assert await desk.code("views.update", view_id=view_id, hash=old, view=modal()) == "hash_conflict"
    await desk.act("close", user="ann", view_id=view_id)
    assert await desk.code("views.update", view_id=view_id, view=modal()) == "not_found"


async def test_an_external_id_names_one_open_view(desk: Desk, app: App) -> None:
    await opened(desk, external_id="declare-1")
    bobs = await triggered(desk, "bob")
    assert (
        await desk.code("views.open", trigger_id=bobs, view=modal(external_id="declare-1")) == "duplicate_external_id"
    )
    updated = await desk.bot.views_update(external_id="declare-1", view=modal(title=plain("By name")))
    assert updated["view"]["title"]["text"] == "By name"


async def test_a_submission_carries_what_was_filled_in_and_an_empty_ack_closes_the_view(desk: Desk, app: App) -> None:
    choices = [{"text": plain(each.upper()), "value": each} for each in ("sev1", "sev2")]
    severity = field("severity", type="static_select", options=choices, initial_option=choices[1])
    view_id = await opened(desk, field("title"), severity, private_metadata="kept")
    came = await desk.act("submit", user="ann", view_id=view_id, values={"title": "Checkout is slow"})
    assert came["taken"] is True
    payload = app.asked.payload
    assert (payload["type"], payload["user"]["id"], payload["view"]["id"]) == ("view_submission", "U0ANN0001", view_id)
    assert payload["view"]["state"]["values"] == {
        "title": {"v": {"type": "plain_text_input", "value": "Checkout is slow"}},
        "severity": {"v": {"type": "static_select", "selected_option": choices[1]}},
    }
    assert payload["view"]["private_metadata"] == "kept"
    assert (await desk.state())["views"] == {}


async def test_the_client_refuses_what_is_empty_too_long_or_of_the_wrong_kind_without_asking_the_app(
    desk: Desk, app: App
) -> None:
    optional = {**field("note"), "optional": True}
    count = field("count", type="number_input", is_decimal_allowed=False, max_value="5")
    mail = field("mail", type="email_text_input")
    view_id = await opened(desk, field("title", max_length=5, min_length=2), optional, count, mail)
    heard = len(app.heard)
    came = await desk.act(
        "submit", user="ann", view_id=view_id, values={"title": "too long", "count": "9", "mail": "x"}
    )
    assert set(came["errors"]) == {"title", "count", "mail"}
    came = await desk.act("submit", user="ann", view_id=view_id, values={"title": "", "count": "5", "mail": "a@b.io"})
    assert came["errors"] == {"title": "Please complete this required field."}
    assert len(app.heard) == heard
    assert "no field" in await desk.refused("submit", user="ann", view_id=view_id, values={"nowhere": "x"})


async def test_errors_stay_in_the_view_and_show_only_at_input_blocks(desk: Desk, app: App) -> None:
    view_id = await opened(desk)
    app.answer = lambda _: {"response_action": "errors", "errors": {"title": "Taken", "elsewhere": "unseen"}}
    came = await desk.act("submit", user="ann", view_id=view_id, values={"title": "x"})
    assert came["errors"] == {"title": "Taken"}
    assert (await top(desk))["id"] == view_id


async def test_the_ack_may_update_push_or_clear(desk: Desk, app: App) -> None:
    view_id = await opened(desk)
    app.answer = lambda _: {"response_action": "update", "view": modal(title=plain("Opening"))}
    await desk.act("submit", user="ann", view_id=view_id, values={"title": "x"})
    assert (await top(desk))["title"]["text"] == "Opening"
    app.answer = lambda _: {"response_action": "push", "view": modal(title=plain("Preview"))}
    await desk.act("submit", user="ann", view_id=view_id, values={"title": "x"})
    pushed = await top(desk)
    assert (pushed["title"]["text"], pushed["previous_view_id"]) == ("Preview", view_id)
    app.answer = lambda _: {"response_action": "clear"}
    await desk.act("submit", user="ann", view_id=pushed["id"], values={"title": "x"})
    assert (await desk.state())["views"] == {}


async def test_an_ack_with_a_bad_view_is_trouble_for_the_person(desk: Desk, app: App) -> None:
    view_id = await opened(desk)
    app.answer = lambda _: {"response_action": "update", "view": {"type": "modal"}}
    came = await desk.act("submit", user="ann", view_id=view_id, values={"title": "x"})
    assert (came["taken"], came["error"]) == (False, "invalid_arguments")
    assert (await top(desk))["id"] == view_id


async def test_a_submission_nobody_acks_is_trouble_and_the_view_stays(desk: Desk, app: App) -> None:
    view_id = await opened(desk)
    app.answer = None
    came = await desk.act("submit", user="ann", view_id=view_id, values={"title": "x"})
    assert (came["taken"], came["error"]) == (False, "We had some trouble connecting. Try again?")
    assert (await top(desk))["id"] == view_id


async def test_what_was_typed_stays_over_an_update_that_keeps_the_ids(desk: Desk, app: App) -> None:
    will = {"type": "section", "block_id": "will", "text": plain("Will invite Ann")}
    service = field("service", type="users_select", action_id="pick.v1")
    view_id = await opened(desk, field("title"), {**service, "dispatch_action": True}, will)
    await desk.act("press", user="ann", view_id=view_id, action_id="v", value="half a title")
    assert not [each for each in app.heard if each.payload.get("type") == "block_actions"]
    await desk.act("press", user="ann", view_id=view_id, action_id="pick.v1", selected="U0BOB0001")
    payload = app.asked.payload
    assert payload["container"] == {"type": "view", "view_id": view_id}
    assert payload["actions"][0]["selected_user"] == "U0BOB0001"
    assert payload["view"]["state"]["values"]["title"]["v"]["value"] == "half a title"
    newer = {**will, "text": plain("Will invite Bob")}
    await desk.bot.views_update(
        view_id=view_id, view=modal(field("title"), {**service, "dispatch_action": True}, newer)
    )
    assert (await top(desk))["state"]["values"]["title"]["v"]["value"] == "half a title"


async def test_closing_goes_back_one_view_and_is_told_when_asked_for(desk: Desk, app: App) -> None:
    first = await opened(desk)
    pushed = await desk.bot.views_push(trigger_id=await triggered(desk), view=modal(notify_on_close=True))
    assert "in front" in await desk.refused("submit", user="ann", view_id=first, values={"title": "x"})
    await desk.act("close", user="ann", view_id=pushed["view"]["id"])
    payload = app.asked.payload
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)
    assert (await top(desk))["id"] == first


async def test_an_external_select_asks_the_app_for_options(desk: Desk, app: App) -> None:
    pick = field("runbook", type="external_select", action_id="find.v1", min_query_length=2)
    view_id = await opened(desk, pick)
    found = {"options": [{"text": plain("Disk full"), "value": "disk-full"}]}
    app.answer = lambda request: found if request.payload["type"] == "block_suggestion" else None
    asked = {"user": "ann", "view_id": view_id, "action_id": "find.v1"}
    assert (await desk.act("suggest", **asked, value="d"))["options"] == []
    assert (await desk.act("suggest", **asked, value="disk"))["options"] == found["options"]
    assert app.asked.accepts_response_payload is True
    assert app.asked.payload["value"] == "disk"


async def test_a_home_is_published_for_one_person_and_guarded_by_its_hash(desk: Desk, app: App) -> None:
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button("a")]}]}
    first = await desk.bot.views_publish(user_id="U0ANN0001", view=home)
    old = str(first["view"]["hash"])
    await desk.bot.views_publish(user_id="U0ANN0001", view=home, hash=old)
    assert await desk.code("views.publish", user_id="U0ANN0001", view=home, hash=old) == "hash_conflict"
    assert await desk.code("views.publish", user_id="U0ANN0001", view=modal()) == "invalid_arguments"
    assert list((await desk.state())["homes"]) == ["U0ANN0001"]
    await desk.act("home", user="ann")
    event = (await app.until(lambda: app.events("app_home_opened")))[0]
    assert (event["tab"], event["view"]["id"]) == ("home", first["view"]["id"])
    await desk.act("press", user="ann", view_id=first["view"]["id"], action_id="a")
    assert app.asked.payload["view"]["type"] == "home"


def button(action_id: str) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": "me"}
