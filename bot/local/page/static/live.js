// The page's one script: it draws what the server sends, sends forms without leaving, and minds keys, focus and drafts.
const $ = (id) => document.getElementById(id);
const modal = $("modal"), confirming = $("confirm"), scroller = $("scroll");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.cookie = `zone=${zone}; path=/; samesite=strict`;

// --- drawing -----------------------------------------------------------------------------------------------------

const key = (each) => `${each.form?.id || each.form?.dataset.draft || ""} ${each.name || each.id} ${/^(checkbox|radio)$/.test(each.type) ? each.value : ""}`;
const dirty = (each) => /^(checkbox|radio)$/.test(each.type) ? each.checked !== each.defaultChecked
  : each.matches("select") ? [...each.options].some((one) => one.selected !== one.defaultSelected) : each.value !== each.defaultValue;

// Replaces what is inside, keeping what people typed, opened, scrolled to and stand on.
function swap(element, html) {
  const fields = new Map([...element.querySelectorAll("input:not([type=hidden],[type=file]),textarea,select")].filter(dirty).map((each) => [key(each), each]));
  const files = new Map([...element.querySelectorAll("input[type=file]")].map((each) => [key(each), each]));
  const opened = [...element.querySelectorAll("details[open]")].map((each) => trail(each, element));
  const scrolled = [...element.querySelectorAll("[data-keep]")].map((each) => [each.dataset.keep, each.scrollTop]);
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  const at = active && { id: active.id, key: key(active), trail: trail(active, element), start: active.selectionStart, end: active.selectionEnd };
  element.innerHTML = html;
  dress(element);
  for (const each of element.querySelectorAll("input:not([type=hidden]),textarea,select")) {
    const old = fields.get(key(each)), held = files.get(key(each));
    if (held) { each.replaceWith(held); chosen(held); }
    else if (old?.matches("select")) { if (old.dataset.found) each.replaceChildren(...old.options); else [...each.options].forEach((one) => { one.selected = [...old.selectedOptions].some((was) => was.value === one.value); }); }
    else if (old) { each.value = old.value; if ("checked" in old) each.checked = old.checked; }
    if (each.matches("textarea")) grow(each);
    if (each.matches("select")) explain(each);
  }
  for (const path of opened) find(path, element)?.setAttribute("open", "");
  for (const [name, top] of scrolled) { const box = element.querySelector(`[data-keep="${CSS.escape(name)}"]`); if (box) box.scrollTop = top; }
  if (!at) return;
  const again = (at.id && $(at.id)) || [...element.querySelectorAll("input,textarea,select,button,a")].find((each) => key(each) === at.key && key(each).trim()) || find(at.trail, element);
  again?.focus({ preventScroll: true });
  if (at.start !== null && at.start !== undefined && again?.setSelectionRange && again.type !== "search") again.setSelectionRange(at.start, at.end);
  if (again?.matches("[data-hints]")) offer(again);
}

// Where an element stands inside another, as places among siblings.
function trail(element, inside) {
  const path = [];
  for (let each = element; each && each !== inside; each = each.parentElement) path.unshift([...each.parentElement.children].indexOf(each));
  return path;
}
const find = (path, inside) => path.reduce((each, place) => each?.children[place], inside);

// What only browsers without this script need goes; what it adds comes.
function dress(root) {
  for (const each of root.querySelectorAll(".nojs")) each.remove();
  for (const each of root.querySelectorAll("select")) explain(each);
}
function explain(select) {
  const says = select.nextElementSibling?.matches(".says") && select.nextElementSibling;
  if (says) says.textContent = select.selectedOptions[0]?.dataset.says || "";
}

