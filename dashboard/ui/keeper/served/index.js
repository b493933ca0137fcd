// What the browser keeps and says by itself, on every page: words while the line is cut, what became of a save, what
// was refused, and where the focus goes. Words are only ever written with textContent, or back into the field that they
// were typed in. Nothing is stored: it is gone with the tab.

const CUT = "No signal. Your words are safe; reconnecting";
const OUT = "Nothing can be saved just now. Your words are kept; this page goes on by itself";
const SAVING = "Saving…";
const SAVED = "Saved";
const NOT_SAVED = "Not saved: tap again";
const NOT_NOW = "Not saved: nothing can be saved just now";

const TYPED_IN = 'textarea, input[type="text"], input[type="search"]';
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
// Keys of forms end in the count of their saves, those of their buttons in a name after it.
const SAVES = /(^|\s)st-key-\S+_\d+_(?!clear)\w+(\s|$)/;
const PRESS = '[data-testid^="stBaseButton"]';
// The name of a form and the mark of its last save, in the key of whatever is in it: see `_drawn_as` in forms.py.
const FORM = /(?:^|\s)st-key-(\S+)_([a-z2-7]{6})_\d+_\w+(?:\s|$)/;

// A run begins within this time of a press, or the line is tried; an answer to that comes within the second time.
const NO_RUN = 2500;
const NO_ANSWER = 4000;
const READ = 4000;
// Another run may be over before that of the press is.
const HEARD = 10_000;
// After the line is back, and after a run, the page is left to come to rest, but no longer than this.
const REST = 150;
const REDRAWN = 2000;
const KEPT = 10 * 60 * 1000;

const app = () => document.querySelector('[data-testid="stApp"]');
const main = () => document.querySelector('[data-testid="stMain"]');
// Dialogs stand outside the page's own tree.
const dialog = () => document.querySelector('[data-testid="stDialog"]');
const OVER = '[role="dialog"]';
const isInPage = element => Boolean(main()?.contains(element) || dialog()?.contains(element));
const isConnected = () => app()?.dataset.testConnectionState === "CONNECTED";
const isRunning = () => app()?.dataset.testScriptState !== "notRunning";
const keyOf = element =>
    [...(element?.closest('[class*="st-key-"]')?.classList ?? [])].find(name => name.startsWith("st-key-"));
const keyed = key => document.getElementsByClassName(key)[0];
const isShown = element => element.isConnected && element.getClientRects().length > 0;

// What is said ------------------------------------------------------------------------------------------------------

const spoken = {};

function say(name, words) {
    if (!spoken[name]) {
        const element = document.createElement("div");
        element.className = `lnb-${name}`;
        element.setAttribute("role", "status");
        // Else an open dialog hides it, from readers too.
        element.setAttribute("data-react-aria-top-layer", "true");
        document.body.append(element);
        spoken[name] = element;
    }
    if (spoken[name].textContent !== words) spoken[name].textContent = words;
}

// Saves -------------------------------------------------------------------------------------------------------------

// A press whose fate is not known yet.
let press;
let pressedAt = -Infinity;
// The form that was pressed when it was said that nothing was saved.
let unsaved;
let toldOf;
let fading;

function sayOfSave(words, lasting = true) {
    clearTimeout(fading);
    say("save", words);
    if (!lasting) fading = setTimeout(() => say("save", ""), READ);
}

function isSave(button) {
    if (button.dataset.testid.endsWith("FormSubmit")) return true;
    return SAVES.test(button.closest('[data-testid="stElementContainer"]')?.className ?? "");
}

function pressed(event) {
    const button = event.target.closest?.(PRESS);
    if (!button || button.disabled) return;
    if (keyOf(button) === "st-key-sign_out") forgetWords();
    if (!isInPage(button)) return;
    clearTimeout(press?.waiting);
    press = isSave(button) ? { ran: isOut, cut: !isConnected(), out: isOut, form: formOf(button) } : undefined;
    unsaved = undefined;
    if (!press) return;
    pressedAt = performance.now();
    sayOfSave(isOut ? NOT_NOW : SAVING);
    press.waiting = setTimeout(tryLine, NO_RUN);
}

