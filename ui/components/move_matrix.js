// The chance to win for each own move (rows) against each reply (columns), as a real table.
export default {
  props: ["rows", "columns", "words", "visibleRows", "hasMix"],
  template: `
    <div class="matrix">
      <div class="matrix__scroll" tabindex="0" role="region" :aria-label="words.title">
        <table class="matrix__table">
          <caption class="visually-hidden">{{ words.caption }}</caption>
          <thead>
            <tr>
              <th scope="col" class="matrix__corner">{{ words.move }}</th>
              <th scope="col" class="matrix__summary">{{ words.worst }}</th>
              <th scope="col" class="matrix__summary" :class="{ 'matrix__summary--last': !hasMix }">{{ words.average }}</th>
              <th v-if="hasMix" scope="col" class="matrix__summary matrix__summary--last">{{ words.mix }}</th>
              <th v-for="column in columns" :key="column.slug" scope="col" class="matrix__reply">
                <span class="matrix__dot" :style="{ background: column.colour }" aria-hidden="true"></span>
                <span>{{ column.name }}</span>
                <span v-if="hasMix" class="matrix__share">{{ words.mix }} {{ column.share }}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            <tr v-for="row in shown" :key="row.slug" :class="{ 'matrix__row--best': row.recommended }">
              <th scope="row">
                <span class="matrix__name">
                  <span class="matrix__dot" :style="{ background: row.colour }" aria-hidden="true"></span>
                  <span>{{ row.name }}</span>
                </span>
                <span class="matrix__note">{{ row.note }}</span>
                <span v-if="row.recommended" class="matrix__flag">{{ words.best }}</span>
              </th>
              <td class="matrix__summary matrix__worst">{{ row.worst }}</td>
              <td class="matrix__summary" :class="{ 'matrix__summary--last': !hasMix }">{{ row.average }}</td>
              <td v-if="hasMix" class="matrix__summary matrix__summary--last">{{ row.share }}</td>
              <td
                v-for="(cell, index) in row.cells"
                :key="index"
                class="matrix__cell"
                :class="{ 'matrix__cell--strongest': index === row.strongest }"
                :style="tint(cell.chance)"
              >
                {{ cell.text
                }}<span v-if="index === row.strongest" class="visually-hidden"> ({{ words.strongest }})</span>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <button v-if="rows.length > visibleRows" type="button" class="matrix__more" :aria-expanded="String(all)" @click="all = !all">
        {{ all ? words.fewer : words.all }}
      </button>
    </div>
  `,
  data() {
    return { all: false };
  },
  computed: {
    shown() {
      return this.all ? this.rows : this.rows.slice(0, this.visibleRows);
    },
  },
  methods: {
    tint(chance) {
      const side = chance >= 0.5 ? "var(--side-a)" : "var(--side-b)";
      const strength = Math.round(Math.abs(chance - 0.5) * 2 * 42);
      return { background: `color-mix(in srgb, ${side} ${strength}%, transparent)` };
    },
  },
};
