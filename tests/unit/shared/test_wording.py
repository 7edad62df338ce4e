import pytest

from shared.wording import percent, points, whole


@pytest.mark.parametrize(
    ("probability", "digits", "english", "french"),
    [
        (0.973, 1, "97.3%", "97,3\u202f%"),
        (0.99999, 1, ">99.9%", ">\u202f99,9\u202f%"),
        (0.00001, 1, "<0.1%", "<\u202f0,1\u202f%"),
        (0.004, 0, "<1%", "<\u202f1\u202f%"),
        (0.996, 0, ">99%", ">\u202f99\u202f%"),
        (1.0, 1, "100.0%", "100,0\u202f%"),
        (0.0, 0, "0%", "0\u202f%"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(
    probability: float, digits: int, english: str, french: str
) -> None:
    assert percent(probability, "en", digits) == english
    assert percent(probability, "fr", digits) == french


def test_thousands_are_set_apart_as_the_language_does() -> None:
    assert whole(21404.4, "en") == "21,404"
    assert whole(21404.4, "fr") == "21\u202f404"


@pytest.mark.parametrize(
    ("share", "english", "french"),
    [(0.31, "+31.0", "+31,0"), (-0.0204, "−2.0", "−2,0"), (0.0001, "0.0", "0,0"), (-0.0001, "0.0", "0,0")],
)
def test_points_carry_their_sign_unless_they_round_to_none(share: float, english: str, french: str) -> None:
    assert points(share, "en") == english
    assert points(share, "fr") == french