function formOf(element) {
    const [, name, mark] = element.closest('[class*="st-key-"]').className.match(FORM) ?? [];
    return name && { name, mark, person };
}

// A server that was killed, or another one, does not know what this page was told. But of each form it knows the last
// save, and a form that was saved since is drawn as another.
function wasSavedAfterAll() {
    // The marks of two people differ from the beginning.
    if (!unsaved || unsaved.person !== person) return;
    const parts = [...document.querySelectorAll(`[class*="st-key-${CSS.escape(unsaved.name)}_"]`)];
    const marks = parts.map(formOf).filter(form => form?.name === unsaved.name).map(form => form.mark);
    if (marks.length && !marks.includes(unsaved.mark)) decided(SAVED);
}

function tryLine() {
    if (!isConnected() || isRunning()) return;
    askStreamlit({ type: "SEND_APP_HEARTBEAT", ackTimeoutMilliseconds: NO_ANSWER });
}

function askStreamlit(message) {
    window.postMessage({ stCommVersion: 1, ...message }, window.location.origin);
}

function decided(words) {
    clearTimeout(press?.waiting);
    unsaved = words === NOT_SAVED ? press?.form : undefined;
    press = undefined;
    sayOfSave(words, words === NOT_SAVED);
}

function heardOf(outcome) {
    if (!outcome || outcome.id === toldOf) return;
    const isFirst = toldOf === undefined;
    toldOf = outcome.id;
    // What a page says when it is first loaded was said before.
    const wasPressed = press || performance.now() - pressedAt < HEARD;
    if (wasPressed || (!isFirst && spoken.save?.textContent)) decided(outcome.ok ? SAVED : NOT_SAVED);
}

// The run that the press asked for is over, and nothing was heard of it: it was no save, or was refused in place.
function runIsOver() {
    if (!press) return;
    if (press.cut || (press.out && press.ran)) decided(NOT_SAVED);
    else if (press.ran) decided("");
}

// The line ----------------------------------------------------------------------------------------------------------

let wasConnected = true;
// Whether a run began since the line came back.
let hasRun = false;
// What stood in each field when the line was cut, and what was typed since; whose it is, and until when it is kept.
let words;
let person;

// Streamlit switches every field off while it reconnects, and what is typed meanwhile goes nowhere. Switched on again
// at once, the field takes each letter, and Streamlit sends them afterwards.
function leaveFieldsOn(changes) {
    if (isConnected()) return;
    for (const { target } of changes) {
        if (!target.disabled || !target.matches(TYPED_IN)) continue;
        target.disabled = false;
        if (focused?.element === target && isNowhere()) target.focus();
    }
}

// A field that is switched off loses the focus: to nothing or, in a dialog, to the dialog itself.
function isNowhere() {
    const active = document.activeElement;
    return !active || active === document.body || active.matches(OVER);
}

function note(field) {
    const key = keyOf(field);
    if (words && key && !/password/i.test(key + field.autocomplete)) words.typed.set(key, field.value);
}

function noteAll() {
    words ??= { person, typed: new Map() };
    for (const field of document.querySelectorAll(TYPED_IN)) note(field);
}

function mayBeRedrawn() {
    words.drawnBy = Date.now() + REDRAWN;
    redrawing.observe(document.body, { childList: true, subtree: true });
}

const sayOfLine = () => say("line", wasConnected ? (isOut ? OUT : "") : CUT);

function lineChanged() {
    if (isConnected() === wasConnected) return;
    wasConnected = isConnected();
    sayOfLine();
    document.documentElement.classList.toggle("lnb-is-cut", !wasConnected);
    if (wasConnected) {
        hasRun = false;
        mayBeRedrawn();
        setTimeout(tellAll, REST);
        return;
    }
    noteAll();
    if (press) {
        press.cut = true;
        sayOfSave(NOT_SAVED);
    }
}

