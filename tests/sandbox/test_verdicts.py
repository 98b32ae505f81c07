"""The parent believes a whole and proper report, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plse.sandbox.verdict import clean_text, judge, records

NONCE = "0123456789abcdef"
NAMES = ("test_one", "test_two")
GOOD = [
    "begin\t0\t0",
    "test\ttest_one\tpassed\t\t\t\t0",
    "test\ttest_two\tpassed\t\t\t\t0",
    "end\t0\t0",
    "done\t",
]


def reply(lines: list[str], **rest: object) -> dict[str, object]:
    report = "".join(f"{NONCE}\t{line}\n" for line in lines)
    return {
        "status": 0,
        "overran": "",
        "cpu_seconds": 0.1,
        "report": report,
        "output": "",
        **rest,
    }


def status_of(message: dict[str, object]) -> str:
    outcome = judge(message, NONCE, [NAMES]).outcomes[0]
    return outcome.status if outcome else "none"


def changed(place: int, line: str | None) -> list[str]:
    lines = list(GOOD)
    lines[place : place + 1] = [] if line is None else [line]
    return lines


FAILED = "test\ttest_two\tfailed\tKeyError\tno\\tway\ttest_solution.py\t7"
REPORTS = {
    "a whole report": (reply(GOOD), "passed"),
    "a failed test": (reply(changed(2, FAILED)), "failed"),
    "no report": (reply([]), "incomplete"),
    "no end": (reply(GOOD[:-1]), "incomplete"),
    "no last test": (reply(GOOD[:2]), "incomplete"),
    "a test too few": (reply(changed(2, None)), "not passed"),
    "a test too many": (reply(GOOD[:3] + GOOD[2:]), "not passed"),
    "another test": (
        reply(changed(2, GOOD[2].replace("two", "six"))),
        "not passed",
    ),
    "another order": (
        reply([GOOD[0], GOOD[2], GOOD[1], *GOOD[3:]]),
        "not passed",
    ),
    "an unknown outcome": (
        reply(changed(2, GOOD[2].replace("passed", "great"))),
        "not passed",
    ),
    "another nonce": (
        reply(GOOD) | {"report": reply(GOOD)["report"].replace("0", "1")},
        "forged",
    ),
    "a line of somebody else's": (
        reply(GOOD) | {"report": f"hello\n{reply(GOOD)['report']}"},
        "forged",
    ),
    "half a line": (
        reply(GOOD) | {"report": f"{reply(GOOD)['report']}{NONCE}"},
        "forged",
    ),
    "records after the end": (reply([*GOOD, "done\t"]), "not passed"),
    "a report too long": (reply(GOOD * 40_000), "forged"),
    "an exit status": (reply(GOOD, status=1), "incomplete"),
    "a signal": (reply(GOOD, status=-11), "crashed"),
    "an unheard-of signal": (reply(GOOD, status=-99), "crashed"),
    "no processor time left": (reply(GOOD, overran="cpu"), "timeout"),
    "no time left": (reply(GOOD, overran="wall"), "timeout"),
    "no status": (reply(GOOD, status=None), "incomplete"),
    "a test that was replaced": (
        reply(changed(2, "test\ttest_two\tforged\t\t\t\t0")),
        "forged",
    ),
}


@pytest.mark.parametrize("case", list(REPORTS))
def test_a_report_is_judged(case: str) -> None:
    message, expected = REPORTS[case]
    status = status_of(message)
    if expected == "not passed":
        assert status not in ("passed", "failed")
    else:
        assert status == expected


def test_a_failure_is_read_with_its_facts() -> None:
    message = reply(changed(2, FAILED))
    outcome = judge(message, NONCE, [NAMES]).outcomes[0]
    assert outcome.failures == {"test_two"}
    assert outcome.tests[1].message == "no\tway"
    assert outcome.tests[1].line == 7
    assert outcome.detail == "test_solution.py:7: test_two: KeyError: no\tway"


LINES = st.lists(
    st.sampled_from([*GOOD, FAILED, "stop\twhy", "begin\t1\t0", "", "\t"])
    | st.text(max_size=30),
    max_size=9,
)


@settings(max_examples=80, deadline=None)
@given(LINES, st.integers(-70, 3) | st.none(), st.integers(1, 3))
def test_no_report_raises_or_passes_unless_it_is_the_expected_one(
    lines: list[str], status: int | None, programs: int
) -> None:
    message = reply(lines, status=status)
    judged = judge(message, NONCE, [NAMES] * programs)
    assert len(judged.outcomes) == programs
    first = judged.outcomes[0]
    if first is not None and first.passed:
        assert lines[:4] == GOOD[:4]
        assert programs > 1 or (status == 0 and lines == GOOD)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_reading_records_never_raises(data: bytes) -> None:
    records(f"{NONCE}\t{data.decode('latin-1')}\n", NONCE)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_records_are_read_as_they_were_written(fields: list[str]) -> None:
    line = "\t".join(
        [NONCE, *(each.encode("unicode_escape").decode() for each in fields)]
    )
    assert records(f"{line}\n", NONCE) == [fields]


@pytest.mark.parametrize("field", ["\\=", "\\400", "\\x1", "\\N{DOT}", "é"])
@pytest.mark.filterwarnings("error")
def test_what_the_harness_never_writes_is_foreign(field: str) -> None:
    assert records(f"{NONCE}\t{field}\n", NONCE) is None


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=50))
def test_text_from_a_child_cannot_harm_a_terminal(text: str) -> None:
    kept = clean_text(text)
    assert not set(kept) & set("\x00\x07\x1b\x7f\x9b\r\u202e\ud800")
    assert len(kept) == len(text)
