// Pokémon as a list of linked cards.
export default {
  props: ["cards", "label"],
  template: `
    <ul class="grid" :aria-label="label">
      <li v-for="card in cards" :key="card.slug">
        <a class="card mon" :href="card.href" :style="{ '--first': card.creature.first }">
          <nicegui-creature v-bind="card.creature" />
          <span class="mon__words">
            <span class="mon__number">{{ card.number }}</span>
            <strong class="mon__name">{{ card.name }}</strong>
            <span v-if="card.other" class="mon__other" :lang="card.otherLanguage">{{ card.other }}</span>
            <span class="mon__badges">
              <span
                v-for="badge in card.badges"
                class="badge badge--small"
                :style="{ background: badge.colour, color: badge.ink }"
                >{{ badge.text }}</span
              >
            </span>
            <span v-if="card.note" class="mon__note">{{ card.note }}</span>
          </span>
        </a>
      </li>
    </ul>
  `,
};