// What was chosen on a line that was dead already is known to the browser alone. Not while somebody types: an open dialog
// would be drawn anew under their letters. Each run of a part is told everything, too.
function tellAll() {
    if (!isConnected()) return;
    if (press || unsent().length || isInDay() || isRunning()) setTimeout(tellAll, REST);
    else if (!dialog() || !hasRun) runPage();
}

// When the whole page runs, Streamlit takes an open dialog away until it has come to it.
function runPage() {
    if (dialog()) {
        noteAll();
        mayBeRedrawn();
    }
    askStreamlit({ type: "RERUN_SCRIPT" });
}

// Streamlit may draw a field anew once there is a line, with what the server knew. Each letter counts, so this does not
// wait until the page has come to rest.
const redrawing = new MutationObserver(() => {
    giveBack();
    if (isNowhere() && focused && !focused.element.isConnected) focusAgain();
});

// Only into the very field they were typed in, for the person who typed them.
function giveBack() {
    if (!words || !isConnected() || person === undefined || person === null) return;
    if (words.person !== person) {
        forgetWords();
        return;
    }
    for (const [key, value] of words.typed) {
        const field = keyed(key)?.querySelector(TYPED_IN);
        if (field && value && field.value !== value) putIn(field, value);
    }
    if (isRunning() || Date.now() < words.drawnBy) return;
    redrawing.disconnect();
    for (const key of words.typed.keys()) {
        const field = keyed(key)?.querySelector(TYPED_IN);
        if (!field) continue;
        // Streamlit may not have noticed that it can send them now; whoever types on sends them at the next pause.
        if (!pauses.has(field)) send(field);
        words.typed.delete(key);
    }
    // A field that is not there yet may be in a form that has to be opened again.
    if (!words.typed.size || Date.now() > words.drawnBy + KEPT) forgetWords();
}

function forgetWords() {
    redrawing.disconnect();
    words = undefined;
}

// As if it had been typed: React does not notice a value that is only set.
function putIn(field, value) {
    const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (document.activeElement !== field) field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}

// The record --------------------------------------------------------------------------------------------------------

// While the server can save nothing, it leaves the page as it is and begins its run again and again. It says so itself,
// but not while only what is over the page is drawn, nor where the record neither answers nor refuses.
let isOut = false;
const TOO_LONG = 3000;
let asking;

function recordIs(out) {
    if (out === isOut) return;
    isOut = out;
    sayOfLine();
    document.documentElement.classList.toggle("lnb-is-out", isOut);
    if (!isOut) return;
    askLater();
    if (!press) return;
    // It may be saved after all, if the record was only slow.
    press.out = true;
    sayOfSave(NOT_NOW);
}

function askLater() {
    asking ??= setTimeout(askForRecord, TOO_LONG);
}

async function askForRecord() {
    asking = undefined;
    if (!isConnected() || (!isRunning() && !isOut)) return;
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => undefined);
    if (!isConnected() || !answer) return;
    const wasOut = isOut;
    recordIs(answer.status === 503 && (isRunning() || isOut));
    if (isOut || isRunning()) askLater();
    // Where only a part of the page was drawn since, nothing else waits.
    if (wasOut && !isRunning()) runPage();
}

// Focus -------------------------------------------------------------------------------------------------------------

let place;
let focused;
let isSigningIn = false;

const here = () => window.location.pathname + (new URLSearchParams(window.location.search).get("ref") ?? "");

function noteFocus(event) {
    // A dialog that is drawn anew takes the focus itself, from a field that it had.
    if (focused?.isOver && !focused.element.isConnected && event.target.matches(OVER)) return;
    const keys = [];
    for (let element = event.target; element; element = element.parentElement) {
        const key = keyOf(element);
        if (key && keys.at(-1) !== key) keys.push(key);
    }
    focused = { element: event.target, keys, isOver: Boolean(event.target.closest(OVER)) };
}

