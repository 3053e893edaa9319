// For a page with several forms, in an element with data-keeps="describe answers": what was typed in one is not lost when
// another is sent. The forms of the cards named there are kept first; for any other the person is asked, as before a link
// leads away. Each is sent under its own key, so that it counts once. The page works without it.
(() => {
  "use strict";
  const page = document.querySelector("[data-keeps]");
  if (!page) return;
  const keeps = new Set(page.dataset.keeps.split(" "));
  let leaving = false;

  const card = (form) => form.closest("section");
  const changed = (field) => {
    if (field.matches("select")) {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  };
  const unkept = (form) => card(form)?.querySelector(".error-summary")  // refused: it shows what was typed, and keeps nothing
    || [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].some(changed);
  const others = (form) => [...page.querySelectorAll("form")].filter((one) => one !== form && unkept(one));
  const title = (form) => card(form)?.querySelector("h2")?.textContent.trim() || "a form";

  async function kept(form) {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    // Back at the page that the form belongs to; a sign-in, or a refusal, is somewhere else.
    return answer.ok && answer.redirected && new URL(form.action).pathname.startsWith(new URL(answer.url).pathname);
  }

  async function send(first, last) {
    for (const form of first) {
      let done = false;
      try { done = await kept(form); } catch { /* sent again below: the browser says what is wrong */ }
      if (!done) return form.submit();
    }
    return last.submit();
  }

  document.addEventListener("submit", (event) => {
    const waiting = others(event.target);
    const first = waiting.filter((form) => keeps.has(card(form)?.id));
    const lost = waiting.filter((form) => !first.includes(form));
    if (lost.length && !confirm(`Not kept yet: ${lost.map(title).join(", ")}. Go on without it?`)) {
      event.preventDefault();
      lost[0].scrollIntoView();
      return;
    }
    leaving = true;
    if (!first.length) return;
    event.preventDefault();
    send(first, event.target);
  });

  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && [...page.querySelectorAll("form")].some(unkept)) event.preventDefault();
  });
})();
