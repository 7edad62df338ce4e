// Moves as a table that is sorted by its headings; on a narrow screen each row becomes a card.
// The roles are spelled out because a table that is not laid out as one loses them.
export default {
  props: ["rows", "columns", "words", "visibleRows"],
  template: `
    <div class="moves">
      <table class="moves__table" role="table">
        <caption class="visually-hidden">{{ words.caption }}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th
              v-for="column in columns"
              :key="column.key"
              role="columnheader"
              scope="col"
              :class="'moves__' + column.key"
              :aria-sort="column.key !== sort.key ? null : sort.falling ? 'descending' : 'ascending'"
            >
              <button v-if="column.sortable" type="button" class="moves__sort" :title="column.hint" @click="sortBy(column)">
                {{ column.label
                }}<span aria-hidden="true" class="moves__arrow">{{ column.key !== sort.key ? "" : sort.falling ? "▼" : "▲" }}</span>
              </button>
              <span v-else>{{ column.label }}</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          <tr v-for="row in shown" :key="row.slug" role="row">
            <template v-for="column in columns" :key="column.key">
              <th v-if="column.key === 'name'" role="rowheader" scope="row" class="moves__name">
                <a :href="row.href">{{ row.cells.name.text }}</a>
                <span v-if="row.other" class="moves__other" :lang="row.otherLanguage">{{ row.other }}</span>
              </th>
              <td v-else role="cell" :class="'moves__' + column.key">
                <span class="moves__label" aria-hidden="true">{{ column.label }}</span>
                <span v-if="column.key === 'type'" class="badge badge--small" :style="{ background: row.badge.colour, color: row.badge.ink }">{{ row.badge.text }}</span>
                <span v-else-if="column.key === 'effect'" class="moves__does">
                  <strong>{{ row.cells.effect.text }}</strong>
                  <span lang="en">{{ row.description }}</span>
                </span>
                <span v-else>{{ row.cells[column.key].text }}</span>
              </td>
            </template>
          </tr>
        </tbody>
      </table>
      <button v-if="rows.length > visibleRows" type="button" class="matrix__more" :aria-expanded="String(all)" @click="all = !all">
        {{ all ? words.fewer : words.all }}
      </button>
    </div>
  `,
  data() {
    return { all: false, sort: { key: null, falling: false } };
  },
  computed: {
    sorted() {
      const { key, falling } = this.sort;
      if (!key) return this.rows;
      const value = (row) => row.cells[key].sort;
      const compare = (a, b) =>
        typeof value(a) === "number" ? value(a) - value(b) : String(value(a)).localeCompare(value(b));
      return [...this.rows].sort((a, b) => (falling ? -1 : 1) * compare(a, b));
    },
    shown() {
      return this.all ? this.sorted : this.sorted.slice(0, this.visibleRows);
    },
  },
  methods: {
    sortBy(column) {
      const again = this.sort.key === column.key;
      // the strongest first, but names from A
      this.sort = { key: column.key, falling: again ? !this.sort.falling : Boolean(column.numeric) };
    },
  },
};
