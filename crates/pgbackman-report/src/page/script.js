"use strict";
// Without this script the page shows every definition.
const form = document.querySelector("form.filter");
const words = document.getElementById("filter");
const trouble = document.getElementById("trouble");
const count = document.getElementById("count");
const all = [...document.querySelectorAll("article.definition")];
const show = () => {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of all) {
    const fits = wanted.every((word) => one.dataset.words.includes(word));
    one.hidden = !fits || (trouble.checked && !("trouble" in one.dataset));
    shown += one.hidden ? 0 : 1;
  }
  count.value = shown + " of " + all.length;
};
form.addEventListener("submit", (event) => event.preventDefault());
words.addEventListener("input", show);
trouble.addEventListener("change", show);
form.hidden = false;
show();
