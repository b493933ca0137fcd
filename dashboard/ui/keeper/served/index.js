// Mounted once on every page. Words that people type are only ever written with textContent or as a field's value.

const CUT = "No signal. Your words are safe; reconnecting";

let line;

function lineElement() {
    if (!line) {
        line = document.createElement("div");
        line.className = "lnb-line";
        line.setAttribute("role", "status");
        document.body.append(line);
    }
    return line;
}

function sayWhetherThereIsALine() {
    const app = document.querySelector('[data-testid="stApp"]');
    const is = app?.dataset.testConnectionState === "CONNECTED";
    lineElement().textContent = is ? "" : CUT;
}

let watching;

export default function keeper() {
    if (!watching) {
        watching = new MutationObserver(sayWhetherThereIsALine);
        watching.observe(document.querySelector('[data-testid="stApp"]'), {
            attributes: true,
            attributeFilter: ["data-test-connection-state"],
        });
    }
    sayWhetherThereIsALine();
}
