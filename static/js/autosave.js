// Saves each answer when it changes, in order, until the server has confirmed it.
//
// A change goes into a queue that lives in this browser's storage until it is saved: closing the tab, losing the
// network or being signed out loses nothing. Each save names the version it replaces, so that nobody's answer is
// overwritten silently, and carries an id of its own, so that a repeated request is known for what it is.

const form = document.querySelector("form[data-autosave]");
const say = form.dataset;
const status = document.getElementById("save-status");
const storageKey = `ladder-pending-${say.store}`;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;
const TYPING_PAUSE = 700;

let sending = false;
let pause = FIRST_PAUSE;
let retryTimer = null;
const typing = new Map();

function show(text, trouble = false) {
  status.textContent = text;
  if (trouble) status.dataset.state = "trouble";
  else delete status.dataset.state;
}

// The queue: question key -> {fields, saveId}. Written through to storage at every change.

function loadQueue() {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(storageKey) || "{}")));
  } catch {
    return new Map();
  }
}

const queue = loadQueue();

function storeQueue() {
  try {
    if (queue.size) localStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(queue)));
    else localStorage.removeItem(storageKey);
  } catch {
    // Storage can be full or forbidden; saving goes on from memory.
  }
}

function questionOf(key) {
  return form.querySelector(`fieldset[data-key="${CSS.escape(key)}"]`);
}

function fieldsOf(question) {
  const fields = {};
  for (const input of question.querySelectorAll("input, textarea, select")) {
    if (!input.name || ((input.type === "radio" || input.type === "checkbox") && !input.checked)) continue;
    fields[input.name] = input.value;
  }
  return fields;
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function enqueue(question) {
  const key = question.dataset.key;
  clearTimeout(typing.get(key));
  typing.delete(key);
  if (needsReason(question)) return;
  // An earlier save whose answer never came may have been accepted: `after` lets us know it again.
  const earlier = queue.get(key);
  const after = earlier ? [...earlier.after, earlier.saveId] : [];
  queue.delete(key);
  queue.set(key, { fields: fieldsOf(question), saveId: newId(), after });
  storeQueue();
  send();
}

// "Not applicable" is saved together with its reason: until it is typed there is nothing to save.
function needsReason(question) {
  const reason = question.querySelector("[data-reason]");
  const chosen = question.querySelector('input[value="not_applicable"]:checked');
  if (reason && chosen) reason.open = true;
  return Boolean(chosen && reason && !reason.querySelector("input").value.trim());
}

async function send() {
  if (sending || !queue.size) return;
  sending = true;
  clearTimeout(retryTimer);
  show(say.saySaving);
  while (queue.size) {
    const [key, item] = queue.entries().next().value;
    let response;
    try {
      response = await post(key, item);
    } catch {
      retryLater();
      break;
    }
    if (!(await handle(key, item, response))) break;
  }
  sending = false;
}

function post(key, item) {
  const question = questionOf(key);
  const prefix = key.replace(".", "_");
  const body = new URLSearchParams(item.fields);
  if (question && !item.version) body.set(`${prefix}-version`, question.querySelector(`[name="${prefix}-version"]`).value);
  body.set(`${prefix}-save_id`, item.saveId);
  return fetch(say.autosave.replace("KEY", encodeURIComponent(key)), {
    method: "POST",
    body,
    headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value, "HX-Request": "true" },
    credentials: "same-origin",
    redirect: "manual",
    signal: AbortSignal.timeout(20000),
  });
}

