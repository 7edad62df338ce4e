// A drop-down that is searched by any of its options' names, without regard to case, accents,
// hyphens and apostrophes. Options carry: names, note, detail, badges {text, colour, ink}, creature, disable.
// A text that is left in the box and is no choice is emitted as `typed`; the server's `rejected` stays in it.
const MOST_TYPED = 200;

const fold = (text) =>
  String(text)
    .replace(/♀/g, " f")
    .replace(/♂/g, " m")
    .replace(/œ/gi, "oe")
    .normalize("NFD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

export default {
  inheritAttrs: false,
  props: ["options", "noMatch", "rejected"],
  emits: ["update:model-value", "typed"],
  template: `
    <q-select
      ref="qRef"
      v-bind="$attrs"
      :options="shown"
      option-disable="disable"
      @filter="filter"
      @focus="selectText"
      @blur="leave"
      @popup-show="markPopup(true)"
      @popup-hide="markPopup(false)"
      @update:model-value="choose"
    >
      <template v-slot:option="scope">
        <q-item v-bind="scope.itemProps" class="choice" :class="{ 'choice--chosen': scope.selected }">
          <q-item-section v-if="scope.opt.creature" avatar>
            <nicegui-creature v-bind="scope.opt.creature" />
          </q-item-section>
          <q-item-section>
            <q-item-label>{{ scope.opt.label }}</q-item-label>
            <q-item-label caption class="choice__note">{{ scope.opt.note }}</q-item-label>
            <q-item-label v-if="scope.opt.detail" caption class="choice__note" lang="en">{{ scope.opt.detail }}</q-item-label>
          </q-item-section>
          <q-item-section side>
            <span class="choice__badges">
              <span
                v-for="badge in scope.opt.badges"
                class="badge badge--small"
                :style="{ background: badge.colour, color: badge.ink }"
                >{{ badge.text }}</span
              >
            </span>
          </q-item-section>
        </q-item>
      </template>
      <template v-slot:selected-item="scope">
        <q-chip
          v-if="$attrs.multiple"
          removable
          dense
          class="chosen"
          :tabindex="scope.tabindex"
          :style="chipStyle(scope.opt)"
          @remove="scope.removeAtIndex(scope.index)"
          >{{ scope.opt.label }}</q-chip
        >
        <span v-else class="ellipsis">{{ scope.opt.label }}</span>
      </template>
      <template v-slot:no-option>
        <q-item><q-item-section>{{ noMatch }}</q-item-section></q-item>
      </template>
    </q-select>
  `,
  data() {
    return { needle: "" };
  },
  computed: {
    folded() {
      return (this.options ?? []).map((option) => ({ option, keys: option.names.map(fold) }));
    },
    shown() {
      return this.needle ? this.matching(this.needle) : this.options;
    },
  },
  watch: {
    rejected() {
      this.$nextTick(this.showText);
    },
  },
  mounted() {
    // Quasar tells of `blur` only after a while: too late for the button that was pressed next
    this.$el.addEventListener("focusout", ({ relatedTarget }) => {
      if (!relatedTarget?.closest(".choices") && !this.$el.contains(relatedTarget)) this.settle();
    });
    // captured, for Quasar lets no Enter bubble
    const enter = (event) => {
      if (event.key !== "Enter") return;
      // of what stands in the box: the list follows it a moment later
      const needle = fold(this.typedText());
      const matches = this.matching(needle);
      if (!matches.length) {
        this.settle();
        if (this.isMultiple() && !this.rejected) this.$refs.qRef.updateInputValue("", true);
      } else if (needle && !this.isListed(needle)) {
        event.stopPropagation();
        this.$refs.qRef.toggleOption(matches.find(({ disable }) => !disable));
      }
    };
    this.$el.addEventListener("keydown", enter, true);
    this.showText();
  },
  methods: {
    isMultiple() {
      return Array.isArray(this.$refs.qRef.modelValue);
    },
    chosenText() {
      return this.isMultiple() ? "" : (this.$refs.qRef.modelValue?.label ?? "");
    },
    typedText() {
      return this.$el.querySelector("input").value.trim().slice(0, MOST_TYPED);
    },
    isListed(needle) {
      return needle === this.needle && this.$refs.qRef.getOptionIndex() >= 0;
    },
    matching(needle) {
      const begins = ({ keys }) => keys.some((key) => key.startsWith(needle));
      const contains = ({ keys }) => keys.some((key) => key.includes(needle));
      const first = this.folded.filter(begins);
      const rest = this.folded.filter((entry) => !begins(entry) && contains(entry));
      return [...first, ...rest].map(({ option }) => option);
    },
    settle() {
      const text = this.typedText();
      const isSettled = this.rejected ? text === this.rejected : text === this.chosenText();
      if (!isSettled) this.$emit("typed", text);
    },
    leave() {
      this.settle();
      // after Quasar has put the name of the choice, or nothing, into the box
      this.$nextTick(this.showText);
    },
    showText() {
      if (this.rejected) this.$refs.qRef.updateInputValue(this.rejected, true);
      else if (document.activeElement !== this.$el.querySelector("input"))
        this.$refs.qRef.updateInputValue(this.chosenText(), true, true);
    },
    filter(text, update) {
      update(
        () => {
          this.needle = fold(text);
        },
        (select) => {
          // what Enter takes is the first match
          if (this.needle && select.options.length) {
            select.setOptionIndex(-1);
            select.moveOptionSelection(1, true);
          }
        },
      );
    },
    choose(value) {
      const bare = (option) => ({ value: option.value, label: option.label });
      this.$emit("update:model-value", Array.isArray(value) ? value.map(bare) : value && bare(value));
      if (Array.isArray(value)) this.$refs.qRef.updateInputValue("", true);
    },
    selectText(event) {
      if (!this.$attrs.multiple) event.target?.select?.();
    },
    chipStyle(chosen) {
      const badge = this.options?.[chosen.value]?.badges?.[0];
      return badge && { background: badge.colour, color: badge.ink };
    },
    markPopup(isOpen) {
      // NiceGUI's own rule for this class keeps the page from scrolling when the list closes
      document.documentElement.classList.toggle("nicegui-select-popup-open", isOpen);
    },
  },
  unmounted() {
    this.markPopup(false);
  },
};
