'use strict';
// Writes the Pokédex snapshot: CSV files and their manifest. See README.md.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Dex } = require('pokemon-showdown');
const frenchSpecies = require('pokemon/data/fr.json');
const { effectWords, describe, IN_CODE } = require('./effects.js');
const french = require('./french.js');
const identities = require('./identities.js');
const pins = require('./package.json');

const { slug } = identities;
const dex = Dex.mod('gen7letsgo');
const target = path.resolve(process.argv[2] ?? path.join(__dirname, '../../services/ingest/snapshot'));

function fail(message) {
  console.error(`snapshot: ${message}`);
  process.exit(1);
}

function expect(what, actual, wanted) {
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    fail(`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(wanted)}`);
  }
}

const SPRITES = 'https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon';
const CANDY_EVOLUTIONS = [['Meltan', 'Melmetal']]; // by 400 candies in the companion game; not in the source

// --- types ---------------------------------------------------------------------------------------
const types = dex.types.all().filter((type) => !type.isNonstandard)
  .map((type) => ({ id: identities.TYPE_IDS[slug(type.name)], slug: slug(type.name), name_en: type.name,
    name_fr: french.TYPES[slug(type.name)], source: type }))
  .sort((a, b) => a.id - b.id);
const MULTIPLIERS = [1, 2, 0.5, 0]; // the source's codes for neutral, weak, resistant, immune
const effectiveness = types.flatMap((attacking) => types.map((defending) => ({
  attacking: attacking.slug, defending: defending.slug,
  multiplier: MULTIPLIERS[defending.source.damageTaken[attacking.name_en]],
})));

// --- species and Pokémon -------------------------------------------------------------------------
function formOf(species) {
  if (!species.forme) return 'base';
  if (species.forme.startsWith('Mega')) return 'mega';
  if (species.forme === 'Alola') return 'alola';
  if (species.forme === 'Starter') return 'partner';
  return fail(`unknown form ${species.name}`);
}

function formNames(form, species, english, name_fr) {
  const letter = species.forme.startsWith('Mega-') ? ` ${species.forme.slice(5)}` : '';
  return {
    base: [english, name_fr],
    alola: [`Alolan ${english}`, `${name_fr} d'Alola`],
    partner: [`Partner ${english}`, `${name_fr} partenaire`],
    mega: [`Mega ${english}${letter}`, `Méga-${name_fr}${letter}`],
  }[form];
}

const pokemon = dex.species.all().filter((species) => !species.isNonstandard).map((source) => {
  const form = formOf(source);
  const english = identities.SPECIES_NAMES[source.baseSpecies] ?? source.baseSpecies;
  const species = slug(english);
  const ownSlug = form === 'base' ? species : `${species}-${slug(source.forme).replace('starter', 'partner')}`;
  const id = form === 'base' ? source.num : identities.FORM_IDS[ownSlug];
  const [name_en, name_fr] = formNames(form, source, english, frenchSpecies[source.num - 1]);
  const [type_1, type_2 = ''] = source.types.map(slug);
  const { hp, atk, def, spa, spd, spe } = source.baseStats;
  const pictured = form === 'partner' ? source.num : id; // partner forms have no picture of their own
  return { id, slug: ownSlug, species, species_number: source.num, form, name_en, name_fr, type_1, type_2,
    hp, attack: atk, defense: def, special_attack: spa, special_defense: spd, speed: spe,
    weight_hg: source.weighthg, sprite_url: `${SPRITES}/${pictured}.png`, source };
}).sort((a, b) => a.id - b.id);
const slugByName = new Map(pokemon.map((one) => [one.source.name, one.slug]));
const species = pokemon.filter((one) => one.form === 'base')
  .map(({ species_number, species: key, name_en, name_fr }) => ({ number: species_number, slug: key, name_en, name_fr }));

