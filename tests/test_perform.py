"""Acts: saved with the state they follow from, handed over once, answered in the place of the ask."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acts import Act, Acts, Ask, Happened, Next, Open, Post, Reply, Start, Tell, Wrong
from bot.domain.errors import StoreDown, Unavailable
from bot.perform import HandOver, Performer, services_for
from bot.rows import Event
from bot.slack import notes
from bot.slack.blocks import section
from bot.slack.desk import NotTaken, Repeated
from bot.slack.message import Message, View
from bot.slack.refusals import SlackNotFound, SlackRefused
from bot.store.audit import Audit
from bot.store.database import Store
from bot.store.messages import MessageRows
from bot.store.outbox import Outbox
from tests.fakes.names import ANN
from tests.fakes.until import until
from tests.store import opened

AT = datetime(2026, 11, 23, 3, 12, tzinfo=UTC)
VIEW = View(title="x", blocks=(section("x"),))


class Posts:
    """`down` are the errors that come first, by method."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.drawn: list[Message] = []
        self.down: dict[str, list[Exception]] = {}

    async def respond(self, response_url: str, message: Message, *, everybody: bool, replace: bool) -> None:
        self._fail("respond")
        self.drawn.append(message)
        self.said.append(("everybody" if everybody else "replaced" if replace else "only you", message.text))

    async def ephemeral(self, channel: str, user: str, message: Message, *, thread_ts: str | None) -> None:
        self._fail("ephemeral")
        self.said.append((f"{channel} {user} {thread_ts}", message.text))

    async def direct(self, user: str, message: Message) -> None:
        self._fail("direct")
        self.drawn.append(message)
        self.said.append((f"direct {user}", message.text))

    def _fail(self, method: str) -> None:
        if self.down.get(method):
            raise self.down[method].pop(0)


class Windows:
    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.down: list[Exception] = []

    async def open(self, trigger_id: str, view: View) -> str:
        if self.down:
            raise self.down.pop(0)
        self.shown.append(("open", view.title))
        return "V1"

    async def push(self, trigger_id: str, view: View) -> str:
        if self.down:
            raise self.down.pop(0)
        self.shown.append(("push", view.title))
        return "V2"

    async def update(self, view_id: str, view: View) -> str:
        if self.down:
            raise self.down.pop(0)
        self.shown.append((f"update {view_id}", view.title))
        return view_id


class Nudged:
    def __init__(self) -> None:
        self.keys: list[tuple[str, float]] = []

    def nudge(self, key: str, after: float = 0.0) -> None:
        self.keys.append((key, after))