function retryLater() {
  show(say.sayRetry, true);
  retryTimer = setTimeout(() => {
    sending = false;
    send();
  }, pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

// Returns whether to go on with the next one.
async function handle(key, item, response) {
  if (response.status === 401 || response.type === "opaqueredirect") {
    show(say.saySignedOut, true);
    return false;
  }
  // Somebody signed in anew since this page was opened: it waits for a page that knows the new session.
  if (response.status === 403) {
    show(say.sayRefused, true);
    return false;
  }
  if (response.status >= 500 || response.status === 429) {
    retryLater();
    return false;
  }
  pause = FIRST_PAUSE;
  const changedMeanwhile = queue.get(key) !== item;
  if (!changedMeanwhile) queue.delete(key);
  storeQueue();
  const data = await response.json().catch(() => ({}));
  if (response.ok) accepted(key, data);
  else if (response.status === 409 && data.conflict) conflicted(key, item, data);
  else if (response.status === 422) refused(key, data);
  else {
    show(data.message || say.sayRefused, true);
    return false;
  }
  return true;
}

function accepted(key, data) {
  const question = questionOf(key);
  show(`${say.saySaved} ${data.saved}`);
  if (!question) return;
  question.querySelector(`[name="${question.dataset.prefix}-version"]`).value = data.version;
  question.querySelector("[data-message]").replaceChildren();
}

function refused(key, data) {
  const question = questionOf(key);
  show(say.sayCheck, true);
  if (!question) return;
  const texts = Object.values(data.errors || {}).flat().map((error) => error.message);
  message(question, texts.map((text) => Object.assign(document.createElement("p"), { className: "question__error", textContent: text })));
}

function message(question, nodes) {
  question.querySelector("[data-message]").replaceChildren(...nodes);
}

function conflicted(key, item, data) {
  // Both say the same: the form's own button was quicker, or two people agree. There is nothing to decide.
  if (data.same) {
    accepted(key, data);
    return;
  }
  const question = questionOf(key);
  if (question && item.after.includes(data.save_id)) {
    question.querySelector(`[name="${question.dataset.prefix}-version"]`).value = data.version;
    enqueue(question);
    return;
  }
  show(say.sayCheck, true);
  if (!question) return;
  const piece = new DOMParser().parseFromString(data.html, "text/html").body;
  message(question, [...piece.childNodes]);
  const mine = question.querySelector("[data-keep-mine]");
  const theirs = question.querySelector("[data-keep-theirs]");
  mine.addEventListener("click", (event) => {
    event.preventDefault();
    question.querySelector(`[name="${question.dataset.prefix}-version"]`).value = data.version;
    message(question, []);
    enqueue(question);
  });
  theirs.addEventListener("click", (event) => {
    event.preventDefault();
    fill(question, data);
    message(question, []);
    show("");
  });
  mine.focus();
}

// Show their answer in place of mine.
function fill(question, data) {
  const { prefix } = question.dataset;
  const nothing = { state: "open", level: null, partly: false, note: "", holders: "", reason: "", evidence_url: "" };
  const said = data.theirs || nothing;
  choose(question, said.level || said.state);
  question.querySelector(`[name="${prefix}-partly"]`).checked = said.partly;
  for (const name of ["note", "holders", "reason", "evidence_url"]) {
    const field = question.querySelector(`[name="${prefix}-${name}"]`);
    if (field) field.value = said[name];
  }
  question.querySelector(`[name="${prefix}-version"]`).value = data.version;
}

function choose(question, value) {
  for (const radio of question.querySelectorAll('input[type="radio"]')) radio.checked = radio.value === String(value);
}

// Fields that were typed before but not saved come back when the page opens again.
function restore() {
  for (const [key, item] of queue) {
    const question = questionOf(key);
    if (!question) continue;
    const { prefix } = question.dataset;
    choose(question, item.fields[`${prefix}-choice`] || "");
    for (const input of question.querySelectorAll("input, textarea, select")) {
      if (input.type === "radio" || input.type === "hidden") continue;
      if (input.type === "checkbox") input.checked = input.name in item.fields;
      else input.value = item.fields[input.name] ?? "";
    }
    // It replaces the version that was on the page when it was typed, not the one on this page.
    item.version = true;
  }
}

form.addEventListener("change", (event) => {
  const question = event.target.closest("fieldset[data-key]");
  if (!question) return;
  if (event.target.name.endsWith("-confirmed")) keepLast(question, event.target);
  else if (event.target.type === "radio") forgetLast(question);
  enqueue(question);
});

form.addEventListener("input", (event) => {
  if (!event.target.matches('textarea, input:not([type]), input[type="text"]')) return;
  const question = event.target.closest("fieldset[data-key]");
  clearTimeout(typing.get(question.dataset.key));
  typing.set(question.dataset.key, setTimeout(() => enqueue(question), TYPING_PAUSE));
});

function keepLast(question, box) {
  if (!box.checked) return;
  choose(question, box.dataset.last);
  question.querySelector(`[name="${question.dataset.prefix}-partly"]`).checked = Boolean(box.dataset.lastPartly);
  for (const [name, last] of Object.entries({ reason: box.dataset.lastReason, holders: box.dataset.lastHolders })) {
    const field = question.querySelector(`[name="${question.dataset.prefix}-${name}"]`);
    if (field && !field.value) field.value = last;
  }
}

function forgetLast(question) {
  const box = question.querySelector("[data-last]");
  const chosen = question.querySelector('input[type="radio"]:checked');
  if (box && chosen && chosen.value !== box.dataset.last) box.checked = false;
}

// What was typed a moment ago is saved before the page goes.
window.addEventListener("pagehide", () => {
  for (const key of [...typing.keys()]) enqueue(questionOf(key));
});
window.addEventListener("online", () => {
  pause = FIRST_PAUSE;
  sending = false;
  send();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && queue.size) send();
});

// Keyboard: 1-5 choose in the question that has the focus, else in the first open one. Nothing advances by itself.

const questions = [...form.querySelectorAll("fieldset[data-key]")];

function currentQuestion() {
  const focused = document.activeElement?.closest?.("fieldset[data-key]");
  return focused || questions.find((question) => !question.querySelector('input[type="radio"]:checked')) || questions[0];
}

function press(question, selector) {
  const input = question?.querySelector(selector);
  if (!input) return;
  input.focus();
  input.click();
}

function move(step) {
  if (!questions.length) return;
  const at = questions.indexOf(currentQuestion());
  const next = questions[Math.max(0, Math.min(questions.length - 1, at + step))];
  const input = next.querySelector('input[type="radio"]:checked') || next.querySelector('input[type="radio"]');
  next.scrollIntoView({ block: "start" });
  input.focus({ preventScroll: true });
}

const shortcuts = {
  p: (question) => press(question, '[name$="-partly"]'),
  l: (question) => press(question, "[data-last]"),
  j: () => move(1),
  k: () => move(-1),
  "?": () => {
    const help = document.querySelector(".shortcuts");
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
  },
};

if (say.shortcuts === "on") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches('textarea, select, input:not([type="radio"]):not([type="checkbox"])')) return;
    const key = event.key.toLowerCase();
    if (/^[1-5]$/.test(key)) press(currentQuestion(), `input[type="radio"][value="${key}"]`);
    else if (shortcuts[key]) shortcuts[key](currentQuestion());
    else return;
    event.preventDefault();
  });
}

restore();
send();
