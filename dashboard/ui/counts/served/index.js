// Numbers that are links: see dashboard/ui/counts/__init__.py. Words are only ever set as text.

const drawnAs = new WeakMap()

function element(tag, className, words) {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = words
  return made
}

function item(count, send) {
  const made = document.createElement("li")
  const link = element("a", "", "")
  link.href = count.href
  link.title = count.about
  // A middle click, or one with a key held down, is the browser's: it opens a tab of its own.
  link.onclick = event => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    send("followed", count.name)
  }
  link.append(element("span", `badge ${count.tone}`, count.number), " ", count.words)
  made.append(link)
  return made
}

export default function ({ data, parentElement, setTriggerValue }) {
  const said = JSON.stringify(data)
  if (drawnAs.get(parentElement) === said) return
  drawnAs.set(parentElement, said)
  const list = parentElement.querySelector("ul")
  list.setAttribute("aria-label", data.label)
  list.replaceChildren(...data.counts.map(count => item(count, setTriggerValue)))
}