function drawList(name, order, fresh) {
  const list = $(name), made = new Map();
  for (const [id, html] of fresh) {
    const template = document.createElement("template");
    template.innerHTML = html;
    made.set(id, template.content.firstElementChild);
  }
  const spoken = list.children.length && [...list.children].some((each) => order.includes(each.id));
  const wanted = new Set(order);
  for (const each of [...list.children]) if (!wanted.has(each.id)) each.remove();
  order.forEach((id, place) => {
    let item = [...list.children].find((each) => each.id === id) || null;
    const next = made.get(id);
    if (item && next) { item.className = next.className; swap(item, next.innerHTML); }
    else if (next) { dress(next); item = next; if (spoken) hear(next); }
    if (item && list.children[place] !== item) list.insertBefore(item, list.children[place] || null);
  });
  const known = order.findLastIndex((id) => !made.get(id)?.isConnected);
  return spoken ? order.slice(known + 1).map((id) => made.get(id)).filter((each) => each.matches("li.message")) : [];
}
// What came below while somebody reads above: what they sent and an answer to them alone are shown, others are told of.
let sending = false;
function below(came) {
  if (came.length && sending || came.some((each) => each.matches(".only-you"))) { sending = false; toEnd(); }
  else if (came.length) { $("below").hidden = false; $("below").dataset.count = Number($("below").dataset.count || 0) + came.length; }
  $("below").textContent = `${$("below").dataset.count} new below ↓`;
}
function seenAll() { $("below").hidden = true; $("below").dataset.count = 0; }
scroller.addEventListener("scroll", () => { if (nearEnd(scroller)) seenAll(); });
$("below").addEventListener("click", () => { toEnd(); seenAll(); });
function hear(item) {
  const who = item.querySelector(".who strong")?.textContent, said = item.querySelector(".blocks,.text,.note")?.textContent;
  if (said) $("heard").textContent = `${who ? `${who}: ` : ""}${said.replace(/\s+/g, " ").trim().slice(0, 200)}`;
}

// To the newest message; one that is taller than the window is read from its first line.
function toEnd() {
  const last = [...scroller.querySelectorAll("li.message")].pop();
  if (last && last.offsetHeight > scroller.clientHeight) scroller.scrollTop = last.offsetTop - scroller.offsetTop - 8;
  else scroller.scrollTop = scroller.scrollHeight;
}
function atEnd() {
  const last = [...scroller.querySelectorAll("li.message")].pop();
  return nearEnd(scroller) || (last && Math.abs(last.offsetTop - scroller.offsetTop - 8 - scroller.scrollTop) < 4);
}
const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
function draw(news) {
  const beside = $("beside"), follow = atEnd(), followBeside = nearEnd(beside);
  const moved = "place" in news && news.place !== drawn;
  for (const [name, version, html] of news.parts || []) {
    const part = document.querySelector(`[data-part="${name}"]`);
    if (part.dataset.v === version) continue;
    part.dataset.v = version;
    swap(part, html);
  }
  const came = (news.lists || []).flatMap((each) => { const fresh = drawList(...each); return each[0] === "messages" ? fresh : []; });
  if ("title" in news) { document.title = news.title; document.body.dataset.on = news.on; drawn = news.place; landmarks(); }
  if (news.parts?.some(([name]) => name === "compose" || name === "answer")) restoreDrafts();
  if (moved || going) { going = false; arrive(); seenAll(); } else if (follow && news.lists) toEnd(); else below(came);
  if (followBeside && $("replies").children.length) beside.scrollTop = beside.scrollHeight;
  showModal();
}
// On a phone one column is all there is: it is the main one, whichever it is.
const narrow = matchMedia("(max-width: 700px)");
function landmarks() {
  for (const [on, element] of [["places", $("places")], ["side", document.querySelector("aside")]]) {
    if (narrow.matches && document.body.dataset.on === on) element.setAttribute("role", "main"); else element.removeAttribute("role");
  }
}
narrow.addEventListener("change", landmarks);
let drawn = document.querySelector("main").dataset.place, going = false; // going: to a message, once it is drawn
function arrive() {
  const wanted = location.hash && $(location.hash.slice(1)), line = $("new");
  if (wanted) { wanted.scrollIntoView({ block: wanted.offsetHeight > scroller.clientHeight ? "start" : "center" }); wanted.classList.add("found"); }
  else if (line) line.scrollIntoView({ block: "center" });
  else toEnd();
  restoreDrafts();
  if (matchMedia("(min-width: 701px)").matches && !modal.open) $("say")?.focus({ preventScroll: true });
}

// --- modals ------------------------------------------------------------------------------------------------------

