"""Ways in which people write names that every door must understand."""

POKEMON_SPELLINGS = (
    ("évoli", "eevee"),
    ("evoli", "eevee"),
    ("EEVEE", "eevee"),
    ("m. mime", "mr-mime"),
    ("mr mime", "mr-mime"),
    ("farfetch'd", "farfetchd"),
    ("canarticho", "farfetchd"),
    ("nidoran♀", "nidoran-f"),
    ("nidoran f", "nidoran-f"),
    ("raichu-alola", "raichu-alola"),
    ("raichualola", "raichu-alola"),
    ("raichu d'alola", "raichu-alola"),
)
MOVE_SPELLINGS = (
    ("vive-attaque", "quick-attack"),
    ("Quick Attack", "quick-attack"),
    ("quickattack", "quick-attack"),
)