class EngineAway:
    """Begins flows, unless it is told to be away."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str, float]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.away: list[Exception] = []

    async def start(self, flow: str, once: str, given: Mapping[str, Any]) -> None:
        await self.start_later(flow, once, given, 0.0)

    async def start_later(self, flow: str, once: str, given: Mapping[str, Any], delay: float) -> None:
        if self.away:
            raise self.away.pop(0)
        self.begun.append((flow, once, delay))

    async def tell(self, once: str, words: Mapping[str, Any]) -> bool:
        self.told.append((once, words))
        return True


@dataclass(slots=True, kw_only=True)
class Office:
    store: Store
    performer: Performer
    posts: Posts = field(default_factory=Posts)
    windows: Windows = field(default_factory=Windows)
    nudged: Nudged = field(default_factory=Nudged)
    engine: EngineAway = field(default_factory=EngineAway)
    heard: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answer: Acts = ()
    deaf: list[Exception] = field(default_factory=list)

    async def hear(self, name: str, given: Mapping[str, Any]) -> Acts:
        await self.note(name)
        if self.deaf:
            raise self.deaf.pop(0)
        self.heard.append((name, given))
        answer, self.answer = self.answer, ()
        return answer

    @property
    def hand_over(self) -> HandOver:
        return HandOver(
            store=self.store,
            outbox=self.performer.outbox,
            engine=self.engine,
            performer=self.performer,
            clock=lambda: AT + timedelta(minutes=1),
        )

    async def note(self, who: str) -> None:
        await Audit(self.store).note(at=AT, who=who, what="test", object_="x", whence="")

    async def noted(self) -> list[str]:
        return [row["who"] for row in await Audit(self.store).of("x")]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as store:
        performer = Performer(store=store, outbox=Outbox(store), messages=MessageRows(store), clock=lambda: AT)
        made = Office(store=store, performer=performer)
        performer.posts = made.posts  # type: ignore[assignment] # a fake of the methods that are used
        performer.windows = made.windows  # type: ignore[assignment] # as above
        performer.redraws = made.nudged
        performer.hear = made.hear
        yield made


def ask(**values: Any) -> Ask:
    usual: dict[str, Any] = {"person": ANN, "at": AT, "once": "slack:t1"}
    return Ask(**usual | values)


async def test_what_a_person_asks_is_committed_with_all_that_follows(office: Office) -> None:
    async def doing() -> Acts:
        await office.note("ann")
        return (Reply(Message("done")), Post("card:1", 2.0), Start(flow="open", once="1:open"), Happened("opened"))

    acts = await office.performer.take("slack:t1", doing, 1.5)
    assert len(acts) == 4
    assert await office.noted() == ["ann", "opened"]
    assert office.nudged.keys == [("card:1", 2.0)]
    assert [one.kind for one in await office.performer.outbox.waiting(AT)] == ["start"]
    assert office.performer.committed.is_set()
    assert office.performer.changed.is_set()


async def test_the_same_ask_counts_once(office: Office) -> None:
    async def doing() -> Acts:
        await office.note("ann")
        return (Post("card:1"),)

    await office.performer.take("slack:t1", doing, 1.5)
    with pytest.raises(Repeated):
        await office.performer.take("slack:t1", doing, 1.5)
    assert await office.noted() == ["ann"]
    assert len(office.nudged.keys) == 1


async def test_the_same_ask_twice_at_the_same_time_counts_once(office: Office) -> None:
    async def doing() -> Acts:
        await office.note("ann")
        return ()

    done = await asyncio.gather(
        *(office.performer.take("slack:t1", doing, 5.0) for _ in range(5)), return_exceptions=True
    )
    assert [isinstance(one, Repeated) for one in done].count(True) == 4
    assert await office.noted() == ["ann"]


async def test_not_taken_in_time_leaves_nothing_and_can_be_asked_again(office: Office) -> None:
    async def slow() -> Acts:
        await office.note("slow")
        await asyncio.sleep(5)
        return (Post("card:1"),)

    with pytest.raises(NotTaken):
        await office.performer.take("slack:t1", slow, 0.05)
    assert await office.noted() == []
    assert await office.performer.outbox.waiting(AT) == []
    assert office.nudged.keys == []

    async def quick() -> Acts:
        await office.note("ann")
        return ()

    await office.performer.take("slack:t1", quick, 1.5)
    assert await office.noted() == ["ann"]


async def test_waiting_for_another_writer_counts_too(office: Office) -> None:
    async def doing() -> Acts:
        await office.note("ann")
        return ()

    async with office.store.transaction():
        await office.note("long")
        task = asyncio.get_running_loop().create_task(_take_apart(office, doing))
        with pytest.raises(NotTaken):
            await task
    assert await office.noted() == ["long"]
    await office.performer.take("slack:t2", doing, 1.5)
    assert await office.noted() == ["long", "ann"]


async def _take_apart(office: Office, doing: Any) -> Acts:
    """As a door does it: not from within the other's transaction."""
    from contextvars import Context  # noqa: PLC0415 - only here

    taking = office.performer.take("slack:t1", doing, 0.05)
    return await asyncio.get_running_loop().create_task(taking, context=Context())


async def test_once_it_is_being_committed_it_is_taken_however_long_that_takes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.ext.asyncio import AsyncTransaction  # noqa: PLC0415 - only here

    commit = AsyncTransaction.commit

    async def slow_commit(transaction: AsyncTransaction) -> None:
        await asyncio.sleep(0.2)
        await commit(transaction)

    monkeypatch.setattr(AsyncTransaction, "commit", slow_commit)

    async def doing() -> Acts:
        await office.note("ann")
        return (Post("card:1"),)

    await office.performer.take("slack:t1", doing, 0.1)
    assert await office.noted() == ["ann"]
    assert office.nudged.keys == [("card:1", 0.0)]


async def test_a_store_that_is_down_is_not_taken(office: Office) -> None:
    async def doing() -> Acts:
        raise StoreDown("away")

    with pytest.raises(NotTaken):
        await office.performer.take("slack:t1", doing, 1.5)


async def test_our_own_mistake_comes_through_and_leaves_nothing(office: Office) -> None:
    async def doing() -> Acts:
        await office.note("ann")
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        await office.performer.take("slack:t1", doing, 1.5)
    assert await office.noted() == []