let shown = "", stood = null; // stood: where the focus was before a modal came; what is redrawn meanwhile is found again
function standing() {
  const it = document.activeElement, root = it?.closest("li[id],[data-part]");
  return root && !modal.contains(it) ? { root: root.id, trail: trail(it, root) } : null;
}
function showModal() {
  const view = modal.querySelector("form")?.id || "";
  if (view && !modal.matches(":modal")) stood = standing();
  if (view && (!modal.open || !modal.matches(":modal"))) { modal.close(); modal.showModal(); modal.querySelectorAll("textarea").forEach(grow); }
  if (!view && modal.open) {
    modal.close();
    const root = stood && $(stood.root);
    if (root) find(stood.trail, root)?.focus({ preventScroll: true });
    stood = null;
  }
  const wrong = modal.querySelector("[aria-invalid=true]");
  if (wrong && wrong.dataset.told !== "1") { wrong.dataset.told = "1"; if (!modal.contains(document.activeElement) || !document.activeElement.matches("input,textarea,select")) wrong.focus(); }
  if (view && view !== shown) (modal.querySelector("[autofocus]") || modal.querySelector(".blocks input:not([type=hidden]),.blocks textarea,.blocks select") || modal.querySelector(".submits, .closes"))?.focus();
  shown = view;
}
modal.addEventListener("cancel", (event) => { event.preventDefault(); modal.querySelector(".closes")?.click(); });

function agreed(template) {
  confirming.replaceChildren(template.content.cloneNode(true));
  confirming.showModal();
  return new Promise((resolve) => {
    const done = (answer) => { confirming.close(); confirming.replaceChildren(); resolve(answer); };
    confirming.oncancel = () => done(false);
    confirming.onclick = (event) => { const pressed = event.target.closest("button"); if (pressed) done(pressed.value === "yes"); };
    confirming.querySelector("button").focus();
  });
}

// --- sending -----------------------------------------------------------------------------------------------------

// Where it was asked for: on a phone the chat is not to be seen beside a panel.
function tell(words, form) {
  const beside = Boolean(form?.closest("aside"));
  $("told").textContent = beside ? "" : words || "";
  $("told-beside").textContent = beside ? words || "" : "";
}

async function send(action, form, more = {}, busy = null) {
  const body = new FormData(form);
  for (const each of form.elements) {
    if (each.type === "file" && !each.value) body.delete(each.name);
  }
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  busy?.setAttribute("aria-busy", "true");
  try {
    const files = [...body.values()].some((each) => each instanceof File);
    const answer = await fetch(action, { method: "POST", body: files ? body : new URLSearchParams(body), headers: { accept: "application/json" }, credentials: "same-origin" });
    const said = await answer.json();
    tell(said.told || said.detail, form);
    if (said.go) go(`/?${new URLSearchParams({ ...Object.fromEntries(new URL(location).searchParams), thread: "", edit: "", ...said.go })}`);
    return !said.told;
  } catch { tell("The workspace did not answer. Is it still running?", form); return false; } finally { busy?.removeAttribute("aria-busy"); }
}

document.addEventListener("submit", async (event) => {
  const form = event.target, by = event.submitter;
  event.preventDefault();
  if (!form.checkValidity() && !form.noValidate) return;
  const template = by?.nextElementSibling;
  if (template?.matches("template.confirm") && !(await agreed(template))) return;
  const action = by?.getAttribute("formaction") || form.getAttribute("action");
  // A modal is sent once: its answer draws it anew, and until then a second press would send the old one again.
  if (modal.contains(form) && by?.matches(".submits")) {
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
  }
  closeMenus();
  const text = form.querySelector("textarea[data-hints]");
  const attached = form.querySelector("input[name=attached]");
  if (text && !text.value.trim() && !attached?.files.length) return;
  const said = text?.value;
  if (text) { text.value = ""; grow(text); offer(text); saveDraft(text); }
  if (form.closest("#compose")) { sending = true; setTimeout(() => sending = false, 2000); }
  // Which field is wrong is shown at the field; the words below the chat would only repeat it.
  const took = await send(action, form, { ...(by?.name ? { [by.name]: by.value } : {}), ...(text ? { text: said } : {}) }, by);
  if (modal.contains(by)) tell("");
  if (form.dataset.sent) { if (took) setTimeout(() => delete form.dataset.sent, 2000); else delete form.dataset.sent; }
  if (text && !took && !text.value) { text.value = said; grow(text); }
  if (took && attached) { attached.value = ""; chosen(attached); }
  if (took && !text) for (const each of form.querySelectorAll("#comment")) each.value = "";
});

