// One case a row, as real links: see dashboard/ui/case_list/__init__.py for what a row holds.
// Words come from people, so they are only ever set as text.

const lists = new WeakMap()
const SECOND_TAP = 2000
const FIELDS = "input, textarea, select, [contenteditable], [role=combobox], [role=dialog]"

function element(tag, className, words) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (words) made.textContent = words
  return made
}

// A link that the app follows without loading anew. A middle click, or one with a key held down, is the browser's: it
// opens a tab of its own.
function link(list, className, words, href, follow) {
  const made = element("a", className, words)
  made.href = href
  made.onclick = event => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    // The second of two taps on a button may fall on the row that has moved under it.
    if (event.detail && performance.now() - (list.pressedAt ?? -Infinity) < SECOND_TAP) return
    follow()
  }
  return made
}

function part(list, { w, k, h }) {
  const className = `part ${k ?? ""}`
  return h ? link(list, className, w, h, () => list.send("followed", h)) : element("span", className, w)
}

// With spaces between, so that they read and copy as words.
function parts(list, className, listed, before = []) {
  const made = element("div", className)
  for (const each of [...before, ...(listed ?? []).map(one => part(list, one))]) made.append(each, " ")
  return made
}

function found(pieces) {
  const made = element("p", "found")
  made.append(...pieces.map(([words, marked]) => element(marked ? "mark" : "span", "", words)))
  return made
}

function opening(list, row) {
  const [first, ...about] = row.head
  const opens = link(list, "open", first.w, `/case?ref=${row.ref}`, () => list.send("open", row.ref))
  const badges = (row.badges ?? []).map(([words, tone]) => element("span", `badge ${tone}`, words))
  // Read alone, in a list of links, it says which case and what is urgent about it.
  const said = [...badges.map(each => each.textContent), ...row.head.map(each => each.w), row.ref]
  opens.setAttribute("aria-label", said.join(", "))
  return parts(list, "who", about, [...badges, opens])
}

function choosing(list, row) {
  const label = element("label", "choose")
  const box = element("input")
  box.type = "checkbox"
  box.checked = list.selected.has(row.ref)
  box.setAttribute("aria-label", `Select ${row.ref}`)
  box.onchange = () => {
    box.checked ? list.selected.add(row.ref) : list.selected.delete(row.ref)
    box.closest("li").classList.toggle("selected", box.checked)
    list.send("selected", [...list.selected])
  }
  label.append(box)
  return label
}

function pressing(list, row, buttons, className) {
  const made = element("div", className)
  for (const { n, w, l, s } of buttons) {
    const button = element("button", "", w)
    button.type = "button"
    button.disabled = Boolean(s)
    if (l) button.setAttribute("aria-label", l)
    button.onclick = () => {
      // One tap, one thing: the list is drawn again with what became of it.
      for (const each of made.children) each.disabled = true
      list.pressedAt = performance.now()
      list.send("pressed", `${n} ${row.ref}`)
    }
    made.append(button)
  }
  return made
}

function steps(list, row) {
  const made = element("div", "steps")
  for (const { p, b } of row.steps) {
    const step = element("div", "step")
    step.append(part(list, p), pressing(list, row, b, "buttons"))
    made.append(step)
  }
  return made
}

function caseOf(list, row) {
  const made = element("div", "case")
  made.dataset.ref = row.ref
  made.append(opening(list, row), parts(list, "facts", row.facts))
  return made
}

function drawn(list, row) {
  const item = element("li", row.done ? "done" : "")
  item.dataset.ref = row.beside ? `${row.ref} ${row.beside.ref}` : row.ref
  if (list.selectable) {
    item.append(choosing(list, row))
    item.classList.toggle("selected", list.selected.has(row.ref))
  }
  const body = element("div", row.beside ? "body paired" : row.steps ? "body stepped" : "body")
  const aside = element("div", "aside")
  aside.append(...(row.aside ?? []).map(listed => parts(list, "", listed)))
  if (row.beside) body.append(caseOf(list, row), caseOf(list, row.beside))
  else body.append(opening(list, row), parts(list, "facts", row.facts), aside)
  if (row.found) body.append(found(row.found))
  if (row.note) body.append(element("p", "note", row.note))
  if (row.steps) body.querySelector(".facts").before(steps(list, row))
  item.append(body)
  if (row.apart) item.append(pressing(list, row, row.apart, "buttons apart"))
  if (row.buttons) item.append(pressing(list, row, row.buttons, "buttons"))
  return item
}

function links(list) {
  return [...list.root.querySelectorAll("a.open")]
}

function goTo(link) {
  link?.focus()
  link?.closest("li").scrollIntoView({ block: "nearest" })
}

function draw(list, data) {
  const before = list.root.activeElement?.closest("li")?.dataset.ref
  const inside = list.root.activeElement?.className
  list.selectable = data.selectable
  list.selected = new Set(data.selected)
  const ordered = list.root.querySelector("ol")
  ordered.setAttribute("aria-label", data.label)
  ordered.replaceChildren(...data.rows.map(row => drawn(list, row)))
  const rowOf = ref => ordered.querySelector(`[data-ref="${CSS.escape(ref)}"]`)
  if (before) (rowOf(before)?.getElementsByClassName(inside || "open")[0] ?? rowOf(before)?.querySelector("a.open"))?.focus()
  else if (data.focus && data.focus !== list.cameTo) goTo(rowOf(data.focus)?.querySelector("a.open"))
  list.cameTo = data.focus
}

function step(list, event, by) {
  const every = links(list)
  const active = list.root.activeElement
  const its = every.indexOf(active)
  const at = its < 0 ? every.findIndex(link => link.closest("li").contains(active)) : its
  event.preventDefault()
  goTo(every[at < 0 ? 0 : Math.min(Math.max(at + by, 0), every.length - 1)])
}

function keys(list, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  const [target] = event.composedPath()
  const inList = list.root.contains(target)
  if (!inList && target.closest?.(FIELDS)) return
  // With several lists on a page the keys belong to the one with the focus, or to the first.
  const first = document.querySelector("[data-lnb-case-list]")
  if (!inList && (document.activeElement?.shadowRoot || list.host !== first)) return
  if (event.key === "j" || (inList && event.key === "ArrowDown")) step(list, event, 1)
  else if (event.key === "k" || (inList && event.key === "ArrowUp")) step(list, event, -1)
  else if (event.key === "x" && inList) list.root.activeElement.closest("li")?.querySelector(".choose input")?.click()
  else if (event.key === "/") {
    const search = document.querySelector("input[type=search]")
    if (search) event.preventDefault()
    search?.focus()
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const made = lists.get(parentElement) ?? { root: parentElement, host: parentElement.host ?? parentElement }
  made.send = setTriggerValue
  if (!lists.has(parentElement)) {
    lists.set(parentElement, made)
    made.host.dataset.lnbCaseList = ""
    made.onKeys = event => keys(made, event)
    document.addEventListener("keydown", made.onKeys)
  }
  const words = JSON.stringify(data)
  if (words !== made.words) {
    made.words = words
    draw(made, data)
  }
  return () => {
    document.removeEventListener("keydown", made.onKeys)
    lists.delete(parentElement)
  }
}