async def test_a_flow_is_begun_once_and_a_word_for_it_is_told(office: Office) -> None:
    acts = (
        Start(flow="open", once="1:open"),
        Start(flow="later", once="1:l", after=90.0),
        Tell(once="1", words={"a": 1}),
    )

    async def doing() -> Acts:
        return acts

    await office.performer.record(doing)
    await office.performer.record(doing)
    while await office.hand_over.once():
        pass
    assert office.engine.begun == [("open", "1:open", 0.0), ("later", "1:l", 30.0)], "counted from when it was decided"
    assert office.engine.told == [("1", {"a": 1})] * 2


async def test_an_engine_that_is_away_gets_it_later(office: Office) -> None:
    office.engine.away = [RuntimeError("closing")]

    async def doing() -> Acts:
        return (Start(flow="a", once="a"), Start(flow="b", once="b"))

    await office.performer.record(doing)
    assert await office.hand_over.once() == 1
    assert [flow for flow, _, _ in office.engine.begun] == ["b"]
    assert await office.hand_over.once() == 0, "it waits for its next try"


async def test_news_is_heard_in_the_same_transaction_with_what_it_brings(office: Office) -> None:
    office.answer = (Post("card:1"), Happened("more", {"n": 2}))

    async def doing() -> Acts:
        return (Happened("opened", {"n": 1}),)

    await office.performer.record(doing)
    assert office.heard == [("opened", {"n": 1}), ("more", {"n": 2})]
    assert await office.noted() == ["opened", "more"]
    assert office.nudged.keys == [("card:1", 0.0)]


async def test_news_that_a_handler_fumbles_undoes_nobodys_work_and_is_told_again(office: Office) -> None:
    office.deaf = [KeyError("ours")]

    async def doing() -> Acts:
        await office.note("ann")
        return (Happened("opened"), Happened("closed"))

    await office.performer.record(doing)
    assert [name for name, _ in office.heard] == ["closed"]
    assert await office.noted() == ["ann", "closed"]
    office.answer = (Post("card:1"),)
    assert await office.hand_over.once() == 1
    assert [name for name, _ in office.heard] == ["closed", "opened"]
    assert office.nudged.keys == [("card:1", 0.0)]
    assert await office.hand_over.once() == 0


async def test_news_that_is_fumbled_again_waits_and_holds_up_no_other(office: Office) -> None:
    office.deaf = [KeyError("ours")] * 3

    async def doing() -> Acts:
        return (Happened("opened"), Happened("closed"))

    await office.performer.record(doing)
    assert await office.hand_over.once() == 1
    assert await office.noted() == ["closed"]
    waiting = await office.performer.outbox.waiting(AT + timedelta(minutes=2))
    assert [(one.body["event"], one.tries) for one in waiting] == [("opened", 1)]


async def test_the_hand_over_works_by_itself_and_survives_what_goes_wrong(office: Office) -> None:
    office.engine.away = [RuntimeError("once")]
    running = asyncio.create_task(office.hand_over.run())

    async def doing() -> Acts:
        return (Start(flow="b", once="b"),)

    try:
        await office.performer.record(doing)
        await office.performer.record(lambda: _acts(Start(flow="c", once="c")))
        await until(lambda: [flow for flow, _, _ in office.engine.begun] == ["c"])
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _acts(*acts: Act) -> Acts:
    return acts


async def test_an_answer_goes_to_the_response_url(office: Office) -> None:
    await office.performer.answer(ask(response_url="https://x", channel="C1"), Reply(Message("hi")))
    await office.performer.answer(ask(response_url="https://x"), Reply(Message("all"), everybody=True))
    await office.performer.answer(ask(response_url="https://x"), Reply(Message("new"), replace=True))
    assert office.posts.said == [("only you", "hi"), ("everybody", "all"), ("replaced", "new")]


async def test_an_answer_that_cannot_go_there_is_whispered_in_the_channel(office: Office) -> None:
    office.posts.down["respond"] = [SlackRefused("used", code="used_url")]
    await office.performer.answer(ask(response_url="https://x", channel="C1", thread_ts="1.1"), Reply(Message("hi")))
    assert office.posts.said == [(f"C1 {ANN.id} 1.1", "hi")]


async def test_an_answer_that_no_channel_takes_comes_as_a_direct_message(office: Office) -> None:
    """The bot is not in that channel, or the person is not, or there is none."""
    office.posts.down["respond"] = [Unavailable("down")]
    office.posts.down["ephemeral"] = [SlackRefused("no", code="not_in_channel")]
    await office.performer.answer(ask(response_url="https://x", channel="C1"), Reply(Message("hi")))
    await office.performer.answer(ask(), Reply(Message("hello")))
    assert office.posts.said == [(f"direct {ANN.id}", "hi"), (f"direct {ANN.id}", "hello")]


