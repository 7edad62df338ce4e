'use strict';
// A move of the source as effect words: only what differs from a plain hit is written. The words of
// damaging moves are those of shared/battle/effects.py; status moves have further ones.

const STATS = {
  atk: 'attack', def: 'defense', spa: 'special_attack', spd: 'special_defense', spe: 'speed',
  accuracy: 'accuracy', evasion: 'evasion',
};
const AILMENTS = {
  brn: 'burn_chance', par: 'paralysis_chance', slp: 'sleep_chance', psn: 'poison_chance',
  tox: 'bad_poison_chance', frz: 'freeze_chance', confusion: 'confusion_chance', flinch: 'flinch_chance',
};
const SELF_VOLATILES = { lockedmove: ['locked'], mustrecharge: ['recharge'], rage: ['rage'], roost: ['roost'] };
const SIDES = { lightscreen: 'light_screen', reflect: 'reflect', mist: 'mist', stealthrock: 'stealth_rock' };
const HIDING = { fly: 'air', dig: 'underground' };
const VOLATILES = {
  disable: 'disable', leechseed: 'leech_seed', encore: 'encore', taunt: 'taunt', yawn: 'yawn',
  partiallytrapped: 'partial_trap', bide: 'bide', minimize: 'minimize', defensecurl: 'defense_curl',
  focusenergy: 'focus_energy', substitute: 'substitute', protect: 'protect', helpinghand: 'helping_hand',
};

// What the source says only in code. One line a move; build.js checks that each is still a function.
const IN_CODE = {
  lowkick: { weight_based: true },
  counter: { counter: 'physical' },
  mirrorcoat: { counter: 'special' },
  psywave: { psywave: true },
  superfang: { half_hp_damage: true },
  dreameater: { dream_eater: true },
  suckerpunch: { sucker_punch: true },
  fakeout: { fake_out: true },
  facade: { facade: true },
  skullbash: { charge_defense: 1 },
  triattack: { tri_attack_chance: 20 },
  brickbreak: { breaks_screens: true },
  clearsmog: { clears_target_stages: true },
  freezyfrost: { clears_all_stages: true },
  haze: { clears_all_stages: true },
  sappyseed: { leech_seed: true },
  sparklyswirl: { cures_user: true },
  rest: { rest: true },
  mimic: { mimic: true },
  transform: { transform: true },
  conversion: { conversion: true },
  metronome: { metronome: true },
  mirrormove: { mirror_move: true },
};
exports.IN_CODE = IN_CODE;

function addStages(words, prefix, boosts, chance) {
  for (const [stat, stages] of Object.entries(boosts)) words[`${prefix}_${STATS[stat]}`] = stages;
  words[`${prefix}_stage_chance`] = chance;
}

function addSecondary(words, secondary) {
  const ailment = AILMENTS[secondary.status ?? secondary.volatileStatus];
  if (ailment) words[ailment] = secondary.chance;
  if (secondary.boosts) addStages(words, 'target', secondary.boosts, secondary.chance);
}

function addVolatile(words, name) {
  if (AILMENTS[name]) words[AILMENTS[name]] = 100;
  else if (VOLATILES[name]) words[VOLATILES[name]] = true;
  else throw new Error(`unknown volatile status ${name}`);
}

exports.effectWords = (move, dex) => {
  const words = {};
  if (move.multihit) words.multi_hit = Array.isArray(move.multihit) ? move.multihit : [move.multihit, move.multihit];
  if (move.critRatio > 1) words.crit_ratio = move.critRatio;
  if (move.willCrit) words.always_crit = true;
  if (move.flags.charge) words.charge = true;
  if (HIDING[move.id]) words.semi_invulnerable = HIDING[move.id];
  if (move.flags.recharge) words.recharge = true;
  if (move.recoil) words.recoil = move.recoil;
  if (move.hasCrashDamage) words.crash = true;
  if (move.drain) words.drain = move.drain;
  if (move.heal) words.heal = move.heal;
  if (move.selfdestruct) words.self_ko = true;
  if (move.ohko) words.ohko = true;
  if (move.damage === 'level') words.level_damage = true;
  else if (move.damage) words.fixed_damage = move.damage;
  if (move.overrideOffensivePokemon === 'target') words.foul_play = true;
  if (move.breaksProtect) words.breaks_protect = true;
  if (move.selfSwitch) words.switches_user = true;
  if (move.forceSwitch) words.forces_switch = true;
  if (move.thawsTarget) words.thaws_target = true;
  if (move.flags.defrost) words.defrosts_user = true;
  for (const [hidden, place] of Object.entries(HIDING)) {
    const { onInvulnerability, onSourceModifyDamage } = dex.moves.get(hidden).condition;
    if (move.category === 'Status' || onInvulnerability.call({}, null, null, move) === false) continue;
    words.hits_semi_invulnerable = place;
    const factor = onSourceModifyDamage.call({ chainModify: (n) => n }, 0, null, null, move);
    if (factor === 2) words.doubles_on_semi_invulnerable = place;
  }
  if (move.status) words[AILMENTS[move.status]] = 100;
  if (move.volatileStatus) addVolatile(words, move.volatileStatus);
  if (move.boosts) addStages(words, move.target === 'self' ? 'self' : 'target', move.boosts, 100);
  if (move.sideCondition) words[SIDES[move.sideCondition]] = true;
  const own = move.self ?? {};
  if (own.boosts) addStages(words, 'self', own.boosts, 100);
  if (own.volatileStatus) for (const word of SELF_VOLATILES[own.volatileStatus]) words[word] = true;
  if (own.sideCondition) words[SIDES[own.sideCondition]] = true;
  for (const secondary of move.secondaries ?? []) addSecondary(words, secondary);
  return { ...words, ...IN_CODE[move.id] };
};

