'use strict';
// Plays one-move duels in the reference engine: a request a line on standard input, an answer a line
// on standard output. See README.md.

const readline = require('node:readline');
const { Battle, Dex, PRNG, toID } = require('pokemon-showdown');
const installed = require('pokemon-showdown/package.json');
const pins = require('./package.json');

const MOD = 'gen7letsgo';
const TURN_LIMIT = 300;
const SPELLED_OTHERWISE = { vicegrip: 'visegrip', pikachupartner: 'pikachustarter', eeveepartner: 'eeveestarter' };
const LOWEST_ROLL = 85;
const HIGHEST_ROLL = 100;

// Only the games' own rules: no clause of a ladder, no change of level.
const format = { ...Dex.formats.get("[Gen 7 Let's Go] OU"), name: 'Duel', id: 'duel', ruleset: [], banlist: [] };
const dex = Dex.mod(MOD);

function idOf(slug, table) {
  const id = SPELLED_OTHERWISE[toID(slug)] ?? toID(slug);
  if (!table.get(id).exists) throw new Error(`${slug} is not in ${MOD}`);
  return id;
}

function teamOf({ form, move, level }) {
  const species = dex.species.get(idOf(form, dex.species)).name;
  return [{ name: form, species, moves: [idOf(move, dex.moves)], ability: 'No Ability', item: '', nature: 'Serious', level }];
}

function begin({ a, b }, prng) {
  return new Battle({ format, prng, p1: { name: 'a', team: teamOf(a) }, p2: { name: 'b', team: teamOf(b) } });
}

/** [winner, turns] of one battle. A default choice is the only move, a locked one, or Struggle: each side repeats its move; after the turn limit it is a draw. */
function playOut(battle) {
  while (!battle.ended && battle.turn <= TURN_LIMIT) battle.makeChoices('default', 'default');
  return [battle.winner || 'draw', Math.min(battle.turn, TURN_LIMIT)];
}

/** Counts by winner and number of turns, and the seconds that the battles took. */
function play(request) {
  const prng = new PRNG(request.seed.map(Number).join(','));
  const counts = { a: {}, b: {}, draw: {} };
  const started = process.hrtime.bigint();
  for (let battle = 0; battle < request.battles; battle++) {
    const [winner, turns] = playOut(begin(request, prng));
    counts[winner][turns] = (counts[winner][turns] ?? 0) + 1;
  }
  return { counts, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

/** What one landed hit of `a` takes from `b`: without and with a critical hit, by roll; null where it fails. */
function rolls(request) {
  const battle = begin(request, new PRNG('1,2,3,4'));
  const [user, target] = [battle.p1.active[0], battle.p2.active[0]];
  const move = dex.getActiveMove(user.moveSlots[0].id);
  const hits = [false, true].map((crit) => {
    const row = [];
    for (let roll = LOWEST_ROLL; roll <= HIGHEST_ROLL; roll++) {
      battle.randomizer = (damage) => battle.trunc(battle.trunc(damage * roll) / 100);
      const damage = battle.actions.getDamage(user, target, { ...move, willCrit: crit }, true);
      row.push(typeof damage === 'number' ? Math.floor(damage) : null);
    }
    return row;
  });
  return { rolls: hits, stats: [user, target].map(({ maxhp, storedStats }) => ({ hp: maxhp, ...storedStats })) };
}

function about() {
  const wanted = pins.dependencies['pokemon-showdown'];
  if (installed.version !== wanted) throw new Error(`pokemon-showdown ${installed.version} is installed, ${wanted} is wanted`);
  return { package: 'pokemon-showdown', version: installed.version, mod: MOD, node: process.version };
}

const ANSWERS = { about, play, rolls };

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = ANSWERS[request.kind](request);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
