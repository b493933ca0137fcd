// Notes when anything last changed: the document, or the picture on a canvas.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = { at: now(), toldAt: 0, redraws: 0 };
  let frame = 0;

  const watch = new MutationObserver(() => (seen.at = now()));
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  watch.observe(document, all);
  // What happens below a shadow root is hidden from those who watch the document.
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    watch.observe(root, all);
    return root;
  };

  const drawing = ["clearRect", "fillRect", "strokeRect", "fill", "stroke", "fillText", "drawImage", "putImageData"];
  for (const name of drawing) {
    const drawn = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      seen.at = now();
      if (!frame) {
        seen.redraws += 1;
        frame = requestAnimationFrame(() => (frame = 0));
      }
      return drawn.apply(this, given);
    };
  }

  // The script's state on the page says less: where all of a run comes at once, it never changes.
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => (seen.toldAt = now()));
    }
  };

  window.visit = {
    seen,
    hasLeft: false,
    // Presses within the page, so that the clock does not count how long the order took to arrive.
    press(link) {
      seen.toldAt = seen.redraws = 0;
      // A link of Streamlit's keeps the document; any other leads to a new one, where this is unset.
      this.hasLeft = !document.getElementById("root");
      const began = now();
      link.click();
      return began;
    },
    // Done with what was asked of it, and `quiet` milliseconds without a word or a change.
    isStill(quiet) {
      const app = document.querySelector('[data-testid="stApp"]');
      const isDone = document.getElementById("root")
        ? seen.toldAt && now() - seen.toldAt >= quiet && app?.dataset.testScriptState === "notRunning"
        : document.readyState === "complete" && !this.hasLeft;
      return isDone && !document.querySelector('[data-testid="stSkeleton"]') && now() - seen.at >= quiet;
    },
  };
})();
