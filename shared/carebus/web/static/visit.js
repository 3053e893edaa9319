// The form of a visit on a phone: what is typed is kept as it is typed, and sent once, now or when there is network again.
// Only for the visits of a day that this phone keeps. On every page of a visit that was begun: it ended when somebody says so.
(() => {
  "use strict";
  const place = document.querySelector("[data-visit]");
  if (!place) return;
  const kept = self.carebusKept;
  const form = place.querySelector("form");
  const { who, visit: path, title, zone, now, began, needs, then } = place.dataset;
  const id = kept.idOf(who, path);
  const box = document.getElementById("kept");
  const shownAt = Number(document.getElementById("offline")?.dataset.asOf) || Date.now();
  const touched = new Set();
  const changed = new Set();
  let drawn = "";
  let timer = 0;

  const fieldsOf = (name) => [...form.elements].filter((one) => one.name === name);
  const valuesOf = (name) => new FormData(form).getAll(name);
  const clock = (at) => new Date(at).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", hour12: false });

  function labelOf(name) {
    const one = fieldsOf(name)[0];
    const words = one?.type === "radio" ? one.closest("fieldset")?.querySelector("legend") : one?.labels?.[0];
    return (words?.textContent || name).replace("(optional)", "").trim();
  }
  const labelsOf = (names) => Object.fromEntries(names.map((name) => [name, labelOf(name)]));

  // The clock is the server's as it was on the page, and has gone on since: the phone's own may be wrong.
  function there(at) {
    const parts = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).formatToParts(at);
    const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
    return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
  }

  function tick() {
    if (!began) return;
    const at = Date.parse(now) + Date.now() - shownAt;
    const times = { started_at: Math.min(Date.parse(began), at), ended_at: at };
    for (const [name, time] of Object.entries(times)) {
      const field = form.elements[name];
      if (field && !touched.has(name)) field.value = there(time);
    }
  }

  function put(typed) {
    for (const [name, values] of Object.entries(typed)) {
      if (changed.has(name) || name === "idempotency_key") continue;
      touched.add(name);
      for (const one of fieldsOf(name)) {
        if (one.type === "submit") continue;
        if (one.type === "radio" || one.type === "checkbox") one.checked = values.includes(one.value);
        else if (document.activeElement !== one) one.value = values[0] ?? "";
        if (values.some(Boolean) && one.closest("details")) one.closest("details").open = true;
      }
    }
  }

  function made(tag, text, more) {
    const element = Object.assign(document.createElement(tag), more);
    element.textContent = text;
    return element;
  }

  function button(text, does) {
    const one = made("button", text, { type: "button", className: "button quiet" });
    one.addEventListener("click", does);
    return one;
  }

  function reason({ field, rule }) {
    const item = document.createElement("li");
    const target = field && form && document.getElementById(`field-${field.replaceAll(".", "-")}`);
    if (target) item.append(made("a", labelOf(field), { href: `#${target.id}` }), ": ");
    item.append(rule);
    return item;
  }

  function notice(tone, heading, parts, buttons) {
    const inside = document.createElement("div");
    const row = made("p", "", { className: "actions" });
    row.append(...buttons);
    inside.append(made("h2", heading), ...parts, row);
    box.className = `notice tone-${tone}`;
    box.hidden = false;
    box.replaceChildren(inside);
  }

  async function discard() {
    await kept.discard(id);
    location.reload();
  }

  function ask() {
    notice("warn", "Discard what you typed?", [made("p", "It is not recorded anywhere else.")], [
      button("Discard it", discard), button("Keep it", () => { drawn = ""; draw(); })]);
    box.focus();
  }
  const discarding = () => button("Discard what I typed", ask);

  function waits(text) {
    const parts = [];
    if (text.held === "sign-in") {
      const line = made("p", "You are signed out. ");
      line.append(made("a", "Sign in to send it", { href: path }), ".");
      parts.push(line);
    } else {
      const why = "There is no network, or the service is away. It is sent by itself.";
      parts.push(made("p", text.held ? why : "Sending now."));
    }
    notice("wait", `Waiting to be sent since ${clock(text.pressed)}`, parts, [
      button("Send now", () => kept.keepSending(true)), button("Change it", () => kept.takeBack(id)), discarding()]);
  }

  function needsYou(why) {
    const list = document.createElement("ul");
    list.append(...why.map(reason));
    notice("bad", "Needs you: this is not recorded", [list], [discarding()]);
  }

  // A visit that is over, or that others look after now, has no form: what was typed is shown to be read.
  function withoutForm(text) {
    const list = made("dl", "", { className: "definitions" });
    for (const [name, values] of Object.entries(text.typed)) {
      const value = values.filter(Boolean).join(", ");
      if (!value || name === "idempotency_key" || name === "sign") continue;
      const row = document.createElement("div");
      row.append(made("dt", text.labels[name] || name), made("dd", value));
      list.append(row);
    }
    const why = document.createElement("ul");
    why.append(...text.why.map(reason));
    notice("bad", "Needs you: this is on your phone only", [why, list], [discarding()]);
  }

  async function draw() {
    const text = await kept.textOf(id);
    if (!text) {
      box.hidden = true;
      return;
    }
    if (form) {
      form.elements.idempotency_key.value = text.key;
      form.inert = text.state === "waiting";
      put(text.typed);
    }
    const now = JSON.stringify([text.state, text.held, text.tries, text.why]);
    if (now === drawn) return;
    const before = drawn;
    drawn = now;
    if (!form && text.state !== "waiting") withoutForm(text);
    else if (text.state === "waiting") waits(text);
    else if (text.state === "refused") needsYou(text.why);
    else notice("info", `Kept on this phone since ${clock(text.at)}, not sent`, [], [discarding()]);
    if (text.state !== "typing" && before) box.focus();
  }

  const asBegun = () => ({ id, who, path, title, key: form.elements.idempotency_key.value });

  async function flush() {
    clearTimeout(timer);
    const names = [...changed];
    if (!names.length || form.inert) return;
    const typed = Object.fromEntries(names.map((name) => [name, valuesOf(name)]));
    changed.clear();
    try {
      await kept.type(asBegun(), typed, labelsOf(names));
    } catch {
      names.forEach((name) => changed.add(name));
      notice("bad", "What you type can’t be kept on this phone", [made("p", "It is full, or does not allow it.")], []);
    }
  }

  function follow(event) {
    if (!event.target.name) return;
    touched.add(event.target.name);
    changed.add(event.target.name);
    clearTimeout(timer);
    timer = setTimeout(flush, 250);
  }

  async function press(event) {
    const { submitter } = event;
    event.preventDefault();
    tick();
    const empty = needs.split(" ").filter((name) => name && !valuesOf(name).some(Boolean));
    if (empty.length) {
      await flush();
      drawn = "";
      needsYou(empty.map((field) => ({ field, rule: "This is required." })));
      box.focus();
      return;
    }
    const fields = [...new FormData(form, submitter)].filter(([, value]) => typeof value === "string");
    clearTimeout(timer);
    changed.clear();
    form.inert = true;
    try {
      await kept.press(asBegun(), fields, labelsOf([...new Set(fields.map(([name]) => name))]));
    } catch {  // a phone that can't keep it sends it as every other form is sent
      form.inert = false;
      form.removeEventListener("submit", press);
      setTimeout(() => form.requestSubmit(submitter));
      return;
    }
    await kept.keepSending(true);
  }

  async function keepIt() {
    const day = await kept.dayNow();
    const text = await kept.textOf(id);
    if (!text && !(day && day.who === who && day.paths.includes(path))) return;
    kept.onNews((news) => {
      if (news.done === id) location.assign(then);
      else if (news.changed === id) draw();
    });
    addEventListener("online", () => kept.keepSending(true));
    if (form) {
      form.addEventListener("input", follow);
      form.addEventListener("change", follow);
      form.addEventListener("submit", press);
      document.addEventListener("visibilitychange", flush);
      addEventListener("pagehide", flush);
    }
    await draw();
    await kept.keepSending(true);
  }

  if (form && !document.getElementById("error-summary")) {
    form.addEventListener("input", (event) => touched.add(event.target.name));
    form.addEventListener("submit", tick, { capture: true });
    setInterval(tick, 15000);
    tick();
  }
  if (kept.works()) keepIt();
})();