// --- evolutions ----------------------------------------------------------------------------------
function trigger(source) {
  if (source.evoItem) return ['stone', '', slug(source.evoItem)];
  if (source.evoType === 'trade') return ['trade', '', ''];
  if (source.evoType === 'levelFriendship') return ['friendship', '', ''];
  if (source.evoLevel) return ['level', source.evoLevel, ''];
  return fail(`unknown evolution of ${source.name}`);
}
const evolutions = pokemon.filter((one) => one.source.prevo && one.form !== 'mega').map(({ slug: to, source }) => {
  const [kind, level, item] = trigger(source);
  return { from: slugByName.get(source.prevo), to, trigger: kind, level, item };
});
for (const [from, to] of CANDY_EVOLUTIONS) {
  evolutions.push({ from: slugByName.get(from), to: slugByName.get(to), trigger: 'candy', level: '', item: '' });
}

// --- moves and learnsets -------------------------------------------------------------------------
const moveIds = new Set();
const leftOutIds = new Set();
const learnsets = [];
for (const one of pokemon.filter(({ form }) => form !== 'mega')) {
  const learned = dex.data.Learnsets[one.source.id]?.learnset ?? fail(`no learnset for ${one.slug}`);
  for (const [moveId, sources] of Object.entries(learned)) {
    if (identities.LEFT_OUT[moveId]) { leftOutIds.add(moveId); continue; }
    moveIds.add(moveId);
    for (const code of sources) {
      if (/^7S\d+$/.test(code)) continue; // a distributed Pokémon: how one was given, not how one learns
      const level = /^7L(\d+)$/.exec(code)?.[1];
      const method = level === '0' ? 'evolution' : level === '1' ? 'start' : level ? 'level'
        : { '7M': 'tm', '7T': 'tutor' }[code] ?? fail(`unknown learn code ${code} of ${one.slug}`);
      learnsets.push({ pokemon: one.slug, move: moveId, method, level: method === 'level' ? level : '', id: one.id });
    }
  }
}
const moveName = (id) => identities.MOVE_NAMES[id] ?? dex.moves.get(id).name;
const machine = new Map(identities.TECHNICAL_MACHINES.map((name, index) => [name, index + 1]));
const moves = [...moveIds].map((id) => {
  const source = dex.moves.get(id);
  const name_en = moveName(id);
  const words = effectWords(source, dex);
  return { id: source.num, slug: slug(name_en), name_en, name_fr: french.MOVES[slug(name_en)],
    type: slug(source.type), category: source.category.toLowerCase(), power: source.basePower,
    accuracy: source.accuracy === true ? '' : source.accuracy, pp: source.pp, priority: source.priority,
    tm: machine.get(slug(name_en)) ?? '', description: describe(source, words), effects: JSON.stringify(words) };
}).sort((a, b) => a.id - b.id);
const moveNumber = new Map(moves.map((move) => [move.slug, move.id]));
for (const row of learnsets) row.move = slug(moveName(row.move));
const METHODS = ['start', 'evolution', 'level', 'tm', 'tutor'];
learnsets.sort((a, b) => a.id - b.id || METHODS.indexOf(a.method) - METHODS.indexOf(b.method)
  || a.level - b.level || moveNumber.get(a.move) - moveNumber.get(b.move));
const leftOut = [...leftOutIds].map((id) => ({ id: dex.moves.get(id).num, slug: slug(moveName(id)),
  name_en: moveName(id), reason: identities.LEFT_OUT[id] })).sort((a, b) => a.id - b.id);

