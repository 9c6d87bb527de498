// Redraws the page when something changed, unless somebody is typing; asks before a button that wants a confirm.
const here = new URL(location.href);
here.searchParams.delete("told"); // said once
history.replaceState(null, "", here);
const live = document.getElementById("live");

async function redraw() {
  const typing = document.activeElement?.closest("form");
  if (typing && [...typing.elements].some((each) => each.matches("input:not([type=hidden]),textarea") && each.value)) return;
  if (document.querySelector(".modal")?.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (fresh) live.replaceChildren(...fresh.children);
}

let waiting = false;
new EventSource("/live").addEventListener("changed", async () => {
  if (waiting) return;
  waiting = true;
  try {
    await redraw();
  } finally {
    waiting = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.submit();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (button && !confirm(button.dataset.confirm)) event.preventDefault();
});
