"""Each reader gives a filing with its losses or a named refusal for any bytes, and ends; readers that are weaker are found."""

import random
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from service.intake import formats
from service.intake.formats import (
    decoding,
    detect,
    epo,
    exchange,
    jp_labels,
    jp_text,
    jpo_filing,
    losses,
    prolog,
    references,
    st36_gazette,
    st96,
    uspto,
    uspto_2001,
    values,
    xmlread,
)
from tests.attacks.campaign import Campaign
from tests.attacks.readers_mutants import READERS, documents, finding, mutant
from tests.shared import ROOT

EACH = 10_000
_MODULES = (formats, decoding, detect, epo, exchange, jp_labels, jp_text, jpo_filing, losses, prolog, references)
MODULES = (*_MODULES, st36_gazette, st96, uspto, uspto_2001, values, xmlread)


@pytest.mark.attack("READERS", full=EACH * len(READERS))
def test_no_mutant_of_a_real_document_breaks_its_reader(campaign: Campaign) -> None:
    kinds = list(READERS)
    for reader in kinds:
        assert documents(reader), f"no real document for {reader}"
    for number in campaign.rounds():
        reader = kinds[number % len(kinds)]
        if what := finding(mutant(documents(reader), campaign.rng(number))):
            campaign.fail(f"{reader} {number}: {what}")
    campaign.passed()


@pytest.mark.attack("READERS", full=EACH * len(READERS))
def test_fuzzing_finds_nothing_that_is_no_refusal(campaign: Campaign) -> None:
    """An hour in `make attack`, seconds in `make test`."""
    seconds = "3600" if campaign.whole else "6"
    command = [sys.executable, "-m", "tests.attacks.readers_fuzz", seconds, str(campaign.seed % 2**31)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert done.returncode == 0 and runs, done.stderr[-3000:]
    campaign.trials += int(runs[1])
    assert int(runs[1]) > 20


def fragile(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The function, by one who takes for granted that something is there."""

    def taken_for_granted(*given: Any, **more: Any) -> Any:
        result = whole(*given, **more)
        if result is None or result in ("", (), []):
            raise IndexError(whole.__name__)
        return result

    return taken_for_granted


FRAGILE = (
    values.find,
    values.every,
    values.inline,
    values.one_line,
    values.raw,
    values.block,
    values.paragraphs,
    values.date_of,
)
FRAGILE_TOO = (values.dates_of, values.names, values.claims, values.drawings, values.language)
SILENT = ("number-missing", "title-missing", "bytes-undecodable")
SPEECHLESS = ("malformed", "title-missing", "number-missing", "drawings-not-given", "ampersand-bare")


def everywhere(monkeypatch: pytest.MonkeyPatch, whole: Callable[..., Any], weaker: Callable[..., Any]) -> None:
    """Put another function in its place, in each module that has it."""
    for module in MODULES:
        for name, found in list(vars(module).items()):
            if found is whole:
                monkeypatch.setattr(module, name, weaker)


def found_within(mutants: int) -> bool:
    """Whether so many mutants of each reader show something."""
    chance = random.Random(7)
    return any(finding(mutant(documents(reader), chance)) for _ in range(mutants) for reader in READERS)


@pytest.mark.attack("READERS", full=EACH * len(READERS))
@pytest.mark.parametrize("whole", [*FRAGILE, *FRAGILE_TOO], ids=lambda f: f.__name__)
def test_a_reader_that_takes_something_for_granted_is_found(
    whole: Callable[..., Any], campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere(monkeypatch, whole, fragile(whole))
    campaign.plant(whole.__name__, found_within(60))


@pytest.mark.attack("READERS", full=EACH * len(READERS))
@pytest.mark.parametrize("what", SILENT)
def test_a_reader_that_loses_in_silence_is_found(
    what: str, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = losses.Losses.add
    monkeypatch.setattr(
        losses.Losses, "add", lambda self, name, *more: None if name == what else whole(self, name, *more)
    )
    campaign.plant(what, found_within(200))


@pytest.mark.attack("READERS", full=EACH * len(READERS))
@pytest.mark.parametrize("what", SPEECHLESS)
def test_a_reader_without_words_for_a_loss_is_found(
    what: str, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(losses.TEXTS, what)
    campaign.plant(f"no words for {what}", found_within(200))


@pytest.mark.attack("READERS", full=EACH * len(READERS))
@pytest.mark.parametrize("whole", [xmlread._recovered, prolog.cut_prolog], ids=lambda f: f.__name__)
def test_a_reader_that_raises_the_parsers_own_errors_is_found(
    whole: Callable[..., Any], campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bare(*given: Any) -> Any:
        try:
            return whole(*given)
        except Exception:
            raise ValueError("of the parser") from None

    everywhere(monkeypatch, whole, bare)
    campaign.plant(whole.__name__, found_within(200))


@pytest.mark.attack("READERS", full=EACH * len(READERS))
def test_a_reader_that_works_without_end_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(text: str) -> str:
        while True:
            text = text.strip()

    everywhere(monkeypatch, values.one_line, endless)
    campaign.plant("endless", found_within(5))


def test_the_whole_readers_show_nothing_in_the_same_mutants() -> None:
    assert not found_within(60)