const STAT_TEXT = (stat) => stat.replace('_', ' ');
const AILMENT_TEXT = {
  burn_chance: 'burns', paralysis_chance: 'paralyses', sleep_chance: 'puts to sleep', poison_chance: 'poisons',
  bad_poison_chance: 'badly poisons', freeze_chance: 'freezes', confusion_chance: 'confuses',
  flinch_chance: 'makes flinch', tri_attack_chance: 'burns, paralyses or freezes',
};
const FLAG_TEXT = {
  always_crit: 'always a critical hit', semi_invulnerable: 'out of reach in the first turn',
  recharge: 'the user rests the next turn', locked: 'goes on for two or three turns, then confuses the user',
  crash: 'hurts the user when it misses', self_ko: 'the user faints', level_damage: 'damage equals the level',
  psywave: 'damage is half to one and a half times the level', half_hp_damage: 'halves the remaining HP',
  ohko: 'knocks out at once', bide: 'endures two turns, then returns twice the damage taken',
  dream_eater: 'works on sleepers only', foul_play: "uses the target's attack",
  sucker_punch: 'fails unless the target is about to attack', fake_out: 'works in the first turn only',
  rage: 'each hit taken raises attack', weight_based: 'stronger on heavier targets',
  partial_trap: 'traps and hurts for four or five turns',
  facade: 'twice as strong when the user is burned, poisoned or paralysed', leech_seed: 'drains HP each turn',
  clears_target_stages: "resets the target's stat stages", clears_all_stages: 'resets all stat stages',
  breaks_screens: 'breaks screens', breaks_protect: 'breaks protection', switches_user: 'the user switches out',
  forces_switch: 'drives the target out', thaws_target: 'thaws the target', cures_user: "cures the user's team",
  disable: 'disables the last move', encore: 'forces the last move again', taunt: 'allows attacks only',
  yawn: 'puts to sleep next turn', minimize: 'makes the user small', defense_curl: 'the user curls up',
  focus_energy: 'raises the critical rate', substitute: 'a quarter of the HP becomes a decoy',
  protect: 'blocks moves this turn', helping_hand: 'strengthens an ally', rest: 'sleeps two turns and heals fully',
  roost: 'the user lands', mimic: 'copies a move', transform: 'becomes the target',
  conversion: "takes the type of the user's first move", metronome: 'uses a random move',
  mirror_move: "repeats the target's move", reflect: 'halves physical damage for five turns',
  light_screen: 'halves special damage for five turns', mist: 'protects stat stages for five turns',
  stealth_rock: 'hurts whatever switches in',
};
const percent = (chance) => (chance === 100 ? '' : ` (${chance} %)`);

function stageTexts(words, prefix, who) {
  return Object.values(STATS).filter((stat) => words[`${prefix}_${stat}`]).map((stat) => {
    const stages = words[`${prefix}_${stat}`];
    const verb = stages > 0 ? 'raises' : 'lowers';
    const by = Math.abs(stages) > 1 ? ` by ${Math.abs(stages)}` : '';
    return `${verb} ${who} ${STAT_TEXT(stat)}${by}${percent(words[`${prefix}_stage_chance`])}`;
  });
}

/** One line made of the data: kind, power, accuracy, then each effect. */
exports.describe = (move, words) => {
  const parts = [];
  if (words.multi_hit) {
    const [least, most] = words.multi_hit;
    parts.push(least === most ? `hits ${least} times` : `hits ${least} to ${most} times`);
  }
  if (words.crit_ratio) parts.push('high critical rate');
  if (words.charge && !words.semi_invulnerable) parts.push('charges one turn');
  if (words.charge_defense) parts.push('raises defense while charging');
  if (words.recoil) parts.push(`the user takes ${Math.round((100 * words.recoil[0]) / words.recoil[1])} % recoil`);
  if (words.drain) parts.push('the user regains half the damage');
  if (words.heal) parts.push('heals half the HP');
  if (words.fixed_damage) parts.push(`always ${words.fixed_damage} damage`);
  if (words.counter) parts.push(`returns twice the ${words.counter} damage taken`);
  if (words.hits_semi_invulnerable) {
    const place = words.hits_semi_invulnerable === 'air' ? 'in the air' : 'underground';
    parts.push(words.doubles_on_semi_invulnerable ? `twice as strong on a target ${place}` : `reaches a target ${place}`);
  }
  for (const [word, text] of Object.entries(FLAG_TEXT)) if (words[word]) parts.push(text);
  for (const [word, text] of Object.entries(AILMENT_TEXT)) if (words[word]) parts.push(text + percent(words[word]));
  parts.push(...stageTexts(words, 'target', "the target's"), ...stageTexts(words, 'self', "the user's"));
  if (move.priority) parts.push(`priority ${move.priority > 0 ? '+' : '−'}${Math.abs(move.priority)}`);
  const kind = `${move.category} ${move.type} move`;
  const power = move.basePower ? `, power ${move.basePower}` : '';
  const aim = move.accuracy === true ? (move.category === 'Status' ? '' : ', never misses') : `, accuracy ${move.accuracy} %`;
  return `${kind}${power}${aim}${parts.length ? `: ${parts.join('; ')}` : ''}.`;
};
