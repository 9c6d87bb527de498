"""What a flow sees of its steps: done once, waited out when they fail, tried again in rounds, answered by people."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.domain.errors import NotAuthorised, RateLimited, Refused, Unavailable, VendorError
from bot.durable.gate import Gate
from bot.durable.patience import Patience
from bot.durable.plain import Json
from bot.durable.recorded_run import RecordedRun, Surroundings
from bot.durable.run import DoneWithout, Failed, Run
from tests.durable.desk import Note, PlainRecorder, RememberingDesk
from tests.durable.paper_journal import PaperJournal, PowerCut

DAY = 86_400.0
Body = Callable[[Run], Awaitable[object]]


class Outside:
    """A system outside: answers with its name, or with the errors that wait for that name."""

    def __init__(self, **troubles: list[Exception]) -> None:
        self.calls: list[str] = []
        self.troubles = troubles

    async def do(self, what: str) -> str:
        self.calls.append(what)
        if self.troubles.get(what):
            raise self.troubles[what].pop(0)
        return f"{what} done"


class Stage:
    def __init__(self, *, patience: Patience | None = None) -> None:
        self.desk = RememberingDesk()
        self.recorder = PlainRecorder()
        self.journal = PaperJournal()
        self.patience = patience or Patience(desk=(0, 0))
        self.alive = True
        self.result: object = None

    async def play(self, body: Body, *, seconds: float = 5.0) -> object:
        journal = self.journal
        around = Surroundings(
            desk=self.desk,
            recorder=self.recorder,
            gate=Gate(alive=lambda: self.alive),
            clock=lambda: datetime.fromtimestamp(journal.time, UTC),
            patience=self.patience,
        )
        run = RecordedRun("incident:142:open", journal=journal, around=around, step_seconds=seconds)
        result = await body(run)
        await run.settle()
        return result

    def restart(self) -> None:
        self.journal = self.journal.replayed()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def down(times: int = 1) -> list[Exception]:
    return [Unavailable("Slack is down") for _ in range(times)]


async def test_a_step_gives_its_result_and_is_not_done_again_after_a_restart(stage: Stage) -> None:
    outside = Outside()

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    stage.restart()
    assert await stage.play(flow) == "create done"
    assert outside.calls == ["create"]


async def test_an_awaited_step_is_tried_until_it_is_done_with_growing_pauses(stage: Stage) -> None:
    outside = Outside(create=down(7))
    began = stage.journal.time

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    assert stage.journal.time - began == 2 + 10 + 30 + 60 + 300 + 300 + 300
    assert [note.attempt for note in stage.desk.notes] == [1, 2, 3, 4, 5, 6, 7]
    assert stage.desk.notes[0] == Note(
        "create", "Slack is down", 1, None, datetime.fromtimestamp(began + 2, UTC), final=False
    )
    assert stage.desk.settled_steps == [("create", "done")]


async def test_a_rate_limit_is_given_the_pause_it_asked_for(stage: Stage) -> None:
    outside = Outside(create=[RateLimited("slow down", retry_after=41)])
    began = stage.journal.time

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    await stage.play(flow)
    assert stage.journal.time - began == 41


async def test_an_absurd_pause_is_not_believed(stage: Stage) -> None:
    outside = Outside(create=[RateLimited("slow down", retry_after=1e9)])
    began = stage.journal.time

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    await stage.play(flow)
    assert stage.journal.time - began == 3600


async def test_a_refused_step_waits_for_a_persons_retry(stage: Stage) -> None:
    outside = Outside(create=[NotAuthorised("the token lacks channels:manage")])
    began = stage.journal.time
    stage.journal.words = [(began + 3 * DAY, {"step": "create", "do": "retry"})]

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    assert stage.journal.time - began == 3 * DAY
    assert [(note.next_try, note.final) for note in stage.desk.notes] == [(None, True)]


async def test_doing_without_raises_in_the_flow_which_may_go_on(stage: Stage) -> None:
    outside = Outside(page=down(3))
    stage.journal.words = [(stage.journal.time + 5, {"step": "page", "do": "without"})]

    async def flow(run: Run) -> str:
        try:
            await run.step("page", outside.do, "page")
        except DoneWithout as gone:
            return f"without {gone.name}"
        return "with"

    assert await stage.play(flow) == "without page"
    assert outside.calls == ["page", "page"]
    assert stage.desk.settled_steps == [("page", "without")]


async def test_a_refused_step_is_given_up_when_nobody_comes_for_seven_days(stage: Stage) -> None:
    outside = Outside(page=[Refused("no such service")])
    began = stage.journal.time

    async def flow(run: Run) -> None:
        with pytest.raises(DoneWithout):
            await run.step("page", outside.do, "page")

    await stage.play(flow)
    assert stage.journal.time - began == 7 * DAY
    assert stage.desk.settled_steps == [("page", "given up")]


async def test_retry_now_does_not_wait_for_the_next_try(stage: Stage) -> None:
    outside = Outside(create=down(6))
    began = stage.journal.time
    stage.journal.words = [(began + 103, {"step": "create", "do": "retry"})]

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    await stage.play(flow)
    # 2, 10, 30 and 60 s, and 1 s into the next 300 s the button; its try fails too, and 300 s later all is well.
    assert stage.journal.time - began == 103 + 300


async def test_words_about_another_step_change_nothing(stage: Stage) -> None:
    outside = Outside(create=down(1))
    began = stage.journal.time
    stage.journal.words = [(began + 1, {"step": "invite", "do": "without"}), (began + 1.5, "nonsense")]

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    assert stage.journal.time - began == 2


async def test_steps_together_start_in_the_written_order_and_one_failure_stops_no_other(stage: Stage) -> None:
    outside = Outside(invite=down(1))
    results: list[object] = []

    async def flow(run: Run) -> None:
        results.extend(
            await run.together(
                run.step("card", outside.do, "card"),
                run.step("invite", outside.do, "invite"),
                run.step("topic", outside.do, "topic"),
            )
        )
        results.append(await run.step("pin", outside.do, "pin"))

    await stage.play(flow)
    assert results == ["card done", Failed("invite", "Slack is down"), "topic done", "pin done"]
    assert outside.calls == ["card", "invite", "topic", "pin", "invite"]
    assert stage.desk.notes[0].tries == 8
    assert stage.desk.settled_steps == [("invite", "done")]


async def test_they_run_side_by_side(stage: Stage) -> None:
    both = asyncio.Barrier(2)

    async def meet() -> None:
        await both.wait()

    async def flow(run: Run) -> object:
        return await run.together(run.step("one", meet), run.step("other", meet))

    assert await stage.play(flow, seconds=2) == (None, None)


async def test_a_step_of_a_round_is_tried_eight_times_and_given_up_after_seven_days(stage: Stage) -> None:
    outside = Outside(invite=down(99))
    began = stage.journal.time

    async def flow(run: Run) -> None:
        await run.together(run.step("invite", outside.do, "invite"))

    await stage.play(flow)
    assert len(outside.calls) == 8
    assert stage.journal.time - began == 2 + 10 + 30 + 60 + 300 + 900 + 1800 + 7 * DAY
    assert [note.final for note in stage.desk.notes] == [False] * 7 + [True]
    assert stage.desk.settled_steps == [("invite", "given up")]


async def test_two_failed_steps_are_tried_in_rounds_of_the_same_order(stage: Stage) -> None:
    outside = Outside(a=down(2), b=down(1), c=[Refused("no")])
    stage.journal.words = [(stage.journal.time + 100, {"step": "c", "do": "retry"})]

    async def flow(run: Run) -> None:
        await run.together(*(run.step(name, outside.do, name) for name in ("a", "b", "c")))

    await stage.play(flow)
    assert outside.calls == ["a", "b", "c", "a", "b", "a", "c"]
    assert stage.desk.settled_steps == [("b", "done"), ("a", "done"), ("c", "done")]


async def test_what_failed_in_a_round_is_tried_again_while_a_later_step_is_waited_for(stage: Stage) -> None:
    outside = Outside(invite=down(1), pin=down(3))

    async def flow(run: Run) -> str:
        await run.together(run.step("invite", outside.do, "invite"))
        return await run.step("pin", outside.do, "pin")

    assert await stage.play(flow) == "pin done"
    assert outside.calls == ["invite", "pin", "invite", "pin", "pin", "pin"]


async def test_what_failed_in_a_round_is_tried_again_while_the_flow_sleeps_or_waits(stage: Stage) -> None:
    outside = Outside(invite=down(2))
    began = stage.journal.time

    async def flow(run: Run) -> None:
        await run.together(run.step("invite", outside.do, "invite"))
        await run.sleep(3)
        assert outside.calls == ["invite", "invite"]
        assert await run.wait("approval", 600) is None
        assert outside.calls == ["invite"] * 3

    await stage.play(flow)
    assert stage.journal.time - began == 603


async def test_a_later_step_of_the_same_name_takes_the_place_of_the_failed_one(stage: Stage) -> None:
    outside = Outside(topic=down(1))

    async def flow(run: Run) -> None:
        await run.together(run.step("topic", outside.do, "topic"))
        await run.step("topic", outside.do, "topic")

    await stage.play(flow)
    assert outside.calls == ["topic", "topic"]
    assert stage.desk.settled_steps == [("topic", "done")]


async def test_a_flow_hears_its_answer_and_keeps_what_is_said_too_early(stage: Stage) -> None:
    began = stage.journal.time
    stage.journal.words = [
        (began + 1, {"topic": "second", "by": "Ann"}),
        (began + 2, {"topic": "first", "by": "Bob"}),
    ]

    async def flow(run: Run) -> list[object]:
        return [await run.wait("first", 60), await run.wait("second", 60), await run.wait("third", 60)]

    assert await stage.play(flow) == [{"topic": "first", "by": "Bob"}, {"topic": "second", "by": "Ann"}, None]
    assert stage.journal.time - began == 62


async def test_recording_runs_in_the_stores_transaction(stage: Stage) -> None:
    async def opened(incident: int, *, by: str) -> tuple[str, ...]:
        return (f"INC-{incident} opened by {by}",)

    async def flow(run: Run) -> None:
        await run.record("opened", opened, 142, by="Ann")

    await stage.play(flow)
    stage.restart()
    await stage.play(flow)
    assert stage.recorder.acts == [("INC-142 opened by Ann",)]


async def test_a_step_that_hangs_is_cut_off_and_tried_again(stage: Stage) -> None:
    calls: list[str] = []

    async def slow() -> str:
        calls.append("slow")
        if len(calls) == 1:
            await asyncio.Event().wait()
        return "there"

    async def flow(run: Run) -> str:
        return await run.step("slow", slow)

    assert await stage.play(flow, seconds=0.02) == "there"
    assert [note.reason for note in stage.desk.notes] == ["no answer in 0.02 s"]


async def test_our_own_mistake_does_not_end_the_flow_and_points_to_the_log(stage: Stage) -> None:
    outside = Outside(create=[KeyError("channel")])

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    (note,) = stage.desk.notes
    assert note.reason.startswith("our own mistake, see the log (ref ")
    assert "channel" not in note.reason


async def test_a_result_that_no_journal_can_keep_is_our_own_mistake(stage: Stage) -> None:
    results: list[object] = [datetime.now(UTC), "at last"]

    async def look() -> object:
        return results.pop(0)

    async def flow(run: Run) -> object:
        return await run.step("look", look)

    assert await stage.play(flow) == "at last"
    assert "our own mistake" in stage.desk.notes[0].reason


async def test_a_desk_that_is_out_of_order_for_a_moment_is_told_all_the_same(stage: Stage) -> None:
    outside = Outside(create=down(1))
    stage.desk.out_of_order = 2

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    assert len(stage.desk.notes) == 1


async def test_a_desk_that_stays_out_of_order_holds_no_flow_up(stage: Stage) -> None:
    outside = Outside(create=down(1))
    stage.desk.out_of_order = 99

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"
    assert stage.desk.notes == []


async def test_steps_side_by_side_without_together_are_refused(stage: Stage) -> None:
    outside = Outside()

    async def flow(run: Run) -> None:
        await asyncio.gather(run.finish(run.step("a", outside.do, "a")), run.finish(run.step("b", outside.do, "b")))

    with pytest.raises(RuntimeError, match=r"use `run\.together`"):
        await stage.play(flow)


async def test_two_steps_of_one_name_together_are_refused(stage: Stage) -> None:
    outside = Outside()

    async def flow(run: Run) -> None:
        await run.together(run.step("a", outside.do, "a"), run.step("a", outside.do, "a"))

    with pytest.raises(ValueError, match="names of their own"):
        await stage.play(flow)


async def test_a_restart_after_any_journal_entry_leads_to_the_same_end() -> None:
    """The long story: every kind of step, failures, people. It is cut after each entry, and goes on each time."""

    def troubles() -> dict[str, list[Exception]]:
        return {
            "create": [Unavailable("down"), RateLimited("slow", retry_after=7)],
            "invite": [Unavailable("down"), Unavailable("down"), Unavailable("down")],
            "topic": [Refused("too long")],
            "pin": [Unavailable("down")],
        }

    def words(began: float) -> list[tuple[float, Json]]:
        return [
            (began + 12, {"step": "invite", "do": "retry"}),
            (began + 30, {"topic": "approval", "by": "Ann"}),
            (began + 5000, {"step": "topic", "do": "retry"}),
        ]

    async def story(stage: Stage, outside: Outside) -> list[object]:
        async def flow(run: Run) -> list[object]:
            seen: list[object] = [await run.step("create", outside.do, "create")]
            seen += await run.together(*(run.step(name, outside.do, name) for name in ("card", "invite", "topic")))
            seen.append(await run.wait("approval", 120))
            await run.sleep(15)
            seen.append(await run.step("pin", outside.do, "pin"))
            await run.record("opened", outside.do, "opened")
            return seen

        result = await stage.play(flow)
        assert isinstance(result, list)
        return result

    async def told(cut: int | None) -> tuple[list[object], list[str], int]:
        stage, outside = Stage(), Outside(**troubles())
        stage.journal.words = words(stage.journal.time)
        stage.journal.cut_before = cut
        try:
            return await story(stage, outside), outside.calls, len(stage.journal.entries)
        except PowerCut:
            stage.restart()
            return await story(stage, outside), outside.calls, len(stage.journal.entries)

    whole, calls, entries = await told(None)
    assert whole[0] == "create done"
    assert Failed("invite", "down") in whole
    for cut in range(entries):
        again, calls_again, _ = await told(cut)
        assert set(calls_again) == set(calls)
        # What was under way at the cut may be done twice (a round has up to three steps), nothing else.
        assert len(calls_again) <= len(calls) + 3
        # Nothing that the flow was told before the cut reads otherwise after it.
        assert again[0] == "create done"
    assert entries > 20


async def test_a_vendor_error_of_the_plainest_kind_is_tried_again(stage: Stage) -> None:
    outside = Outside(create=[VendorError("hm")])

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    assert await stage.play(flow) == "create done"


async def test_a_long_reason_is_cut_and_made_one_line(stage: Stage) -> None:
    outside = Outside(create=[Unavailable("<html>\n" + "x" * 5000)])

    async def flow(run: Run) -> str:
        return await run.step("create", outside.do, "create")

    await stage.play(flow)
    (note,) = stage.desk.notes
    assert len(note.reason) == 300
    assert "\n" not in note.reason


async def test_what_failed_in_a_freeze_is_not_told_while_others_may_have_gone_on(stage: Stage) -> None:
    tried = asyncio.Event()

    async def frozen() -> None:
        stage.alive = False
        tried.set()
        raise Unavailable("no answer, since we stood still")

    async def flow(run: Run) -> None:
        await run.step("invite", frozen)

    going = asyncio.create_task(stage.play(flow))
    await tried.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert stage.desk.notes == []
    going.cancel()  # as the engine does before we are alive again
    await asyncio.gather(going, return_exceptions=True)
    assert stage.desk.notes == []


async def test_what_failed_is_told_when_nobody_took_it_from_us(stage: Stage) -> None:
    outside = Outside(invite=down())

    async def slow() -> str:
        stage.alive = False
        asyncio.get_running_loop().call_later(0.05, setattr, stage, "alive", True)
        return await outside.do("invite")

    async def flow(run: Run) -> None:
        await run.step("invite", slow)

    await stage.play(flow)
    assert [one.reason for one in stage.desk.notes] == ["Slack is down"]
