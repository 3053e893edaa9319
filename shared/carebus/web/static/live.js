// Keeps parts of a page fresh: an element with data-refresh="5" and an id is fetched anew with its page every 5 seconds.
// The page works without it. Nothing is swapped while somebody types or has chosen something in it, and it rests while
// nobody looks.
// A form with data-at-once, which changes nothing, is sent as soon as its page is there.
(() => {
  "use strict";
  document.querySelector("form[data-at-once]")?.submit();

  const regions = () => [...document.querySelectorAll("[data-refresh][id]")];
  if (!regions().length) return;

  let paused = false;
  let failures = 0;
  let timer = 0;
  let seen = "";  // what the server calls the page as it was swapped in last
  const shown = new Map(regions().map((region) => [region.id, region.outerHTML]));

  const seconds = () => Math.max(0.2, Math.min(...regions().map((region) => Number(region.dataset.refresh) || 30)));
  const changed = (field) => {
    if (field.matches("select")) {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  };
  const typing = (region) => (region.contains(document.activeElement)
    && document.activeElement.matches("input, select, textarea, [contenteditable]"))
    || [...region.querySelectorAll("input:not([type=hidden]), select:not([multiple]), textarea")].some(changed);

  function trail(region, element) {
    const steps = [];
    for (let at = element; at && at !== region; at = at.parentElement) {
      if (at.id) return { id: at.id };
      steps.unshift([...at.parentElement.children].indexOf(at));
    }
    return { steps };
  }

  function follow(region, { id, steps }) {
    if (id) return document.getElementById(id);
    return steps.reduce((at, step) => at && at.children[step], region);
  }

  function swap(region, fresh) {
    const text = fresh.outerHTML;
    if (shown.get(region.id) === text) return;
    const focused = region.contains(document.activeElement) ? trail(region, document.activeElement) : null;
    const named = (details, n) => details.id || n;
    const opened = new Map([...region.querySelectorAll("details")].map((one, n) => [named(one, n), one.open]));
    const scrolled = [...region.querySelectorAll("[tabindex]")].map((box) => [box.scrollLeft, box.scrollTop]);
    const { scrollX, scrollY } = window;
    const next = document.adoptNode(fresh);
    [...next.querySelectorAll("details")].forEach((one, n) => { one.open = opened.get(named(one, n)) ?? one.open; });
    region.replaceWith(next);
    shown.set(next.id, text);
    [...next.querySelectorAll("[tabindex]")].forEach((box, n) => {
      if (n in scrolled) [box.scrollLeft, box.scrollTop] = scrolled[n];
    });
    if (focused) follow(next, focused)?.focus({ preventScroll: true });
    window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  }

  async function refresh() {
    const headers = { Accept: "text/html", ...(seen && { "If-None-Match": seen }) };
    headers["Carebus-Refresh"] = "1"; // so that an open page does not keep its session alive
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    if (answer.status === 304) return;
    if (answer.status === 401) { // signed out, maybe elsewhere: what the page shows is not for whoever sits here now
      location.replace(location.pathname + location.search);
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error("not the same page");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    let whole = true;
    for (const region of regions()) {
      const fresh = page.getElementById(region.id);
      if (fresh && typing(region)) whole = false;
      else if (fresh) swap(region, fresh);
    }
    seen = (whole && answer.headers.get("ETag")) || "";
  }

  async function beat() {
    if (!paused && !document.hidden) {
      try { await refresh(); failures = 0; } catch { failures = Math.min(failures + 1, 6); }
    }
    document.documentElement.dataset.live = paused ? "paused" : failures > 1 ? "away" : "on";
    if (!document.hidden && regions().length) schedule();
  }

  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(beat, seconds() * 1000 * 2 ** failures);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); else clearTimeout(timer); });

  const note = document.getElementById("live-note");
  if (note) {
    const button = note.querySelector("button");
    note.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.textContent = paused ? button.dataset.resume : button.dataset.pause;
      beat();
    });
  }
  schedule();
})();
