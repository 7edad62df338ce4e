"""Every sentence about an answer, beside its translation: the one catalogue of all front doors."""

from collections.abc import Mapping
from typing import Final

from contracts.battle import Verdict
from contracts.explanation import Rhythm
from shared.wording import Text

VERDICTS: Final[Mapping[Verdict, Text]] = {
    "sure": Text("Sure", "Sûr"),
    "likely": Text("Likely", "Probable"),
    "too close to call": Text("Too close to call", "Trop serré pour trancher"),
}
INTERVAL: Final = Text("Between {low} and {high}", "Entre {low} et {high}")
INTERVAL_COVERAGE: Final = Text(
    "Between {low} and {high}; {coverage} of such intervals hold the true chance",
    "Entre {low} et {high} ; {coverage} de ces intervalles contiennent la vraie probabilité",
)
OPPONENT_ALL: Final = Text(
    "You gave the opponent no moves: every damaging move it can learn was considered.",
    "Sans attaques données à l’adversaire, toutes ses attaques offensives possibles ont été considérées.",
)
CAPPED: Final = Text(
    "There were too many combinations: only the strongest moves were weighed.",
    "Il y avait trop de combinaisons : seules les attaques les plus fortes ont été pesées.",
)
GROUPS: Final[Mapping[str, Text]] = {
    "damage_a": Text("Damage: {a}", "Dégâts : {a}"),
    "damage_b": Text("Damage: {b}", "Dégâts : {b}"),
    "stats": Text("Level and stats", "Niveau et statistiques"),
    "types": Text("Types and same-type bonus", "Types et bonus de type"),
    "order": Text("Who moves first", "Qui agit en premier"),
    "accuracy": Text("Accuracy and PP", "Précision et PP"),
    "effects": Text("Effects besides damage", "Effets autres que les dégâts"),
    "race": Text("Hits needed for the KO", "Coups nécessaires pour le K.O."),
}
SIDE: Final = Text("{pokemon} with {move}", "{pokemon} avec {move}")
BY_SPEED: Final = Text(
    "{first} moves first: Speed {own} against {other}.",
    "{first} agit en premier : Vitesse {own} contre {other}.",
)
BY_PRIORITY: Final = Text(
    "{first} moves first: {move} has the higher priority, {own} against {other}.",
    "{first} agit en premier : {move} a la plus haute priorité, {own} contre {other}.",
)
BY_COIN_FLIP: Final = Text(
    "Both are equally fast: each turn, chance decides who moves first.",
    "Les deux ont la même Vitesse : à chaque tour, le hasard décide qui agit en premier.",
)
DAMAGE: Final = Text(
    "{move} takes {low} to {high} of {hp} HP ({low_share} to {high_share}).",
    "{move} retire de {low} à {high} PV sur {hp} ({low_share} à {high_share}).",
)
SAME_DAMAGE: Final = Text(
    "{move} takes {low} of {hp} HP ({low_share}).", "{move} retire {low} PV sur {hp} ({low_share})."
)
NO_EFFECT: Final = Text("{move} does not affect its target.", "{move} n’affecte pas sa cible.")
FAILS: Final = Text("{move} fails against a higher level.", "{move} échoue contre un niveau plus élevé.")
UNKNOWN_DAMAGE: Final = Text(
    "{move} returns what its user has taken: its damage depends on the other side.",
    "{move} renvoie ce que son lanceur a subi : les dégâts dépendent de l’adversaire.",
)
SEVERAL_HITS: Final = Text(
    "It hits {fewest} to {most} times a use.", "Elle frappe de {fewest} à {most} fois par utilisation."
)
EVEN_HITS: Final = Text("It hits {most} times a use.", "Elle frappe {most} fois par utilisation.")
SUPER_EFFECTIVE: Final = Text("It is super effective (×{factor}).", "C’est super efficace (×{factor}).")
NOT_EFFECTIVE: Final = Text(
    "It is not very effective (×{factor}).", "Ce n’est pas très efficace (×{factor})."
)
STAB: Final = Text("It has the same-type bonus (×1.5).", "Elle profite du bonus de même type (×1,5).")
ACCURACY: Final = Text("It lands {accuracy} of the time.", "Elle touche dans {accuracy} des cas.")
KO: Final = Text(
    "It knocks out in one use with a chance of {one}, within two {two}, within three {three}.",
    "Chances de mettre K.O. : {one} en une utilisation, {two} en deux, {three} en trois.",
)
SURE_KO: Final = Text("It always knocks out in one use.", "Elle met toujours K.O. en une utilisation.")
NO_KO: Final = Text(
    "It cannot knock out within three uses.", "Elle ne peut pas mettre K.O. en trois utilisations."
)
RHYTHMS: Final[Mapping[Rhythm, Text]] = {
    "prepares": Text(
        "It prepares for a turn and strikes on the next.",
        "Elle se prépare pendant un tour et frappe au suivant.",
    ),
    "rests": Text(
        "After it, its user rests for a turn.", "Après elle, son lanceur se repose pendant un tour."
    ),
    "first turn only": Text("It works on the first turn only.", "Elle ne marche qu’au premier tour."),
    "once": Text("Its user faints by using it.", "Son lanceur tombe K.O. en l’utilisant."),
    "sleeping target only": Text(
        "It works on a sleeping target only.", "Elle ne marche que sur une cible endormie."
    ),
}