// Somebody pressed beside everything: nothing is focused because they wanted nothing.
function letGo(event) {
    if (!event.target.closest?.(FOCUSABLE)) focused = undefined;
}

// Without `scroll` the page stays where it is: a page that has just been drawn may have been scrolled already, and would
// move away under a thumb.
function focusOn(element, { scroll = true } = {}) {
    if (!element) return false;
    if (!element.matches(FOCUSABLE)) element.setAttribute("tabindex", "-1");
    element.focus({ preventScroll: true });
    if (document.activeElement !== element) return false;
    if (scroll) element.scrollIntoView({ block: "nearest" });
    return true;
}

const heading = () => main()?.querySelector("h1") ?? main();
const firstIn = part => part && [...part.querySelectorAll(FOCUSABLE)].find(one => isShown(one) && !one.disabled);

function placeFocus() {
    const active = document.activeElement;
    if (isSigningIn && signInField()) {
        isSigningIn = false;
        place = here();
        focused = undefined;
        if (!active?.matches("input")) focusOn(signInField());
        return;
    }
    if (place !== here()) {
        const isFirst = place === undefined;
        place = here();
        focused = undefined;
        // A list may have put it on the row that one came back to.
        if (isNowhere() || (!isFirst && !isInPage(active))) focusOn(heading(), { scroll: false });
        return;
    }
    if (!isNowhere() || !focused || (isShown(focused.element) && !focused.element.disabled)) return;
    if (focusAgain({ scroll: false })) return;
    const next = firstIn(focused.keys.map(keyed).find(one => one && isInPage(one)));
    focused = undefined;
    focusOn(next, { scroll: false }) || focusOn(dialog() ? firstIn(dialog()) : heading(), { scroll: false });
}

// The same field or button, drawn anew.
const again = ({ element, keys }) =>
    [...(keyed(keys[0])?.querySelectorAll(element.tagName) ?? [])].find(one => isShown(one) && !one.disabled);

// With the caret where it was: a new field has it before its first letter.
function focusAgain(how) {
    const { element } = focused;
    const field = again(focused);
    if (!focusOn(field, how)) return false;
    if (field.matches(TYPED_IN)) field.setSelectionRange(element.selectionStart, element.selectionEnd);
    return true;
}

const signInField = () => main()?.querySelector('input:not([type="password"])');

// Refusals ----------------------------------------------------------------------------------------------------------

const refusals = new Set();

const ANSWERED_IN = 'input:not([type="hidden"]), textarea, [role="radiogroup"], [role="group"]';
const answerOf = key => keyed(key)?.querySelector(ANSWERED_IN);

function mark({ id, errors }) {
    const marked = errors.flatMap(({ widget, error }) => {
        const field = answerOf(`st-key-${widget}`);
        const said = keyed(`st-key-${error}`);
        if (!field || !said) return [];
        said.id = said.id || `lnb-${error}`;
        field.setAttribute("aria-invalid", "true");
        const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
        if (!described.includes(said.id)) field.setAttribute("aria-describedby", [said.id, ...described].join(" "));
        return [field];
    });
    if (refusals.has(id)) return marked;
    refusals.add(id);
    decided("");
    if (marked.length) answer(marked[0]);
    else focusOn(keyed(`st-key-${errors[0]?.error}`));
    return marked;
}

// In the middle of the window, or its label is hidden by the head of the page.
function answer(field) {
    focusOn(field.matches(FOCUSABLE) ? field : (firstIn(field) ?? field));
    field.scrollIntoView({ block: "center" });
}

function followToField(event) {
    const link = event.target.closest?.('a[href^="#st-key-"]');
    const field = link && answerOf(link.getAttribute("href").slice(1));
    if (!field) return;
    event.preventDefault();
    answer(field);
}

// What is typed in a form -------------------------------------------------------------------------------------------

// Streamlit sends the words of a field once it is left. Here they are sent at each pause too, so that a reload or a
// phone that goes to sleep finds them on the server.
const PAUSE = 1000;
// Within so long of leaving a field, its words are on their way.
const ON_ITS_WAY = 200;
const pauses = new WeakMap();
let leftAt = -Infinity;

