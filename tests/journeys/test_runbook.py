"""The right page at the right moment, worked through step by step; and who is on call, and how they are called."""

from tests.journeys.stage import ANN, BOB, KIM, SAM, Json, Stage, actions_of, eventually, line_of, number_of

TICK = "runbooks.tick.v1"


def test_words_find_pages_and_say_why(stage: Stage) -> None:
    found = stage.says(SAM, "general", "/runbook disk full", "runbooks for “disk full”")
    assert "*Disk filling*" in line_of(found)
    assert "reviewed" in line_of(found)
    before = len(stage.said_to(SAM))
    stage.press(SAM, "general", found["ts"], "runbooks.open.v1")

    def page() -> Json:
        last = stage.said_to(SAM)[before:][-1]
        assert "## First five minutes" in line_of(last)
        return last

    opened = eventually(page)
    assert "runbooks.run.v1" not in actions_of(opened), "there is no incident here to run it in"
    stage.says(SAM, "general", "/runbook zzzzqqqq", "No runbook for “zzzzqqqq”")


def test_a_page_is_shown_by_name_and_posted_for_all_by_a_responder(stage: Stage) -> None:
    shown = stage.says(BOB, "general", "/runbook show dns-failure", "reviewed")
    assert "It is wrong" in line_of(shown)
    stage.press(BOB, "general", shown["ts"], "runbooks.post.v1")

    def posted() -> bool:
        return any("Runbook DNS" in one["text"] for one in stage.channel("general")["messages"])

    eventually(posted)
    mine = stage.says(SAM, "general", "/runbook show dns-failure", "reviewed")
    before = len(stage.said_to(SAM))
    stage.press(SAM, "general", mine["ts"], "runbooks.post.v1")
    eventually(lambda: any("🔒" in line_of(one) for one in stage.said_to(SAM)[before:]))
    stage.says(BOB, "general", "/runbook stale", "were reviewed within a year")


def test_what_is_wrong_with_a_page_reaches_those_who_keep_it(stage: Stage) -> None:
    shown = stage.says(BOB, "general", "/runbook show queue-backlog", "reviewed")
    stage.press(BOB, "general", shown["ts"], "runbooks.wrong.v1")
    eventually(lambda: "wrong" in stage.view_of(BOB)["callback_id"])
    stage.submit(BOB, words="Step 2 names a queue that is gone <!channel>")
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)

    def told() -> bool:
        messages = stage.channel("platform-ops")["messages"]
        return any("is wrong, says Bob" in line_of(one) and "a queue that is gone" in line_of(one) for one in messages)

    eventually(told)


def test_the_card_has_the_page_and_its_steps_are_ticked_on_the_timeline(stage: Stage) -> None:
    stage.page("Disk full on pg-3, Cedar")
    channel = stage.opened("Cedar")
    for user in (ANN, BOB):
        stage.act("slack/join", user=user, channel=channel["id"])
    card = stage.card_says(channel, "Disk filling", "See which filesystem is full")
    before = len(stage.said_to(BOB))
    stage.press(BOB, channel["id"], card["ts"], "runbooks.steps.v1")

    def page() -> Json:
        # Who has just joined also reads where the incident stands.
        return [one for one in stage.said_to(BOB)[before:] if "runbooks.run.v1" in actions_of(one)][-1]

    stage.press(BOB, channel["id"], eventually(page)["ts"], "runbooks.run.v1")
    run = eventually(lambda: running(stage, channel))
    assert run["thread_ts"] == card["ts"]
    assert "0 of 5 steps done" in line_of(run)
    stage.press(BOB, channel["id"], run["ts"], TICK, selected=["0"])
    eventually(lambda: "1 of 5 steps done" in line_of(running(stage, channel)))
    # Ann ticks another in the list that she sees: both stand.
    stage.press(ANN, channel["id"], run["ts"], TICK, selected=["0", "2"])
    eventually(lambda: "2 of 5 steps done" in line_of(running(stage, channel)))
    ticked = [words for words in stage.timeline(channel) if words.startswith("Step ")]
    assert ticked == [
        "Step 1 done: See which filesystem is full, in bytes and in inodes. (Bob, Disk filling)",
        "Step 3 done: Find the largest folders on that filesystem only. (Ann, Disk filling)",
    ]
    shown = len([one for one in stage.channel(channel["id"])["messages"] if TICK in actions_of(one)])
    stage.press(BOB, channel["id"], eventually(page)["ts"], "runbooks.run.v1")
    stage.quiet()
    assert len([one for one in stage.channel(channel["id"])["messages"] if TICK in actions_of(one)]) == shown == 1
    stage.says(BOB, channel["id"], "/runbook", f"INC-{number_of(channel)}")