async function pressed(control) {
  const press = JSON.parse(control.dataset.press), select = control.matches("select") ? control : control.closest("fieldset") || control;
  const template = select.nextElementSibling?.matches(".says") ? select.nextElementSibling.nextElementSibling : select.nextElementSibling;
  if (template?.matches("template.confirm") && !(await agreed(template))) return;
  await send("/act/press", control.form, { press: JSON.stringify(press) }, control);
}
const chosen = (input) => { const told = input.form?.querySelector(".chosen"); if (told) told.textContent = [...input.files].map((each) => each.name).join(", "); };
document.addEventListener("change", (event) => {
  const it = event.target;
  if (it.matches("input[name=attached]")) chosen(it);
  if (it.matches("select")) explain(it);
  if (it.matches("select[data-submit]") && it.value) it.form.requestSubmit();
  else if (it.dataset.press && !("eachLetter" in it.dataset)) pressed(it);
});

let waiting = 0;
document.addEventListener("input", (event) => {
  const it = event.target;
  if (it.matches("textarea")) grow(it);
  if (it.matches("[data-hints]")) { offer(it); saveDraft(it); }
  if (it.matches("[data-suggest]") || "eachLetter" in it.dataset) {
    clearTimeout(waiting);
    waiting = setTimeout(() => (it.dataset.suggest ? suggest(it) : pressed(it)), 250);
  }
});

async function suggest(input) {
  const select = input.parentElement.querySelector("select"), form = select.form;
  const body = new URLSearchParams({ as: form.elements.as.value, view_id: form.elements.view_id?.value || "", action_id: input.dataset.suggest, value: input.value });
  const answer = await fetch("/act/suggest", { method: "POST", body, credentials: "same-origin" });
  const { options = [] } = await answer.json();
  const kept = [...select.selectedOptions].filter((each) => each.value);
  const found = options.map((each) => new Option(each.text.text, JSON.stringify(each))).filter((each) => !kept.some((one) => one.value === each.value));
  select.dataset.found = "1";
  select.replaceChildren(...(select.multiple ? [] : [new Option(found.length ? `${found.length} found` : "Nothing found", "")]), ...kept, ...found);
  if (!select.multiple && found.length && !kept.length) select.options[1].selected = true;
}

// --- going -------------------------------------------------------------------------------------------------------

let stream;
function follow(page = "") {
  stream?.close();
  const asked = new URLSearchParams(location.search);
  asked.set("zone", zone);
  if (page) asked.set("page", page);
  stream = new EventSource(`/live?${asked}`);
  stream.addEventListener("draw", (event) => draw(JSON.parse(event.data)));
  stream.addEventListener("hello", () => document.documentElement.classList.add("live"));
  stream.addEventListener("open", () => document.body.classList.remove("cut"));
  stream.addEventListener("error", () => document.body.classList.add("cut"));
}
function go(address, push = true) {
  if (push) history.pushState(null, "", address);
  for (const each of document.querySelectorAll("[id^=say],[id^=reply]")) if (each.matches("textarea")) saveDraft(each);
  if (drawn !== (new URL(location).searchParams.get("place") || drawn)) $("heard").textContent = "";
  tell("");
  going = Boolean(new URL(location).hash);
  follow();
}
addEventListener("popstate", () => go(location.href, false));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    if ("go" in link.dataset) { event.preventDefault(); closeMenus(); go(link.href); return; }
    if (link.dataset.press) send("/act/press", $(link.dataset.form), { press: link.dataset.press });
    const jump = link.origin === location.origin && link.pathname.match(/^\/archives\/(\w+)(?:\/p(\d+))?$/);
    if (jump) { event.preventDefault(); go(`/?${new URLSearchParams({ as: new URL(location).searchParams.get("as") || "", place: jump[1], on: "chat" })}${jump[2] ? `#m${jump[2]}` : ""}`); }
  }
  if (!event.target.closest("details.menu")) closeMenus();
  if (event.target.closest("ul.hints li")) choose(event.target.closest("ul.hints li"));
});
function closeMenus(but = null) { for (const each of document.querySelectorAll("details.menu[open]")) if (each !== but) each.open = false; }
document.addEventListener("toggle", (event) => { if (event.target.matches("details.menu") && event.target.open) { closeMenus(event.target); placeSheet(event.target); } }, true);
// A sheet that would leave its scroller opens upwards, or to the other side.
function placeSheet(menu) {
  const sheet = menu.querySelector(".sheet"), box = (menu.closest(".scroll, aside, main, nav") || document.body).getBoundingClientRect();
  sheet.classList.remove("up", "right");
  const at = sheet.getBoundingClientRect();
  if (at.bottom > Math.min(box.bottom, innerHeight) && at.top - at.height > box.top) sheet.classList.add("up");
  if (at.left < box.left) sheet.classList.add("right");
}