const unsent = () => [...document.querySelectorAll(TYPED_IN)].filter(field => pauses.has(field));

function typedIn({ target }) {
    if (!target.matches?.(TYPED_IN)) return;
    note(target);
    if (!target.closest('[class*="st-key-form_"]')) return;
    clearTimeout(pauses.get(target));
    pauses.set(target, setTimeout(() => send(target), PAUSE));
}

// React takes this for the focus that leaves, and sends what is new; the focus stays.
function send(field) {
    pauses.delete(field);
    if (field.isConnected) field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}

const DAY = '[data-testid="stDateInputField"]';
const isInDay = () => Boolean(document.activeElement?.closest(DAY));

// A day is sent only once the focus leaves its field for somewhere else; one that is not whole yet would be taken back.
function dayOf(target) {
    const field = target?.closest?.(DAY);
    if (!field) return undefined;
    const numbers = [...field.querySelectorAll('[role="spinbutton"]')].map(part => parseInt(part.innerText));
    return numbers.every(number => number > 0) && Math.max(...numbers) > 1900 ? field : undefined;
}

function sendDay() {
    const field = dayOf(document.activeElement);
    const away = { bubbles: true, relatedTarget: document.body };
    field?.dispatchEvent(new FocusEvent("focusout", away));
    // Or React would not notice when the focus leaves in earnest.
    field?.dispatchEvent(new FocusEvent("focusin", away));
}

let dayPause;

function changedDay({ target }) {
    if (!isConnected() || !dayOf(target)?.closest('[class*="st-key-form_"]')) return;
    clearTimeout(dayPause);
    dayPause = setTimeout(sendDay, PAUSE);
}

function leftField({ target }) {
    if (!pauses.has(target)) return;
    clearTimeout(pauses.get(target));
    pauses.delete(target);
    leftAt = performance.now();
}

// There is no pause any more when a page is reloaded or left, or a telephone is locked.
function sendAll() {
    if (!isConnected()) return;
    for (const field of unsent()) {
        clearTimeout(pauses.get(field));
        send(field);
    }
    sendDay();
}

// A tap leaves the field and follows a link in one moment, and the words would go after it, with the address of the
// page that is being left: Streamlit then goes back there.
function followLater(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !event.isTrusted || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (performance.now() - leftAt > ON_ITS_WAY) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => link.click(), ON_ITS_WAY);
}

// Back and Escape take the field away before its words are sent: they wait until those are on their way. Browsers that
// can't be asked to wait lose a second of words.
function goBackLater(event) {
    if (event.navigationType !== "traverse" || !event.cancelable || !unsent().length) return;
    event.preventDefault();
    sendAll();
    setTimeout(() => window.navigation.traverseTo(event.destination.key), ON_ITS_WAY);
}