def running(stage: Stage, channel: Json) -> Json:
    """The steps in the thread of the card."""
    found = [one for one in stage.channel(channel["id"])["messages"] if TICK in actions_of(one)]
    return found[0] if found else {}


def test_an_incident_that_is_over_runs_no_pages(stage: Stage) -> None:
    stage.page("DNS does not answer, Cherry")
    channel = stage.opened("Cherry")
    stage.act("slack/join", user=BOB, channel=channel["id"])
    shown = stage.says(BOB, channel["id"], "/runbook show dns-failure", "reviewed")
    stage.command(BOB, channel["id"], "/incident resolve it was the cache")
    stage.card_says(channel, "*resolved* after")
    before = len(stage.said_to(BOB))
    stage.press(BOB, channel["id"], shown["ts"], "runbooks.run.v1")
    eventually(lambda: any("This moved on: INC-" in line_of(one) for one in stage.said_to(BOB)[before:]))
    assert running(stage, channel) == {}


def test_who_is_on_call_is_told_to_everybody(stage: Stage) -> None:
    every = line_of(stage.says(SAM, "general", "/oncall", "*checkout*"))
    assert "Bob" in every
    assert "*search*" in every
    one = line_of(stage.says(SAM, "general", "/oncall search", "*search*"))
    assert "*checkout*" not in one
    stage.says(SAM, "general", "/oncall plants", "No service or team is called “plants”. Known: ")
    stage.says(SAM, "general", "/oncall page checkout come", "🔒")
    assert not stage.state()["views"].get(SAM)


def test_a_page_reaches_the_pager_once_and_the_channel_says_so(stage: Stage) -> None:
    before = len(stage.see("pagerduty/state")["incidents"])
    stage.command(BOB, "general", "/oncall page checkout nobody answers at the desk")
    view = eventually(lambda: stage.view_of(BOB))
    assert "nobody answers at the desk" in str(view["blocks"])
    came = stage.submit(BOB, words="")
    assert came["errors"], "a page needs words"
    stage.submit(BOB, words="Chestnut: nobody answers at the desk")
    assert "Paging whoever is on call for" in line_of(stage.view_of(BOB))
    stage.act("slack/close", user=BOB, view_id=stage.view_of(BOB)["id"], all=True)

    def told() -> bool:
        found = [one for one in stage.channel("platform-ops")["messages"] if "Chestnut" in line_of(one)]
        assert any("The pager has it" in line_of(one) for one in found), [line_of(one) for one in found]
        return True

    eventually(told)
    stage.quiet()
    assert len(stage.see("pagerduty/state")["incidents"]) == before + 1


def test_with_the_pager_down_the_list_says_as_of_when_it_is(stage: Stage) -> None:
    assert "as of" not in line_of(stage.says(KIM, "general", "/oncall", "*checkout*"))
    stage.fault("* /oncalls", "fail", system="pagerduty", status=503)

    def says_so() -> bool:
        # What was fetched in the last seconds serves all who ask.
        shown = line_of(stage.says(KIM, "general", "/oncall", "*checkout* Bob"))
        return "; as of" in shown

    eventually(says_so)
