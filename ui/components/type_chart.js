// The effectiveness of each attacking type (rows) against each defending type (columns).
export default {
  props: ["rows", "columns", "words"],
  template: `
    <div class="chart" tabindex="0" role="region" :aria-label="words.title">
      <table class="chart__table">
        <caption class="visually-hidden">{{ words.caption }}</caption>
        <thead>
          <tr>
            <th scope="col" class="chart__corner">{{ words.attacking }} <span aria-hidden="true">↓ →</span> {{ words.defending }}</th>
            <th v-for="column in columns" :key="column.slug" scope="col" class="chart__column">
              <span class="badge badge--small" :style="{ background: column.colour, color: column.ink }">{{ column.text }}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <tr v-for="row in rows" :key="row.slug">
            <th scope="row">
              <a class="badge badge--small" :href="row.href" :style="{ background: row.colour, color: row.ink }">{{ row.text }}</a>
            </th>
            <td v-for="cell in row.cells" :key="cell.slug" :class="'chart__cell chart__cell--' + cell.look" :title="cell.title">
              {{ cell.text }}<span class="visually-hidden"> {{ cell.words }}</span>
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  `,
};