function closeLater(event) {
    if (!event.isTrusted || event.key !== "Escape" || !dialog() || !unsent().length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sendAll();
    const again = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
    setTimeout(() => event.target.dispatchEvent(again), ON_ITS_WAY);
}

// Names -------------------------------------------------------------------------------------------------------------

const REFERENCE = /LNB-[0-9A-Z]{6}/g;

// Of several buttons with the same words, each says whose case it is about: the only one in the part that it stands in.
function nameCases() {
    const alike = Map.groupBy(main()?.querySelectorAll(PRESS) ?? [], button => button.innerText.trim());
    for (const [name, buttons] of alike) {
        if (buttons.length < 2 || !name || name.match(REFERENCE)) continue;
        for (const button of buttons) {
            const reference = caseOf(button);
            if (reference) button.setAttribute("aria-description", reference);
        }
    }
}

function caseOf(button) {
    for (let part = button.parentElement; part && part !== main(); part = part.parentElement) {
        const found = new Set(part.textContent.match(REFERENCE));
        if (found.size) return found.size === 1 ? [...found][0] : undefined;
    }
}

// Streamlit names them by a heading that they do not have.
function nameToasts() {
    for (const toast of document.querySelectorAll('[data-testid="stToast"]')) {
        const said = toast.querySelector('[data-testid="stMarkdownContainer"]')?.innerText;
        if (said) toast.setAttribute("aria-label", said);
    }
}

// Everything at once ------------------------------------------------------------------------------------------------

let cancelRest = () => {};
let wasRunning = false;

// As soon as the browser has nothing left to draw. Safari cannot say when that is.
function comeToRest() {
    cancelRest();
    if (window.requestIdleCallback) {
        const waiting = requestIdleCallback(atRest, { timeout: REST });
        cancelRest = () => cancelIdleCallback(waiting);
    } else atRestIn(REST);
}

function atRestIn(milliseconds) {
    const waiting = setTimeout(atRest, milliseconds);
    cancelRest = () => clearTimeout(waiting);
}

function changed(changes) {
    leaveFieldsOn(changes);
    lineChanged();
    if (isRunning()) {
        if (press) press.ran = true;
        hasRun ||= !wasRunning;
        wasRunning = true;
        askLater();
    } else if (wasRunning && place !== undefined && place !== here() && isConnected()) {
        // With the page itself: a moment later it would be drawn a second time for it.
        placeFocus();
    }
    comeToRest();
}

function atRest() {
    if (!isConnected() || isRunning() || isOut) return;
    if (words) {
        giveBack();
        if (words && Date.now() < words.drawnBy) atRestIn(words.drawnBy - Date.now());
    }
    if (wasRunning || press?.cut) runIsOver();
    wasSavedAfterAll();
    wasRunning = false;
    main().id ||= "main";
    nameCases();
    nameToasts();
    placeFocus();
}

function skipLink() {
    const link = document.createElement("a");
    link.className = "lnb-skip";
    link.href = "#main";
    link.textContent = "Skip to main content";
    link.addEventListener("click", event => {
        event.preventDefault();
        focusOn(heading());
    });
    document.body.prepend(link);
}

// What stands beside Streamlit's own elements has its colours too, in both modes.
const COLOURS = ["text", "background", "link", "primary", "border", "yellow-background", "yellow-text"];

function takeColours(element) {
    const style = getComputedStyle(element);
    for (const name of COLOURS.map(colour => `--st-${colour}-color`)) {
        document.documentElement.style.setProperty(name, style.getPropertyValue(name));
    }
}

let isWatching = false;

function watch() {
    if (isWatching) return;
    isWatching = true;
    skipLink();
    new MutationObserver(changed).observe(document.body, {
        attributes: true,
        subtree: true,
        attributeFilter: ["data-test-connection-state", "data-test-script-state", "disabled"],
    });
    document.addEventListener("click", pressed, true);
    document.addEventListener("input", typedIn, true);
    document.addEventListener("keyup", changedDay, true);
    document.addEventListener("focusout", leftField, true);
    document.addEventListener("click", followLater, true);
    document.addEventListener("keydown", closeLater, true);
    window.navigation?.addEventListener("navigate", goBackLater);
    document.addEventListener("click", followToField, true);
    document.addEventListener("focusin", noteFocus, true);
    document.addEventListener("pointerdown", letGo, true);
    // A phone that was asleep, or has changed its network, holds a line that may be dead.
    window.addEventListener("online", tryLine);
    document.addEventListener("visibilitychange", () => (document.hidden ? sendAll() : tryLine()));
    // Not when it is hidden then: too late for React, which sends in a later turn.
    window.addEventListener("beforeunload", sendAll);
    comeToRest();
}

export default function keeper({ data, parentElement }) {
    watch();
    if (data.errors) {
        const marked = mark(data);
        return () => marked.forEach(field => field.removeAttribute("aria-invalid"));
    }
    takeColours(parentElement);
    if (person !== data.person) isSigningIn = data.person === null;
    person = data.person;
    comeToRest();
    recordIs(data.isOut);
    heardOf(data.outcome);
    return () => parentElement.replaceChildren();
}
