"""What a move costs or gives its user, and who wins when both faint."""

from tests.support.battle import make_move
from tests.support.bouts import HIT_BACK, NOTHING, bout, win_rate


def test_recoil_is_a_share_of_the_damage_dealt() -> None:
    assert set(bout(make_move("hit", power=0, fixed_damage=31, recoil=[1, 4]), NOTHING).play().lost(0)) == {8}


def test_drain_gives_back_half_of_the_damage_and_no_more_than_full() -> None:
    drain = make_move("hit", power=0, fixed_damage=20, drain=[1, 2])
    jab = make_move("jab", power=0, fixed_damage=50)
    assert set(bout(drain, jab, a=("slow", "hit"), b=("quick", "jab")).play().lost(0).tolist()) == {40}
    assert set(bout(drain, NOTHING).play().lost(0).tolist()) == {0}


def test_crashing_costs_half_the_hit_points() -> None:
    crash = make_move("hit", crash=True, type="normal")
    assert set(bout(crash, NOTHING, b=("ghost", "tap")).play().lost(0).tolist()) == {77}


def test_who_faints_to_strike_loses_even_when_both_faint() -> None:
    blast = make_move("hit", power=250, self_ko=True)
    played = bout(blast).play()
    assert (played.duel.hp.reshape(2, -1)[0] == 0).all()
    assert (played.winner == 2).all()


def test_who_faints_last_by_recoil_wins() -> None:
    reckless = make_move("hit", power=0, fixed_damage=155, recoil=[1, 1])
    played = bout(reckless).play()
    assert (played.duel.hp == 0).all()
    assert (played.winner == 1).all()


def test_without_pp_it_struggles_and_loses_a_quarter_of_its_hit_points() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=1, pp=5), NOTHING).play(8)
    assert set(played.lost(0).tolist()) == {0}
    assert set(played.play().lost(0).tolist()) == {39}
    assert (played.lost(1) > 8).all()


def test_dream_eater_fails_in_a_one_move_duel() -> None:
    assert set(bout(make_move("hit", dream_eater=True, drain=[1, 2])).play(3).lost(1).tolist()) == {0}


def test_a_move_without_effect_on_its_target_never_wins() -> None:
    normal = make_move("hit", type="normal", pp=40)
    assert win_rate(normal, HIT_BACK, a=("quick", "hit"), b=("ghost", "back")) == 0
