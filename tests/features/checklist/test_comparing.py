"""What is new, worse, old or fixed since the last digest, by a finding's identity over days."""

from bot.domain.check import Item, Status
from bot.domain.digest import Digest, ItemDay, News
from bot.domain.errors import NotInstalled, Unavailable
from bot.domain.finding import Known
from tests.features.checklist.world import World, answer, finding


async def backups(world: World) -> ItemDay:
    return (await world.posted()).item(Item.BACKUPS)


def news(row: ItemDay) -> dict[str, News]:
    return {one.key: row.news_of(one) for line in row.lines for one in line.findings if one.bad}


async def test_a_first_digest_calls_nothing_new_since_there_is_nothing_to_compare_with(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "shop is late", finding("shop"))}
    row = await backups(world)
    assert (row.status, row.news) == (Status.FAIL, News.NONE)


async def test_what_was_not_there_in_the_last_digest_is_new_and_counts_its_days_from_then_on(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await world.posted()
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "shop is late", finding("shop"))}
    seen = []
    for _ in range(3):
        await world.days_later(1)
        row = await backups(world)
        seen.append((row.news, row.days))
    assert seen == [(News.NEW, 1), (News.OLD, 2), (News.OLD, 3)]


async def test_a_warning_that_fails_the_next_day_is_worse(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.WARN, "slow", finding("shop", Status.WARN))}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    row = await backups(world)
    assert row.news is News.WORSE
    assert row.lead is not None
    assert row.lead[1].was is Status.WARN


async def test_a_new_finding_beside_an_old_one_is_what_the_row_leads_with(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"), finding("search"))}
    row = await backups(world)
    assert news(row) == {"shop": News.OLD, "search": News.NEW}
    assert row.lead is not None
    assert (row.news, row.lead[1].key) == (News.NEW, "search")


async def test_a_finding_is_the_same_whatever_is_said_about_it(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "30 h ago", finding("shop", title="shop-1121"))}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "54 h ago", finding("shop", title="shop-1122"))}
    assert news(await backups(world)) == {"shop": News.OLD}


async def test_the_same_key_under_another_check_is_another_finding(world: World) -> None:
    world.system.answers = {
        "velero.schedules": answer(Status.FAIL, "late", finding("shop")),
        "velero.restores": answer(Status.OK),
    }
    await world.posted()
    await world.days_later(1)
    world.system.answers = {
        "velero.schedules": answer(Status.OK),
        "velero.restores": answer(Status.FAIL, "broken", finding("shop")),
    }
    digest = await world.posted()
    assert news(digest.item(Item.BACKUPS)) == {"shop": News.NEW}
    assert [one.title for one in digest.fixed] == ["shop"]


async def test_a_silent_day_between_neither_fixes_a_finding_nor_makes_it_new(world: World) -> None:
    late = answer(Status.FAIL, "late", finding("shop"))
    world.system.answers = {"velero.schedules": late}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": Unavailable("Velero did not answer (503)")}
    silent = await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": late}
    row = await backups(world)
    assert silent.fixed == []
    assert silent.item(Item.BACKUPS).news is News.NEW, "the silence itself is news"
    assert (row.news, row.days) == (News.OLD, 3)


async def test_a_silent_check_remembers_what_it_said_last_and_when(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    first = await world.posted()
    world.system.answers = {"velero.schedules": Unavailable("Velero did not answer (503)")}
    await world.days_later(1)
    await world.posted()
    await world.days_later(1)
    row = await backups(world)
    assert row.lines[0].known is not None
    assert (row.lines[0].known.status, row.lines[0].known.day) == (Status.OK, first.day)
    assert (row.news, row.days) == (News.OLD, 2)


async def test_what_is_seen_to_be_right_again_is_fixed_once(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"), finding("search"))}
    await world.posted()
    world.system.answers = {
        "velero.schedules": answer(Status.FAIL, "late", finding("search"), finding("shop", Status.OK))
    }
    seen = []
    for _ in range(2):
        await world.days_later(1)
        seen.append([one.title for one in (await world.posted()).fixed])
    assert seen == [["shop"], []]


async def test_a_check_without_findings_is_fixed_by_its_own_status(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "no backup at all")}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    assert [one.title for one in (await world.posted()).fixed] == ["no backup at all"]


async def test_asking_again_on_the_same_day_compares_with_the_day_before(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    digest = await world.posted()
    asked = await world.checklist.asking.ask(await world.routine())
    await world.desk.record(lambda: world.checklist.record.taken(digest.id, asked))
    assert (await world.digest(digest.id)).item(Item.BACKUPS).news is News.NEW


async def test_a_check_that_falls_silent_during_the_day_remembers_what_it_said_in_the_morning(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    digest = await world.posted()
    world.system.answers = {"velero.schedules": Unavailable("Velero did not answer (503)")}
    for _ in range(2):  # silent again: it still remembers
        asked = await world.checklist.asking.ask(await world.routine())
        await world.desk.record(lambda: world.checklist.record.taken(digest.id, asked))  # noqa: B023 - called at once
        (line,) = (await world.digest(digest.id)).item(Item.BACKUPS).lines
        assert (line.status, line.known) == (Status.UNKNOWN, Known(status=Status.OK, day=digest.day))


async def test_what_somebody_only_looked_at_is_not_a_digest_to_compare_with(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await world.posted()
    await world.days_later(1)
    world.system.answers = {"velero.schedules": answer(Status.FAIL, "late", finding("shop"))}
    looked: Digest = await world.checklist.fresh(await world.routine())
    await world.days_later(1)
    assert looked.posted_at is None
    assert news(await backups(world)) == {"shop": News.NEW}


async def test_findings_by_the_hundred_are_kept_worst_first_and_bounded(world: World) -> None:
    many = [finding(f"image{number}", Status.WARN) for number in range(400)]
    world.system.answers = {"trivy.images": answer(Status.FAIL, "many", *many, finding("worst"))}
    digest = await world.posted()
    line = next(one for one in digest.lines if one.name == "trivy.images")
    assert len(line.findings) == 200
    assert line.findings[0].key == "worst"


async def test_characters_that_a_database_refuses_are_taken_out(world: World) -> None:
    world.system.answers = {"jira.issues": answer(Status.WARN, "a\x00b \ud83d", finding("k\x00", title="\x00t"))}
    digest = await world.posted()
    line = next(one for one in digest.lines if one.name == "jira.issues")
    assert (line.summary, line.findings[0].key, line.findings[0].title) == ("ab ?", "k", "t")


async def test_what_a_system_never_had_has_no_line(world: World) -> None:
    world.system.answers = {
        "velero.schedules": NotInstalled("Kubernetes has no schedules.velero.io installed"),
        "velero.storage": answer(Status.OK),
    }
    row = await backups(world)
    assert [line.name for line in row.lines] == ["velero.storage"]


async def test_what_answered_once_and_is_not_installed_any_more_is_missed(world: World) -> None:
    world.system.answers = {"velero.schedules": answer(Status.OK)}
    await world.posted()
    world.system.answers = {"velero.schedules": NotInstalled("Kubernetes has no schedules.velero.io installed")}
    for _ in range(2):
        await world.days_later(1)
        row = await backups(world)
        (line,) = row.lines
        assert line.status is Status.UNKNOWN
        assert line.reason == "Kubernetes has no schedules.velero.io installed, and it was there before"
    await world.days_later(40)
    assert [one.name for one in (await backups(world)).lines] == []
