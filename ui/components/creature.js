// A Pokémon's picture. Until the linked picture has loaded, and for good when it cannot be reached,
// a creature drawn in the colours of the Pokémon's types stands in.
const unreachable = new Set();

export default {
  props: { picture: String, name: String, first: String, second: String },
  template: `
    <span
      class="creature"
      :class="{ 'creature--pictured': state === 'loaded' }"
      :style="{ '--first': first, '--second': second }"
      :role="name ? 'img' : null"
      :aria-label="name || null"
      :aria-hidden="name ? null : 'true'"
    >
      <svg viewBox="0 0 96 96" aria-hidden="true" focusable="false">
        <ellipse cx="48" cy="87" rx="25" ry="4" fill="currentColor" opacity=".12" />
        <path d="M22 42 17 11q17 3 23 18zM74 42l5-31q-17 3-23 18z" fill="var(--first)" />
        <path d="M25 33 22 17q9 3 12 10zM71 33l3-16q-9 3-12 10z" fill="var(--second)" />
        <path d="M48 22c20 0 32 15 32 33S67 85 48 85 16 73 16 55s12-33 32-33z" fill="var(--first)" />
        <ellipse cx="48" cy="70" rx="18" ry="13" fill="#fff" opacity=".42" />
        <path d="M40 24q8 9 16 0l-3 12q-5 5-10 0z" fill="var(--second)" opacity=".85" />
        <g fill="#1b2140"><circle cx="36" cy="50" r="4.6" /><circle cx="60" cy="50" r="4.6" /></g>
        <g fill="#fff"><circle cx="37.6" cy="48.4" r="1.6" /><circle cx="61.6" cy="48.4" r="1.6" /></g>
        <g fill="#f03e3e" opacity=".38">
          <circle cx="28" cy="61" r="5" /><circle cx="68" cy="61" r="5" />
        </g>
        <path d="M43 58q5 4.5 10 0" fill="none" stroke="#1b2140" stroke-width="2.4" stroke-linecap="round" />
      </svg>
      <img
        v-if="picture && !isUnreachable"
        :src="picture"
        alt=""
        decoding="async"
        referrerpolicy="no-referrer"
        @load="state = 'loaded'"
        @error="giveUp"
      />
    </span>
  `,
  data() {
    return { state: "waiting", isUnreachable: unreachable.has(this.picture) };
  },
  methods: {
    giveUp() {
      unreachable.add(this.picture); // not asked for again by every row that scrolls into view
      this.isUnreachable = true;
    },
  },
  watch: {
    picture() {
      this.state = "waiting";
      this.isUnreachable = unreachable.has(this.picture);
    },
  },
};
