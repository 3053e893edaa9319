// Single keys for pages with a list of them (details[data-keys]): j and k go through links marked data-row, x ticks the
// row's checkbox, s sends the form "together", and an element marked data-key is opened, or focused. The page works
// without it, it never acts while somebody types, and its button turns it off for this browser.
(() => {
  "use strict";
  const list = document.querySelector("details[data-keys]");
  if (!list) return;
  const button = list.querySelector("button[data-off]");
  const OFF = "carebus-keys-off";
  let off = false;
  try { off = localStorage.getItem(OFF) === "1"; } catch { /* storage is shut: the keys are on */ }

  function tell() {
    button.hidden = false;
    button.textContent = off ? button.dataset.on : button.dataset.off;
  }
  button.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* holds for this page only */ }
    tell();
  });
  tell();

  const typing = (at) => at.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
  const rows = () => [...document.querySelectorAll("a[data-row]")];
  const here = () => document.activeElement.closest("tr");

  function step(by) {
    const all = rows();
    const at = all.findIndex((link) => link.closest("tr") === here());
    all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  }

  function reach(element) {
    if (element.matches("details")) {
      element.open = true;
      (element.querySelector("form :is(select, textarea, input:not([type=hidden]))") || element.querySelector("summary")).focus();
    } else {
      (element.matches("input, button, a") ? element : element.querySelector("button")).focus();
    }
  }

  const deeds = {
    j: () => step(1),
    k: () => step(-1),
    x: () => here()?.querySelector("input[type=checkbox]")?.click(),
    s: () => document.querySelector("form#together button")?.focus(),
    "?": () => { list.open = !list.open; if (list.open) list.querySelector("summary").focus(); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || (off && event.key !== "?")) return;
    const marked = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
    const rowed = rows().length || !["j", "k", "x", "s"].includes(event.key);
    const deed = (rowed && deeds[event.key]) || (marked && (() => reach(marked)));
    if (!deed) return;
    event.preventDefault();
    deed();
  });
})();
