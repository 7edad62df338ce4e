"""The effect words of `MoveRecord.effects` that the battle engine knows.

A word that is absent has its default (no effect). A move that carries a word which is not in
`KNOWN_EFFECTS` is never simulated nor scored: it is answered as not scored, with the word as the
reason.
"""

from typing import Final

STAGED_STATS: Final = (
    "attack",
    "defense",
    "special_attack",
    "special_defense",
    "speed",
    "accuracy",
    "evasion",
)
"""Order of the stage columns in the engine."""

KNOWN_EFFECTS: Final[dict[str, str]] = {
    # how often and how hard it hits
    "multi_hit": "[min, max] hits a use; [2, 5] is 35/35/15/15 %, else uniform",
    "crit_ratio": "1 (1 in 24, default), 2 (1 in 8), 3 (1 in 2), 4 (always)",
    "always_crit": "every hit is critical",
    "fixed_damage": "hit points taken, whatever the stats",
    "level_damage": "takes as many hit points as the user's level",
    "psywave": "takes 0.50 to 1.50 times the user's level, uniformly in hundredths",
    "half_hp_damage": "takes half of the target's current hit points, at least 1",
    "ohko": "one-hit KO: accuracy 30 + level difference, fails on a higher level",
    "weight_based": "power from the target's weight: 20, 40, 60, 80, 100, 120",
    "foul_play": "uses the target's Attack and its stages",
    "facade": "doubled while the user is burned, poisoned or paralysed; burn does not halve it",
    "rage": "the user's Attack rises one stage at each hit it takes until its next move",
    # when it works
    "charge": "prepares one turn, strikes the next",
    "charge_defense": "stages that the user's Defense rises while it prepares",
    "semi_invulnerable": "'underground' or 'air' while preparing (true: nothing reaches it)",
    "hits_semi_invulnerable": "'underground' or 'air': reaches a target that hides there",
    "doubles_on_semi_invulnerable": "twice the damage when it reaches such a target",
    "recharge": "after a hit the user cannot move for one turn",
    "locked": "repeated for 2 or 3 turns without further PP, then the user is confused",
    "counter": "'physical' or 'special': twice the last such damage taken this turn",
    "bide": "endures two turns, then takes twice the damage that moves dealt to the user meanwhile",
    "dream_eater": "only works on a sleeping target",
    "sucker_punch": "only works when the target is still to move and does not recharge",
    "fake_out": "only works on the user's first turn",
    # what it does to the user
    "recoil": "[n, d]: the user loses n/d of the damage dealt",
    "crash": "the user loses half its hit points when it misses or fails",
    "drain": "[n, d]: the user regains n/d of the damage dealt",
    "self_ko": "the user faints before the damage is dealt",
    "defrosts_user": "can be used while frozen and thaws the user",
    "cures_user": "heals the user's status condition",
    "reflect": "halves physical damage to the user's side for five turns",
    "light_screen": "halves special damage to the user's side for five turns",
    # what it does to the target
    "partial_trap": "takes an eighth of the target's hit points for four or five turns",
    "leech_seed": "takes an eighth of the target's hit points a turn and gives them to the user",
    "breaks_screens": "removes Reflect and Light Screen from the target's side",
    "clears_target_stages": "resets the target's stages",
    "clears_all_stages": "resets the stages of both sides",
    "burn_chance": "chance in per cent, a hit",
    "paralysis_chance": "chance in per cent, a hit",
    "sleep_chance": "chance in per cent, a hit",
    "poison_chance": "chance in per cent, a hit",
    "freeze_chance": "chance in per cent, a hit",
    "confusion_chance": "chance in per cent, a hit",
    "flinch_chance": "chance in per cent, a hit",
    "tri_attack_chance": "chance in per cent of burn, paralysis or freeze, a third each",
    "target_stage_chance": "chance in per cent that the target_* stages apply (default 100)",
    "self_stage_chance": "chance in per cent that the self_* stages apply (default 100)",
    **{f"target_{stat}": f"stages added to the target's {stat}" for stat in STAGED_STATS},
    **{f"self_{stat}": f"stages added to the user's {stat}" for stat in STAGED_STATS},
    # true in the games and without consequence between two Pokémon that each repeat one move
    "thaws_target": "no effect in a duel: its target is frozen by nothing else",
    "forces_switch": "no effect in a duel",
    "switches_user": "no effect in a duel",
    "breaks_protect": "no effect in a duel",
}
"""Word → what it means and the form of its value (true where none is given)."""


def unsimulated_effects(effects: dict[str, bool | int | str | tuple[int, int]]) -> tuple[str, ...]:
    """The words of one move that keep it from being simulated, sorted; empty when it can be."""
    return tuple(sorted(word for word in effects if word not in KNOWN_EFFECTS))