// --- what must hold ------------------------------------------------------------------------------
const count = (rows, key) => rows.reduce((sums, row) => ({ ...sums, [row[key]]: (sums[row[key]] ?? 0) + 1 }), {});
const forms = count(pokemon, 'form');
const cells = count(effectiveness, 'multiplier');
const categories = count(moves, 'category');
const methods = count(learnsets, 'method');
const levelUp = methods.start + methods.evolution + methods.level;
const speciesPairs = new Set(evolutions.map(({ from, to }) => [from, to].map((one) => one.replace('-alola', '')).join('>')));
expect('species', species.length, 153);
expect('forms', [forms.base, forms.alola, forms.partner, forms.mega], [153, 18, 2, 15]);
expect('types', types.length, 18);
expect('effectiveness', [cells[1], cells[0.5], cells[2], cells[0]], [204, 61, 51, 8]);
expect('moves', [categories.physical, categories.special, categories.status], [100, 55, 68]);
expect('learnset rows', [levelUp, methods.tm, methods.tutor], [2035, 3144, 11]);
expect('evolutions between species', speciesPairs.size, 73);
expect('moves with a TM', moves.filter(({ tm }) => tm).map(({ slug: key }) => key).sort(), [...machine.keys()].sort());
expect('TM moves learned', [...new Set(learnsets.filter(({ method }) => method === 'tm').map(({ move }) => move))].sort(), [...machine.keys()].sort());
expect('moves left out', leftOutIds.size, Object.keys(identities.LEFT_OUT).length);
for (const rows of [types, pokemon, moves, species]) {
  for (const row of rows) {
    for (const key of ['id', 'number', 'slug', 'name_en', 'name_fr']) {
      if (key in row && (row[key] === undefined || row[key] === '')) fail(`no ${key} for ${row.slug}`);
    }
  }
}
for (const id of Object.keys(IN_CODE)) {
  const source = dex.moves.get(id);
  const holders = [source, source.secondary ?? {}, source.self ?? {}];
  if (!holders.some((holder) => Object.values(holder).some((value) => typeof value === 'function'))) {
    fail(`${id} has no behaviour in code any more`);
  }
}

// --- write ---------------------------------------------------------------------------------------
const quote = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
const COLUMNS = {
  types: [types, 'id slug name_en name_fr'],
  effectiveness: [effectiveness, 'attacking defending multiplier'],
  species: [species, 'number slug name_en name_fr'],
  pokemon: [pokemon, 'id slug species form name_en name_fr type_1 type_2 hp attack defense special_attack special_defense speed weight_hg sprite_url'],
  moves: [moves, 'id slug name_en name_fr type category power accuracy pp priority tm description effects'],
  learnsets: [learnsets, 'pokemon move method level'],
  evolutions: [evolutions, 'from to trigger level item'],
  left_out: [leftOut, 'id slug name_en reason'],
};
fs.mkdirSync(target, { recursive: true });
const files = {};
for (const [name, [rows, header]] of Object.entries(COLUMNS)) {
  const columns = header.split(' ');
  const text = [columns, ...rows.map((row) => columns.map((column) => quote(row[column])))].map((row) => `${row.join(',')}\n`).join('');
  fs.writeFileSync(path.join(target, `${name}.csv`), text);
  files[`${name}.csv`] = { rows: rows.length, sha256: crypto.createHash('sha256').update(text).digest('hex') };
}
const sources = Object.entries(pins.dependencies).map(([name, version]) => {
  const installed = JSON.parse(fs.readFileSync(path.join(path.dirname(require.resolve(`${name}/package.json`)), 'package.json')));
  expect(`version of ${name}`, installed.version, version);
  return { package: name, version, integrity: pins.integrity[name], licence: installed.license };
});
const manifest = {
  game: "Pokémon Let's Go, Pikachu! and Let's Go, Eevee!",
  sources,
  counts: {
    species: species.length, pokemon: pokemon.length, forms, types: types.length,
    effectiveness: { neutral: cells[1], half: cells[0.5], double: cells[2], none: cells[0] },
    moves: { ...categories, total: moves.length, tm: machine.size },
    learnsets: { level_up: levelUp, tm: methods.tm, tutor: methods.tutor, total: learnsets.length },
    evolutions: { species: speciesPairs.size, pokemon: evolutions.length },
  },
  files,
};
fs.writeFileSync(path.join(target, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(JSON.stringify(manifest.counts, null, 2));
