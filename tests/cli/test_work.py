"""Long work: several at once, answers in order."""

import threading
import time

import pytest

from kindward.cli.work import in_order, progress, workers_for


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_answers_come_in_the_order_of_the_things(workers):
    def slow_first(number):
        time.sleep(0.01 if number % 5 == 0 else 0)
        return number * number

    assert [n * n for n in range(40)] == list(in_order(slow_first, range(40), workers))


def test_only_a_few_things_are_under_way_at_once():
    taken = []

    def things():
        for number in range(1000):
            taken.append(number)
            yield number

    answers = in_order(lambda number: number, things(), 2)
    next(answers)
    assert len(taken) <= 9
    answers.close()


def test_several_things_are_done_at_the_same_time():
    meeting = threading.Barrier(2, timeout=5)
    assert [0, 0, 1, 1] == sorted(in_order(lambda _: meeting.wait(), range(4), 2))


def test_an_error_of_the_work_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda number: 1 // number, [1, 0, 1], 2))


def test_there_are_never_more_workers_than_things():
    assert (1, 1) == (workers_for(0), workers_for(1))
    assert workers_for(10_000) >= 1


def test_no_bar_is_shown_without_a_terminal(capsys):
    with progress("Working", 10) as advance:
        advance(5)
    assert ("", "") == tuple(capsys.readouterr())