// --- typing ------------------------------------------------------------------------------------------------------

// One that is not shown (its dialog opens in a moment) has no height to measure: its rows stand until it is.
function grow(area) { area.style.height = ""; if (area.clientHeight) { area.style.height = "auto"; area.style.height = `${Math.min(area.scrollHeight + 2, 240)}px`; } }
const draftKey = (area) => `draft ${area.form.dataset.draft}`;
function saveDraft(area) { if (area.form?.dataset.draft) { if (area.value) sessionStorage.setItem(draftKey(area), area.value); else sessionStorage.removeItem(draftKey(area)); } }
function restoreDrafts() { for (const area of document.querySelectorAll("textarea[data-hints]")) { if (!area.value) area.value = sessionStorage.getItem(draftKey(area)) || ""; grow(area); } }

const listOf = (area) => area.form.querySelector("ul.hints");
function offer(area) {
  const list = listOf(area), before = area.value.slice(0, area.selectionStart);
  const word = /^\/[^\n]*$/.test(before) ? before : (before.match(/(?:^|\s)([@#][\w.-]*)$/) || [])[1];
  let first = true, count = 0;
  for (const each of list.children) {
    const fits = word && each.dataset.insert.toLowerCase().startsWith(word.toLowerCase()) && each.dataset.insert.trim() !== word.trim() && count < 12;
    each.hidden = !fits;
    each.setAttribute("aria-selected", String(Boolean(fits && first)));
    if (fits) { if (first) area.setAttribute("aria-activedescendant", each.id); first = false; count += 1; }
  }
  list.hidden = !count;
  area.setAttribute("aria-expanded", String(Boolean(count)));
  if (!count) area.removeAttribute("aria-activedescendant");
}
function choose(option) {
  const list = option.parentElement, area = list.closest("form").querySelector("textarea");
  const before = area.value.slice(0, area.selectionStart), after = area.value.slice(area.selectionStart);
  const start = before.startsWith("/") ? 0 : before.length - before.match(/[@#][\w.-]*$/)[0].length;
  area.value = before.slice(0, start) + option.dataset.insert + after;
  area.focus();
  area.selectionStart = area.selectionEnd = start + option.dataset.insert.length;
  offer(area);
  saveDraft(area);
}

document.addEventListener("keydown", (event) => {
  const it = event.target;
  if (event.key === "Escape") {
    const open = document.querySelector("details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); event.preventDefault(); return; }
    const list = it.matches?.("[data-hints]") && listOf(it);
    if (list && !list.hidden) { list.hidden = true; event.preventDefault(); return; }
  }
  if (it.matches?.("[data-hints]")) {
    const list = listOf(it), shown = [...list.children].filter((each) => !each.hidden), now = shown.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      shown[now]?.setAttribute("aria-selected", "false");
      const next = shown[(now + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length];
      next.setAttribute("aria-selected", "true");
      it.setAttribute("aria-activedescendant", next.id);
      next.scrollIntoView({ block: "nearest" });
      return;
    }
    if (!list.hidden && event.key === "Tab" && now >= 0) { event.preventDefault(); choose(shown[now]); return; }
  }
  if (it.matches?.("textarea[data-enter]") && event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); it.form.requestSubmit(); }
  // In the list of messages the arrows walk from one to the next.
  if (it.matches?.("li.message") && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    let next = it;
    do next = event.key === "ArrowDown" ? next.nextElementSibling : next.previousElementSibling; while (next && !next.matches("li.message"));
    if (next) { event.preventDefault(); next.focus(); }
  }
  if (it === scroller && event.key === "ArrowUp") { const last = [...scroller.querySelectorAll("li.message")].pop(); if (last) { event.preventDefault(); last.focus(); } }
});

// --- begin -------------------------------------------------------------------------------------------------------

const here = new URL(location.href);
if (here.searchParams.has("told")) { here.searchParams.delete("told"); history.replaceState(null, "", here); } // said once
document.documentElement.classList.add("js");
dress(document);
landmarks();
follow(document.body.dataset.page);
arrive();
showModal();