async def test_what_is_pressed_in_a_modal_or_on_the_home_tab_is_answered_in_a_view(office: Office) -> None:
    """Such a press brings neither a channel nor a `response_url`."""
    await office.performer.answer(ask(trigger_id="t", view_id="V1"), Reply(Message("hi")))
    await office.performer.answer(ask(trigger_id="t"), Reply(Message("hi")))
    assert [how for how, _ in office.windows.shown] == ["push", "open"]
    office.windows.down = [SlackRefused("three deep", code="push_limit_reached")]
    await office.performer.answer(ask(trigger_id="t", view_id="V1"), Reply(Message("hi")))
    assert office.posts.said == [(f"direct {ANN.id}", "hi")]


async def test_an_answer_that_goes_nowhere_fails_nobody(office: Office) -> None:
    office.posts.down["ephemeral"] = [Unavailable("down")]
    office.posts.down["direct"] = [Unavailable("down")] * 2
    await office.performer.answer(ask(channel="C1"), Reply(Message("hi")))
    await office.performer.answer(ask(), Reply(Message("hi")))
    await office.performer.answer(ask(), Wrong({"a": "b"}))
    assert office.posts.said == []


async def test_modals_open_or_are_put_on_top_or_redrawn(office: Office) -> None:
    await office.performer.answer(ask(trigger_id="t"), Open(VIEW))
    await office.performer.answer(ask(trigger_id="t", view_id="V1"), Open(VIEW))
    await office.performer.answer(ask(trigger_id="t", view_id="V1"), Next(VIEW))
    await office.performer.answer(ask(trigger_id="t", view_id="V1"), Next(VIEW, push=True))
    assert [how for how, _ in office.windows.shown] == ["open", "push", "update V1", "push"]


async def test_a_modal_that_came_too_late_is_offered_again(office: Office) -> None:
    office.windows.down = [SlackRefused("late", code="expired_trigger_id")] * 2
    typed = ask(trigger_id="t", response_url="https://x", origin="/incident", text="checkout is slow")
    await office.performer.answer(typed, Open(VIEW))
    assert office.posts.said == [("only you", "That took too long to open.")]
    again = str(notes.trigger_expired("/incident checkout is slow", None).to_dict())
    assert "'value': '/incident checkout is slow'" in again
    assert await office.performer.loading(ask(trigger_id="t", response_url="https://x"), "Daywatch") == ""
    assert len(office.posts.said) == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("down"), "Slack did not say that it opened. Nothing was changed."),
        (SlackRefused("no", code="missing_scope"), "Slack refused to open it (missing_scope). Nothing was changed."),
    ],
)
async def test_a_view_that_does_not_come_is_told_and_offered_again(office: Office, error: Exception, told: str) -> None:
    """A menu's entry keeps its verb: without it the new button would be nobody's."""
    pressed = ask(
        trigger_id="t", response_url="https://x", origin="menu.v1", key="INC-1", pressed="page:INC-1", block="b"
    )
    for act in (Open(VIEW), Next(VIEW)):
        office.windows.down = [error]
        await office.performer.answer(pressed, act)
    office.windows.down = [error]
    assert await office.performer.loading(pressed, "Daywatch") == ""
    office.windows.down = [error]
    await office.performer.answer(ask(trigger_id="t", response_url="https://x", view_id="V1", block="b"), Next(VIEW))
    assert office.posts.said == [("only you", told)] * 3 + [("only you", f"{told} Please ask for it once more.")]
    button = office.posts.drawn[0].to_dict()["blocks"][1]["elements"][0]
    assert (button["action_id"], button["value"]) == ("menu.v1", "page:INC-1")


async def test_a_view_that_was_closed_meanwhile_is_missed_by_nobody(office: Office) -> None:
    office.windows.down = [SlackNotFound("closed", code="not_found")]
    await office.performer.answer(ask(trigger_id="t", response_url="https://x", view_id="V1"), Next(VIEW))
    assert office.posts.said == []


async def test_a_loading_view_is_open_at_once(office: Office) -> None:
    assert await office.performer.loading(ask(trigger_id="t"), "Daywatch") == "V1"
    assert await office.performer.loading(ask(), "Daywatch") == ""


def test_a_table_that_asks_for_a_service_nobody_made_stops_the_start() -> None:
    async def run(_service: object, _given: object) -> Acts:
        return ()

    with pytest.raises(TypeError, match="Office"):
        services_for((Event("x", Office, run),), {})
    services_for((Event("x", Office, run),), {Office: object()})
