'use strict';
// Ids, slugs and numbers that the source does not hold or spells otherwise.

// PokéAPI numbers types and forms; species and moves have national numbers.
exports.TYPE_IDS = {
  normal: 1, fighting: 2, flying: 3, poison: 4, ground: 5, rock: 6, bug: 7, ghost: 8, steel: 9,
  fire: 10, water: 11, grass: 12, electric: 13, psychic: 14, ice: 15, dragon: 16, dark: 17, fairy: 18,
};

exports.FORM_IDS = {
  'venusaur-mega': 10033, 'charizard-mega-x': 10034, 'charizard-mega-y': 10035, 'blastoise-mega': 10036,
  'alakazam-mega': 10037, 'gengar-mega': 10038, 'kangaskhan-mega': 10039, 'pinsir-mega': 10040,
  'gyarados-mega': 10041, 'aerodactyl-mega': 10042, 'mewtwo-mega-x': 10043, 'mewtwo-mega-y': 10044,
  'slowbro-mega': 10071, 'pidgeot-mega': 10073, 'beedrill-mega': 10090,
  'rattata-alola': 10091, 'raticate-alola': 10092, 'raichu-alola': 10100, 'sandshrew-alola': 10101,
  'sandslash-alola': 10102, 'vulpix-alola': 10103, 'ninetales-alola': 10104, 'diglett-alola': 10105,
  'dugtrio-alola': 10106, 'meowth-alola': 10107, 'persian-alola': 10108, 'geodude-alola': 10109,
  'graveler-alola': 10110, 'golem-alola': 10111, 'grimer-alola': 10112, 'muk-alola': 10113,
  'exeggutor-alola': 10114, 'marowak-alola': 10115, 'pikachu-partner': 10158, 'eevee-partner': 10159,
};

// The name the move had in these games; the source carries the later spelling.
exports.MOVE_NAMES = { visegrip: 'Vice Grip' };

exports.SPECIES_NAMES = { 'Nidoran-F': 'Nidoran♀', 'Nidoran-M': 'Nidoran♂', 'Farfetch’d': "Farfetch'd" };

exports.TECHNICAL_MACHINES = [
  'headbutt', 'taunt', 'helping-hand', 'teleport', 'rest', 'light-screen', 'protect', 'substitute',
  'reflect', 'dig', 'will-o-wisp', 'facade', 'brick-break', 'fly', 'seismic-toss', 'thunder-wave',
  'dragon-tail', 'u-turn', 'iron-tail', 'dark-pulse', 'foul-play', 'rock-slide', 'thunder-punch',
  'x-scissor', 'waterfall', 'poison-jab', 'toxic', 'tri-attack', 'scald', 'bulk-up', 'fire-punch',
  'dazzling-gleam', 'calm-mind', 'dragon-pulse', 'ice-punch', 'thunderbolt', 'flamethrower', 'thunder',
  'outrage', 'psychic', 'earthquake', 'self-destruct', 'shadow-ball', 'play-rough', 'solar-beam',
  'fire-blast', 'surf', 'hyper-beam', 'superpower', 'roost', 'blizzard', 'sludge-bomb', 'mega-drain',
  'flash-cannon', 'ice-beam', 'stealth-rock', 'pay-day', 'drill-run', 'dream-eater', 'megahorn',
];

exports.LEFT_OUT = {
  celebrate: 'event move: only a distributed Chansey knew it',
  pikapapow: 'partner gauge move: used by shaking the controller, never learned',
  veeveevolley: 'partner gauge move: used by shaking the controller, never learned',
};

exports.slug = (name) => name
  .replace('♀', '-f').replace('♂', '-m')
  .toLowerCase().replace(/[.'’]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
