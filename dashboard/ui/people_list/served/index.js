// People as rows, with or without a bar in each: see dashboard/ui/people_list/__init__.py for what a row holds.
// Names come from people, so they are only ever set as text.

const drawnAs = new WeakMap()

function element(tag, className, words) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (words) made.textContent = words
  return made
}

function bar(row, most) {
  // The words beside it say the same.
  const made = element("div", "bar")
  made.setAttribute("aria-hidden", "true")
  const share = number => `${(100 * number) / (most || 1)}%`
  row.segments.forEach((points, at) => {
    if (!points) return
    const piece = element("span", `segment s${at}`)
    piece.style.width = share(points)
    made.append(piece)
  })
  const mark = element("span", "capacity")
  mark.style.insetInlineStart = share(row.capacity)
  made.append(mark)
  return made
}

function named(row, at, send) {
  if (!row.opens) return element("span", "name", row.name)
  const button = element("button", "name", row.name)
  button.type = "button"
  button.onclick = () => send("open", at)
  return button
}

function drawn(row, at, most, send) {
  const item = element("li")
  const head = element("div", "head")
  head.append(named(row, at, send), ...row.badges.map(([words, tone]) => element("span", `badge ${tone}`, words)))
  const load = element("div", "load")
  load.append(element("span", "words", row.load))
  if (row.segments.length) load.append(bar(row, most))
  const facts = element("div", "facts")
  facts.append(...row.facts.map(words => element("span", "", words)))
  item.append(head, load, facts)
  return item
}

function legend(names) {
  const made = element("p", "legend")
  made.setAttribute("aria-hidden", "true")
  names.forEach((name, at) => {
    const entry = element("span", "entry", name)
    entry.prepend(element("span", `swatch s${at}`))
    made.append(entry)
  })
  const mark = element("span", "entry", "Capacity")
  mark.prepend(element("span", "swatch mark"))
  made.append(mark)
  return made
}

export default function ({ data, parentElement, setTriggerValue }) {
  const words = JSON.stringify(data)
  if (drawnAs.get(parentElement) === words) return
  drawnAs.set(parentElement, words)
  const list = parentElement.querySelector("ul")
  list.setAttribute("aria-label", data.label)
  list.replaceChildren(...data.rows.map((row, at) => drawn(row, at, data.most, setTriggerValue)))
  parentElement.querySelector(".legend")?.remove()
  if (data.legend.length) list.before(legend(data.legend))
}
