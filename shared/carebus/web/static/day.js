// The page of a day: keeps it and its visits on this phone, tells what is not sent yet, and forgets all of it when asked.
// The page works without it.
(() => {
  "use strict";
  const kept = self.carebusKept;
  const place = document.getElementById("unsent");
  if (!place || !kept.works()) return;
  const { who, page, scope, worker, visits } = place.dataset;
  const phone = document.getElementById("phone");
  const SENT = "carebus-sent";
  const wasSent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);

  function made(tag, text, more) {
    const element = Object.assign(document.createElement(tag), more);
    element.textContent = text;
    return element;
  }

  const clock = (at) => new Date(at).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", hour12: false });

  function state(text) {
    if (text.state === "refused") return "Needs you: not recorded";
    if (text.state === "typing") return `Not finished, last typed at ${clock(text.at)}`;
    return text.held === "sign-in" ? "Sign in to send" : "Waiting to be sent";
  }

  // Whatever becomes of the visit's own page, what was typed into it can be read here.
  function typed(text) {
    const shut = made("details", "", { className: "more" });
    const list = made("dl", "", { className: "definitions" });
    for (const [name, values] of Object.entries(text.typed)) {
      const value = values.filter(Boolean).join(", ");
      if (!value || name === "idempotency_key" || name === "sign") continue;
      const row = document.createElement("div");
      row.append(made("dt", text.labels[name] || name), made("dd", value));
      list.append(row);
    }
    shut.append(made("summary", "What was typed"), list);
    return shut;
  }

  function line(text) {
    const item = document.createElement("li");
    const link = made("a", text.title, { href: text.path });
    item.append(link, made("span", ` · ${state(text)}`));
    text.why.forEach((one) => item.append(made("p", (text.labels[one.field] ? `${text.labels[one.field]}: ` : "") + one.rule)));
    item.append(typed(text));
    return item;
  }

  // The service has it: the day is shown as it is now, and says so.
  function sentThen() {
    sessionStorage.setItem(SENT, "yes");
    location.reload();
  }

  async function draw() {
    const texts = await kept.allTexts();
    const own = texts.filter((text) => text.who === who);
    const others = texts.length - own.length;
    place.className = own.some((text) => text.state === "refused") ? "notice tone-bad" : "notice tone-wait";
    place.hidden = !texts.length;
    const inside = document.createElement("div");
    if (own.length) {
      const list = document.createElement("ul");
      list.append(...own.map(line));
      inside.append(made("h2", `Not sent yet: ${own.length}`), list);
    }
    if (others) inside.append(made("p", `Somebody else left ${others} unsent on this phone. It is sent when they sign in here.`));
    if (own.some((text) => text.state === "waiting")) {
      const now = made("button", "Send now", { type: "button", className: "button quiet" });
      now.addEventListener("click", () => kept.keepSending(true));
      inside.append(now);
    }
    place.replaceChildren(inside);
  }

  function ask(lost) {
    const box = document.getElementById("forget");
    const words = lost ? `Unsent visits that would be lost: ${lost}. Nobody could bring them back.` : "Nothing unsent is on it.";
    const yes = made("button", lost ? "Forget all the same" : "Forget it", { type: "button", className: "button danger" });
    const no = made("button", "Keep it", { type: "button", className: "button quiet" });
    const both = made("p", "", { className: "actions" });
    both.append(yes, no);
    box.replaceChildren(made("p", words), both);
    box.focus();
    no.addEventListener("click", () => box.replaceChildren(button()));
    yes.addEventListener("click", forget);
  }

  function button() {
    const one = made("button", "Forget this phone", { type: "button", className: "button quiet" });
    one.addEventListener("click", async () => ask((await kept.allTexts()).length));
    return one;
  }

  async function forget() {
    (await navigator.serviceWorker.getRegistration(scope))?.active?.postMessage("forget");
    await kept.forgetAll();
    const main = document.getElementById("content");
    main.replaceChildren(made("h1", "This phone has forgotten everything"),
      made("p", "Nothing of your visits is on it any more. Sign out as well if it is not yours."));
    main.focus();
  }

  async function begin() {
    phone.hidden = false;
    document.getElementById("sent").hidden = !wasSent;
    document.getElementById("forget").replaceChildren(button());
    if (!document.getElementById("offline")) {
      await kept.beginDay(who, [page, ...visits.split(" ").filter(Boolean)]);
      await navigator.serviceWorker.register(worker, { scope });
      (await navigator.serviceWorker.ready).active.postMessage("keep");
    }
    kept.onNews((news) => {
      if (news.done) sentThen();
      else if (!news.forgotten) draw();
    });
    addEventListener("online", async () => {
      await kept.keepSending(true);
      if (document.getElementById("offline")) location.reload();
    });
    await draw();
    await kept.keepSending(true);
  }

  begin();
})();
