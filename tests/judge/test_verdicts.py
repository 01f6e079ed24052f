import pytest

from tests.judge.verdicts import Totals, Verdict, total


def test_errors_are_shares_of_all_words_and_opinions_are_means() -> None:
    short = Verdict("no", words=1, wrong_words=1, sounds=2, wrong_sounds=2, dnsmos=3.0, distillmos=4.0, likeness=0.5)
    long = Verdict("sí", words=9, wrong_words=0, sounds=38, wrong_sounds=0, dnsmos=4.0, distillmos=5.0, likeness=1.0)
    assert total([short, long]) == Totals(wer=0.1, pcer=0.05, dnsmos=3.5, distillmos=4.5, likeness=0.75)


def test_nothing_has_no_total() -> None:
    with pytest.raises(ValueError, match="no verdict"):
        total([])
