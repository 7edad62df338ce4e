"""What stands around every page."""

from typing import Final

from shared.wording import Text

PRODUCT: Final = "PredictionDex"
NAVIGATION: Final = Text("Main", "Navigation principale")
NAV_HOME: Final = Text("Home", "Accueil")
NAV_BATTLE: Final = Text("Battle", "Combat")
NAV_POKEDEX: Final = Text("Pokédex", "Pokédex")
NAV_MOVES: Final = Text("Moves", "Attaques")
NAV_TYPES: Final = Text("Types", "Types")
SKIP: Final = Text("Skip to the content", "Aller au contenu")
SWITCH_LANGUAGE: Final = Text("Passer en français", "Switch to English")
THEME_AUTO: Final = Text(
    "Theme: follows the system. Switch to light", "Thème : suit le système. Passer au clair"
)
THEME_LIGHT: Final = Text("Theme: light. Switch to dark", "Thème : clair. Passer au sombre")
THEME_DARK: Final = Text("Theme: dark. Follow the system", "Thème : sombre. Suivre le système")
FOOTER: Final = Text(
    "A free project about streaming predictions. Pokémon and all names are trademarks of Nintendo, "
    "Creatures Inc. and GAME FREAK inc., who have no part in it.",
    "Un projet libre sur la prédiction en continu. Pokémon et tous les noms sont des marques de Nintendo, "
    "Creatures Inc. et GAME FREAK inc., qui n’y prennent aucune part.",
)
NEAREST: Final = Text("Nearest names", "Noms les plus proches")
POKEDEX_WAITING: Final = Text(
    "The Pokédex is still being read from Kafka. This page opens by itself.",
    "Le Pokédex est en cours de lecture sur Kafka. Cette page s’ouvrira d’elle-même.",
)
NO_PAGE_TITLE: Final = Text("Page not found", "Page introuvable")
NO_PAGE: Final = Text("There is no page “{path}”.", "Il n’y a pas de page « {path} ».")
NO_PAGE_REMEDY: Final = Text(
    "The link may be old or mistyped. These pages are here:",
    "Le lien est peut-être ancien ou mal tapé. Voici les pages qui existent :",
)
